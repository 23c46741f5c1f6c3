"""What a person sees while a study runs; whatever stands in data or errors is text, no markup."""

import io
from pathlib import Path

import tiny
from rich.console import Console
from rich.live import Live

import sweepwright as sw
from sweepwright.cli.live import _Panel, _Progress
from sweepwright.nouns.ending import Ending
from sweepwright.record.events import RunEnded, SessionBegun
from sweepwright.running.plan import Plan


def test_an_error_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path):
    study = sw.run(f"{tiny.__file__}:PROBLEM", folder=tmp_path / "study", executor="inline", trials=2)
    shown = io.StringIO()
    with Live(console=Console(file=shown, force_terminal=True, width=120)) as live:
        panel = _Panel(_Progress(study, Plan(0, 2, {}, (), 0)), live)
        panel.saw(SessionBegun(notices=("[/x] and [bold]this[/bold]",)), study.state)
        panel.saw(RunEnded(run=0, ending=Ending.RAISED, cause="KeyError: '[/x]'"), study.state)
    assert "[/x] and [bold]this[/bold]" in shown.getvalue() and "KeyError: '[/x]'" in shown.getvalue()
