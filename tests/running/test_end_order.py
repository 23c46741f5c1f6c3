"""In which order runs end is chance: no answer may depend on it."""

import pandas as pd
import pytest

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.answer import FullAnswer
from sweepwright.record.events import CORRECTED, Event, RunEnded, RunsPooled
from sweepwright.record.ledger import read_events
from sweepwright.record.state import State
from sweepwright.running.pooling import correct_selection


class Told:
    """Stands for a journal: keeps what it is told."""

    def __init__(self, state: State):
        self.state, self.events = state, list[Event]()

    def tell(self, *events: Event) -> None:
        self.events += events


def reordered(events: list[Event]) -> list[Event]:
    """The same events, with the runs ending in the opposite order: each in the place of another."""
    ends = iter(reversed([event for event in events if isinstance(event, RunEnded)]))
    return [next(ends) if isinstance(event, RunEnded) else event for event in events]


@pytest.mark.slow
def test_what_is_said_does_not_depend_on_the_order_in_which_runs_ended(cells):
    events = read_events(cells / "ledger.jsonl")[0]
    one, other = sw.open_study(cells), sw.open_study(cells)
    other.follow(State.of(reordered(events)))
    pd.testing.assert_frame_equal(one.runs(), other.runs())
    pd.testing.assert_frame_equal(one.baselines(), other.baselines())
    assert FullAnswer(Analysis(one)).as_data() == FullAnswer(Analysis(other)).as_data()


@pytest.mark.slow
def test_the_corrected_score_does_not_depend_on_the_order_in_which_runs_ended(cells):
    events = [e for e in read_events(cells / "ledger.jsonl")[0] if not (isinstance(e, RunsPooled) and e.of == CORRECTED)]
    found = []
    for order in (events, reordered(events)):
        study, told = sw.open_study(cells), Told(State.of(order))
        correct_selection(study, told)
        found.append(told.events)
    assert found[0] and found[0] == found[1]
