"""What a person sees while a study runs: a live panel on a terminal, plain lines elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweepwright.study.dispatch import Observer, Unseen
from sweepwright.study.forecast import count_runs
from sweepwright.study.state import State
from sweepwright.study.study import Study

LINE_SECONDS = 10.0


@contextmanager
def display(study: Study, quiet: bool) -> Iterator[Observer]:
    """The observer that suits where the output goes."""
    if quiet:
        yield Unseen()
    elif sys.stderr.isatty():
        console = Console(stderr=True)
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield _Panel(study, live)
    else:
        yield _Lines(study)


class _Progress:
    """Counts, best value and time left, from the events that went by."""

    def __init__(self, study: Study):
        self.study = study
        self.total = sum(count_runs(study).values())
        self.began = time.monotonic()
        self.done_before = len(study.state.ended)
        self.step = ""
        self.best: tuple[int, float] | None = None

    def follow(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "step begun":
            self.step = event["step"]

    def left(self, state: State) -> str:
        done = len(state.ended) - self.done_before
        if done < 3:
            return "time left: not known yet"
        seconds = (time.monotonic() - self.began) / done * max(0, self.total - len(state.ended))
        return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {seconds:.0f} s left"

    def counts(self, state: State) -> str:
        endings = Counter(run.ending for run in state.ended.values() if not run.ending.succeeded)
        failed = "".join(f", {n} {ending.name.lower()}" for ending, n in endings.items())
        return f"{len(state.ended)} of about {self.total} runs{failed}"

    def leader(self, state: State) -> str:
        """The best mean of the first goal among trials that were searched; one look at the runs of the search."""
        goal = self.study.goals[0]
        sums: dict[int, list[float]] = {}
        for run in state.ended.values():
            value = run.measured.get(goal.name)
            if run.trial >= 0 and run.step in ("explore", "exploit") and value is not None:
                sums.setdefault(run.trial, []).append(value)
        longest = max(map(len, sums.values()), default=0)
        means = {trial: sum(v) / len(v) for trial, v in sums.items() if len(v) == longest}
        if not means:
            return ""
        trial = max(means, key=lambda t: goal.sign * means[t])
        values = sums[trial]
        spread = (sum((v - means[trial]) ** 2 for v in values) / max(1, len(values) - 1)) ** 0.5
        return f"best mean {goal.name} so far: {means[trial]:.3f} (sd {spread:.3f} over {len(values)} runs, trial {trial})"


class _Lines:
    """One line per step and every few seconds."""

    def __init__(self, study: Study):
        self.progress = _Progress(study)
        self.last = 0.0
        self.said = ""

    def saw(self, event: Mapping[str, Any], state: State) -> None:
        self.progress.follow(event)
        if event["event"] == "study declared":
            for note in event["notes"]:
                print(f"note: {note}", file=sys.stderr)
        if event["event"] == "proposal asked" and self.progress.step != self.said:  # a step that asks for nothing is silent
            self.said = self.progress.step
            print(f"{self.said} ...", file=sys.stderr, flush=True)

    def tick(self, state: State) -> None:
        if time.monotonic() - self.last >= LINE_SECONDS:
            self.last = time.monotonic()
            parts = (self.progress.step, self.progress.counts(state), self.progress.leader(state), self.progress.left(state))
            print("  " + "; ".join(part for part in parts if part), file=sys.stderr, flush=True)


class _Panel:
    """A panel that is redrawn in place."""

    def __init__(self, study: Study, live: Live):
        self.progress = _Progress(study)
        self.live = live
        self.drawn = 0.0

    def saw(self, event: Mapping[str, Any], state: State) -> None:
        self.progress.follow(event)
        if event["event"] == "study declared":
            for note in event["notes"]:
                self.live.console.print(f"[dim]note:[/dim] {note}", highlight=False)
        self.tick(state)

    def tick(self, state: State) -> None:
        if time.monotonic() - self.drawn < 0.25:
            return
        self.drawn = time.monotonic()
        grid = Table.grid(padding=(0, 2))
        grid.add_row(Text(self.progress.step, style="bold"), self.progress.counts(state), self.progress.left(state))
        bar = ProgressBar(total=max(self.progress.total, 1), completed=len(state.ended), width=60)
        panel = Table.grid()
        for row in (grid, bar, Text(self.progress.leader(state), style="dim")):
            panel.add_row(row)
        self.live.update(panel)
