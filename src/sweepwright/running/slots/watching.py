"""What a study sees of a run while it trains, and when it asks it to stop: a loss that is no number, or a hopeless curve."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.job import Job
from sweepwright.nouns.trained import Trained
from sweepwright.record.storage import write_text

SHOWN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class EpochMedians:
    """The curve that runs are compared by, and its median per epoch over earlier runs of the same condition."""

    curve: str
    sign: int  # 1 where higher is better
    medians: tuple[float | None, ...]
    runs: int

    @classmethod
    def of(cls, curve: str, sign: int, curves: Sequence[np.ndarray], after: int, fewest: int) -> "EpochMedians":
        """Medians from epoch `after` on, as long as at least `fewest` curves reach an epoch."""
        longest = max((len(c) for c in curves), default=0)
        medians: list[float | None] = []
        for epoch in range(longest):
            there = [float(c[epoch]) for c in curves if len(c) > epoch and np.isfinite(c[epoch])]
            medians.append(float(np.median(there)) if epoch >= after and len(there) >= fewest else None)
        return cls(curve, sign, tuple(medians), len(curves))

    def is_behind(self, epoch: int, value: float) -> bool:
        """Whether a value at an epoch is worse than the median there."""
        median = self.medians[epoch] if epoch < len(self.medians) else None
        return median is not None and self.sign * value < self.sign * median


class Watching:
    """The watch of one run: keeps its curves, shows them beside the study now and then, and says when to stop."""

    def __init__(self, folder: Path, job: Job, comparison: EpochMedians | None = None):
        self._folder, self._number = folder, job.number
        self._comparison = comparison
        self._curves: dict[str, list[float]] = {}
        self._share, self._note = 0.0, ""
        self._shown = time.monotonic()
        self._wrote = False
        self._ending: Ending | None = None
        self._cause = ""

    @property
    def _path(self) -> Path:
        return self._folder / "progress" / f"{self._number}.json"

    def progress(self, share: float, note: str = "") -> None:
        """Report the share of the work that is done, in [0, 1]."""
        self._share, self._note = float(share), note
        self._show()

    def report(self, **values: float) -> None:
        """Report one epoch's values of some curves; the next call is the next epoch."""
        for name, value in values.items():
            curve = self._curves.setdefault(name, [])
            curve.append(float(value))
            if not np.isfinite(value) and self._ending is None:
                self._ending = Ending.DIVERGED
                self._cause = f"{name} became {float(value)} at epoch {len(curve) - 1}: try a smaller learning rate"
        shown = self._comparison
        if shown is not None and shown.curve in values and self._ending is None:
            epoch, value = len(self._curves[shown.curve]) - 1, float(values[shown.curve])
            if shown.is_behind(epoch, value):
                self._ending = Ending.STOPPED
                self._cause = (
                    f"{shown.curve} was {value:.4g} at epoch {epoch}, worse than the median {shown.medians[epoch]:.4g} "
                    f"of {shown.runs} earlier runs"
                )
        self._show()

    def should_stop(self) -> bool:
        """Whether the study wants this run to end now."""
        return self._ending is not None

    def judged(self, trained: Trained) -> Trained:
        """What came back, with the curves that were reported and the ending that the watch saw."""
        if trained.curves is None and self._curves:
            trained = replace(trained, curves={name: np.array(values) for name, values in self._curves.items()})
        if trained.ending in (Ending.COMPLETED, Ending.STOPPED) and self._ending is not None:
            return replace(trained, ending=self._ending, cause=trained.cause or self._cause)
        if trained.ending is Ending.COMPLETED:
            for name, values in (trained.curves or {}).items():
                if "loss" in name and len(values) and not np.isfinite(np.asarray(values, dtype=float)[-1]):
                    cause = f"{name} ended as {float(values[-1])}: try a smaller learning rate"
                    return replace(trained, ending=Ending.DIVERGED, cause=trained.cause or cause)
        return trained

    def _show(self) -> None:
        """Leave a small file for who looks on; never more often than twice a second, and never a reason to fail."""
        now = time.monotonic()
        if now - self._shown < SHOWN_SECONDS:
            return
        self._shown = now
        tails = {name: [v if np.isfinite(v) else None for v in values[-60:]] for name, values in self._curves.items()}
        try:
            self._path.parent.mkdir(exist_ok=True)
            write_text(self._path, json.dumps({"share": self._share, "note": self._note, "curves": tails}))
            self._wrote = True
        except OSError:
            return

    def close(self) -> None:
        """Take away what the run has shown: it is over."""
        if self._wrote:
            self._path.unlink(missing_ok=True)
