"""The wall time of a study over all its sessions, and when a search has to end so that the rest fits in."""

import time
from collections.abc import Callable

from sweepwright.nouns.phase import Phase, Step
from sweepwright.record.events import LimitReached
from sweepwright.running.dispatch import Journal
from sweepwright.running.plan import Plan


class Clock:
    """Hours are a limit of the whole study: each search ends when what it and all before it may take is spent."""

    def __init__(self, hours: float | None, plan: Plan, before: float):
        self._hours, self._plan, self._before = hours, plan, before
        self._began = time.monotonic()

    def spent(self) -> float:
        """Hours worked so far; a clock that is set back does not matter, as sessions are measured one by one."""
        return (self._before + time.monotonic() - self._began) / 3600

    def enough(self, journal: Journal, phase: Phase) -> Callable[[], bool]:
        """Whether a search must not start another run; recorded once, so that it stays ended after an interruption."""
        hours = self._hours
        if hours is None:
            return lambda: False
        limit = hours * self._share_until(phase.step)

        def is_enough() -> bool:
            if phase in journal.state.limits:
                return True
            if self.spent() < limit:
                return False
            why = f"{self.spent():.2f} of {hours:g} hours were used, and the steps after {phase} need the rest"
            journal.tell(LimitReached(phase=phase, why=why, hours=hours))
            return True

        return is_enough

    def _share_until(self, step: Step) -> float:
        """The share of all runs that is done when a step ends, as planned."""
        steps = list(self._plan.runs)
        total = sum(self._plan.runs.values())
        return sum(self._plan.runs[name] for name in steps[: steps.index(step) + 1]) / total if step in steps else 1.0
