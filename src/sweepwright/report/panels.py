"""One panel per trial: its configuration, runs, curves, notes and files, as data that the page loads when it is opened."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.answers.trials import rounded
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.run import Run
from sweepwright.report.charts.training import CLOCKS
from sweepwright.report.scripts import script_json
from sweepwright.running.plan import known_configurations
from sweepwright.space import Configuration
from sweepwright.study.study import Study

POINTS = 64  # of a curve
MOST_CURVED_RUNS = 24
MOST_MEASURES = 24
FILES = ("outcome.npz", "curves.parquet", "weights.safetensors", "traceback.txt")


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """What all panels of a study share."""

    study: Study
    default: Configuration
    roles: Mapping[int, str]
    notes: Mapping[int, Sequence[Plain]]

    @classmethod
    def of(cls, study: Study, roles: Mapping[int, str]) -> "Panels":
        notes: dict[int, list[Plain]] = {}
        for note in study.state.notes:
            notes.setdefault(note.trial, []).append({"text": note.text, "at": note.at})
        return cls(study, {} if study.adopted else _default(study), roles, notes)

    def panel(self, number: int) -> Plain:
        """One trial as plain data."""
        study, trial = self.study, self.study.trial(number)
        configuration = dict(trial.configuration)
        measures = _measures(study.goals, trial.runs)
        return {
            "identity": trial.identity,
            "role": self.roles.get(number, ""),
            "invalid": study.state.invalid.get(number, ""),
            "configuration": configuration,
            "default": {name: value for name, value in self.default.items() if name in configuration},
            "differs": [
                name
                for name, value in configuration.items()
                if self.default.get(name, value) != value or name not in self.default
            ],
            "notes": list(self.notes.get(number, ())),
            "measures": measures,
            "runs": [self._run(run, measures) for run in trial.runs],
            "curves": self._curves(trial.runs),
            "files": [f"../runs/{run.number}/{name}" for run in trial.runs[:MOST_CURVED_RUNS] for name in self._files(run)],
        }

    def _files(self, run: Run) -> list[str]:
        try:
            there = set(os.listdir(self.study.run_folder(run.number)))  # noqa: PTH208 (thousands of runs: names are enough)
        except FileNotFoundError:
            return []
        return [name for name in FILES if name in there]

    def _run(self, run: Run, measures: Sequence[str]) -> Plain:
        about = {name: getattr(run, name) for name in ("condition", "replicate", "cause", "used")}
        values = np.array([v if (v := run.measured.get(name)) is not None else np.nan for name in measures], dtype=float)
        seed = None if run.seed is None else str(run.seed)  # 64 bits: more than a number of the page can hold
        return {
            "run": run.number,
            "step": str(run.phase),
            **about,
            "seed": seed,
            "ending": run.ending.name,
            "verdict": run.verdict.name,
            "seconds": rounded(np.array([run.seconds]))[0],
            "measured": rounded(values),
        }

    def _curves(self, runs: Sequence[Run]) -> dict[str, list[Plain]]:
        found: dict[str, list[Plain]] = {}
        for run in runs[:MOST_CURVED_RUNS]:
            for name, values in self.study.curves(run.number).items():
                if name in CLOCKS:
                    continue
                x, y = thinned(np.asarray(values, dtype=float))
                line = {
                    "run": run.number,
                    "condition": run.condition,
                    "reference": self.study.adopted or run.condition == self.study.reference.name,
                }
                found.setdefault(str(name), []).append(line | {"x": x, "y": rounded(y)})
        return found


def _default(study: Study) -> Configuration:
    return next(iter(known_configurations(study)), {})


def _measures(goals: Sequence[Goal], runs: Sequence[Run]) -> list[str]:
    """The goals, then what else was measured; measures by group are in the tables."""
    names = dict.fromkeys(goal.name for goal in goals)
    names |= dict.fromkeys(name for run in runs for name in run.measured if "[" not in name)
    return list(names)[:MOST_MEASURES]


def thinned(values: np.ndarray) -> tuple[list[int], np.ndarray]:
    """At most 64 points of a curve, with the lowest and highest of every stretch kept: positions and values.

    >>> x, y = thinned(np.concatenate([np.zeros(500), [9.0], np.zeros(500)]))
    >>> len(x) <= 64, float(y.max()), x[0], x[-1]
    (True, 9.0, 0, 1000)
    """
    count = len(values)
    if count <= POINTS:
        return list(range(count)), values
    width = -(-(count - 2) // (POINTS // 2 - 1))
    inner = np.full(width * (POINTS // 2 - 1), np.nan)
    inner[: count - 2] = values[1:-1]
    parts = inner.reshape(-1, width)
    known = np.isfinite(parts)
    lowest = np.where(known, parts, np.inf).argmin(axis=1)
    highest = np.where(known, parts, -np.inf).argmax(axis=1)
    first = 1 + width * np.arange(len(parts))
    places = np.unique(np.concatenate([[0], first + lowest, first + highest, [count - 1]]))
    places = places[places < count]
    return places.tolist(), values[places]


def script_of(number: int, panel: Plain) -> str:
    """The classic script that hands a panel to the page."""
    return f"SWEEPWRIGHT.addTrial({json.dumps(number)},{script_json(panel)});\n"
