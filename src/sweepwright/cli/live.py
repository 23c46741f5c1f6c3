"""What a person sees while a study runs: a live panel on a terminal, plain lines elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweepwright.cli.standing import leader_line, running_line
from sweepwright.nouns.ending import Ending
from sweepwright.record.events import (
    AttemptLost,
    Event,
    LimitReached,
    ProposalAsked,
    RunEnded,
    SessionBegun,
    StepBegun,
    StudyDeclared,
    StudyExtended,
)
from sweepwright.record.state import State
from sweepwright.running.dispatch import Observer, Unseen
from sweepwright.running.plan import Plan
from sweepwright.study.status import leaders, running
from sweepwright.study.study import Study

LINE_SECONDS = 10.0
MOST_CURVES = 6


@contextmanager
def display(study: Study, planned: Plan, quiet: bool) -> Iterator[Observer]:
    """The observer that suits where the output goes."""
    if quiet:
        yield Unseen()
    elif sys.stderr.isatty():
        console = Console(stderr=True)
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield _Panel(_Progress(study, planned), live)
    else:
        yield _Lines(_Progress(study, planned))


def spoken(event: Event) -> list[str]:
    """What a person is told of an event, besides progress."""
    match event:
        case SessionBegun():
            return list(event.notices)
        case AttemptLost():
            return [f"run {', '.join(map(str, event.runs))} is tried again: {event.cause}"]
        case LimitReached():
            return [f"{event.phase} ends early: {event.why}"]
        case StudyExtended():
            return [f"the study goes on: {event.extension.why}"]
        case RunEnded() if event.ending not in (Ending.COMPLETED, Ending.STOPPED):
            return [f"run {event.run}: {event.ending}{f' ({first_line(event.cause)})' if event.cause else ''}"]
    return []


def first_line(cause: str) -> str:
    """The first line of a cause, at most 200 characters."""
    return cause.splitlines()[0][:200]


class _Progress:
    """Counts, best value and time left, from the events that went by."""

    def __init__(self, study: Study, planned: Plan):
        self.study = study
        self.total, self.notes = sum(planned.runs.values()), planned.notes
        self.began = time.monotonic()
        self.done_before = len(study.state.ended)
        self.step = ""

    def follow(self, event: Event) -> None:
        if isinstance(event, StepBegun):
            self.step = str(event.phase)

    def left(self, state: State) -> str:
        done = len(state.ended) - self.done_before
        if done < 3:
            return "time left: not known yet"
        seconds = (time.monotonic() - self.began) / done * max(0, self.total - len(state.ended))
        return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {seconds:.0f} s left"

    def counts(self, state: State) -> str:
        endings = Counter(run.ending for run in state.runs if not run.ending.succeeded)
        failed = "".join(f", {n} {ending.name.lower().replace('_', ' ')}" for ending, n in endings.items())
        running = len(state.started - state.ended.keys())
        return f"{len(state.ended)} of about {self.total} runs{f', {running} running' if running else ''}{failed}"

    def leader(self, state: State) -> str:
        """The best mean of the first goal so far, with its uncertainty."""
        found = leaders(state)
        return leader_line(found[0]) if found else ""

    def running(self, state: State) -> list[str]:
        """The running runs that reported something, with a small curve each."""
        reported = [run for run in running(self.study.folder, state) if "share" in run]
        return [running_line(run) for run in reported[:MOST_CURVES]]


class _Lines:
    """One line per step and every few seconds."""

    def __init__(self, progress: _Progress):
        self.progress = progress
        self.last = 0.0
        self.said = ""

    def saw(self, event: Event, state: State) -> None:
        self.progress.follow(event)
        if isinstance(event, StudyDeclared):
            for note in (*event.warnings, *event.notes, *self.progress.notes):
                print(f"note: {note}", file=sys.stderr)
        for text in spoken(event):
            print(f"note: {text}", file=sys.stderr, flush=True)
        if isinstance(event, ProposalAsked) and self.progress.step != self.said:  # a step that asks for nothing is silent
            self.said = self.progress.step
            print(f"{self.said} ...", file=sys.stderr, flush=True)

    def tick(self, state: State) -> None:
        if time.monotonic() - self.last >= LINE_SECONDS:
            self.last = time.monotonic()
            parts = (self.progress.step, self.progress.counts(state), self.progress.leader(state), self.progress.left(state))
            print("  " + "; ".join(part for part in parts if part), file=sys.stderr, flush=True)


class _Panel:
    """A panel that is redrawn in place."""

    def __init__(self, progress: _Progress, live: Live):
        self.progress = progress
        self.live = live
        self.drawn = 0.0

    def saw(self, event: Event, state: State) -> None:
        self.progress.follow(event)
        notes = (*event.warnings, *event.notes, *self.progress.notes) if isinstance(event, StudyDeclared) else ()
        for text in (*notes, *spoken(event)):
            self.live.console.print(Text.assemble(("note:", "dim"), f" {text}"))  # what comes from data is no markup
        self.tick(state)

    def tick(self, state: State) -> None:
        if time.monotonic() - self.drawn < 0.25:
            return
        self.drawn = time.monotonic()
        grid = Table.grid(padding=(0, 2))
        grid.add_row(Text(self.progress.step, style="bold"), Text(self.progress.counts(state)), Text(self.progress.left(state)))
        bar = ProgressBar(total=max(self.progress.total, 1), completed=len(state.ended), width=60)
        panel = Table.grid()
        curves = [Text(line, style="cyan") for line in self.progress.running(state)]
        for row in (grid, bar, Text(self.progress.leader(state), style="dim"), *curves):
            panel.add_row(row)
        self.live.update(panel)
