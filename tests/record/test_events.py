"""Events: what is written is read back, and what is no event is never ignored."""

from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.nouns.phase import Part, Phase, Step
from sweepwright.record import events
from sweepwright.record.ledger import Ledger, LedgerError, line_of, parsed, read_events

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, NUMBERS)
st.register_type_strategy(
    Phase, st.builds(Phase, st.sampled_from(Step), part=st.none() | st.sampled_from(Part), round=st.integers(0, 9))
)


def values(kind: type) -> st.SearchStrategy:
    """Any value of a class, with anything that JSON holds where its fields may be anything."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "TITLE"}
    fields = {}
    for name, hint in hints.items():
        text = str(hint)
        if "Any" in text:
            found = st.dictionaries(st.text(), JSON, max_size=2)
            fields[name] = st.lists(found, max_size=2).map(tuple) if "tuple" in text else found
        elif isinstance(hint, type) and hasattr(hint, "__dataclass_fields__") and hint is not Phase:
            fields[name] = values(hint)
        else:
            fields[name] = st.from_type(hint)
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", events.KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_event_is_read_as_it_was_written(kind, data):
    event = data.draw(values(kind))
    assert parsed(line_of(event)) == event and type(parsed(line_of(event))) is kind


def test_every_event_has_a_title_of_its_own_and_stands_in_the_list():
    def below(kind: type) -> set[type]:
        return {inner for own in kind.__subclasses__() for inner in (own, *below(own))}

    named = {getattr(events, kind.__name__) for kind in below(events.Event)}
    assert named == set(events.KINDS) and len({kind.TITLE for kind in events.KINDS}) == len(events.KINDS)


WRONG = {
    "an unknown event": ('{"v": 2, "event": "moon landed"}', "there is no event 'moon landed'"),
    "no event": ('{"v": 2, "run": 3}', "it is no event"),
    "a list": ("[1, 2]", "it is no event"),
    "a field that lacks": ('{"v": 2, "event": "model kept"}', "'model kept' lacks run"),
    "an unknown field": ('{"v": 2, "event": "model kept", "run": 3, "rum": 4}', "has an unknown field 'rum'"),
    "a text for a number": ('{"v": 2, "event": "model kept", "run": "3"}', "run needs a whole number, but is '3'"),
    "true for a number": ('{"v": 2, "event": "model kept", "run": true}', "run needs a whole number, but is True"),
    "no phase": ('{"v": 2, "event": "step begun", "phase": "explor"}', "there is no phase 'explor'"),
    "no ending": ('{"v": 2, "event": "run ended", "run": 1, "ending": "FINE"}', "names no Ending: 'FINE'"),
    "a short place": (
        '{"v": 2, "event": "proposal asked", "phase": "explore", "number": 0, "runs": [[1, "all"]]}',
        "needs a list of 5 values",
    ),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("last", [False, True])
def test_what_is_no_event_is_an_error_with_its_line_wherever_it_stands(case, last, tmp_path):
    line, sentence = WRONG[case]
    good = '{"v": 2, "event": "model kept", "run": 1}'
    path = tmp_path / "ledger.jsonl"
    path.write_text("\n".join([good, line] if last else [good, line, good]) + "\n")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="Line 2 of") as error:
        read_events(path)
    assert sentence in str(error.value)
    with pytest.raises(LedgerError):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_the_first_schema_is_read():
    lines = (
        '{"v": 1, "at": "t", "event": "step begun", "step": "exploit/2/+1"}',
        '{"v": 1, "event": "run ended", "run": 3, "ending": "COMPLETED", "measured": {"f1": 1}, "facts": {"verdict": "OVERFIT", "health": "h", "mine": 2}}',
        '{"v": 1, "event": "run ended", "run": 4, "ending": "STOPPED", "seed": null, "facts": {"row": 7, "key": "k", "pair": "p", "mine": 2}}',
        '{"v": 1, "event": "measured", "of": "run", "values": [[3, {"f1": null}, {"f1": "why"}]], "versions": {"f1": 2}}',
        '{"v": 1, "event": "measured", "of": "pooled", "step": "explore", "trial": 1, "condition": "all", "draw": 0, "values": {"f1": 0.5}}',
        '{"v": 1, "event": "study extended", "explore": 3, "exploit": 0, "draws": null, "why": "more"}',
    )
    step, ended, adopted, measured, pooled, extended = (parsed(line.encode() + b"\n") for line in lines)
    assert step == events.StepBegun(at="t", phase=Phase(Step.EXPLOIT, stage=2, round=1))
    assert isinstance(ended, events.RunEnded) and ended.verdict is not None
    assert (ended.verdict.name, ended.health, dict(ended.facts)) == ("OVERFIT", "h", {"mine": 2})
    assert isinstance(adopted, events.RunAdopted) and adopted.facts == {"mine": 2}
    assert (adopted.provenance.row, adopted.provenance.pair, adopted.provenance.seed) == (7, "p", None)
    assert isinstance(measured, events.RunsMeasured) and measured.values[0].reasons == {"f1": "why"}
    assert isinstance(pooled, events.RunsPooled) and pooled.of == events.POOLED
    assert isinstance(extended, events.StudyExtended) and extended.extension.explore == 3
