"""Who stands to be chosen: trials that were repeated, and who of them failed."""

from dataclasses import dataclass

import pandas as pd

from sweepwright.choosing.frame import completed, in_steps, measures_in, used
from sweepwright.choosing.noise.components import copies_of
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import Step
from sweepwright.nouns.verdict import Verdict

OWN_FAILURES = (Ending.RAISED, Ending.DIVERGED, Ending.OUT_OF_MEMORY)  # what a configuration did itself
SICK = (Verdict.DIVERGED, Verdict.COLLAPSED)


@dataclass(frozen=True, slots=True)
class Population:
    """The trials that every table, probability, rank and front is about, and the failed among all: (failed, all) draws by trial.

    `unit` is what was counted: splits of several folds, or runs. `is_repeated` is False where no finalists ran: then it is every trial, also those that ran once.
    """

    trials: tuple[int, ...]
    failed: dict[int, tuple[int, int]]
    is_repeated: bool
    unit: str = "splits"
    has_copies: bool = False  # runs that repeat another one to the last digit: they are no repeats


def population_of(runs: pd.DataFrame) -> Population:
    """The trials that ran as finalists in any round, and any other with two runs or more; without finalists, all of them.

    >>> population_of(pd.DataFrame({"trial": [0, 0, 1, 2, 2], "step": ["explore", "finalists", "explore", "audit", "audit"],
    ...     "ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "draw": [0, 1, 0, 0, 1]})).trials
    (0, 2)
    """
    rows = used(runs)
    final = in_steps(rows, Step.FINALISTS)["trial"]
    failed, unit = _failed(rows), _unit(rows)
    copies = bool(copies_of(completed(rows)).any()) if measures_in(rows) else False
    if final.empty:
        return Population(tuple(sorted(int(t) for t in rows["trial"].unique())), failed, False, unit, copies)
    draws = rows.groupby("trial")["draw"].nunique() if "draw" in rows else rows.groupby("trial").size()
    repeated = {*final.tolist(), *draws.index[draws >= 2].tolist()}
    return Population(tuple(sorted(int(t) for t in repeated)), failed, True, unit, copies)


def _unit(rows: pd.DataFrame) -> str:
    """Whether a split has several runs of a trial, its folds, or every run stands for itself."""
    return "splits" if "draw" in rows and rows.duplicated(["trial", "draw"]).any() else "runs"


def _failed(rows: pd.DataFrame) -> dict[int, tuple[int, int]]:
    bad = rows["ending"].isin([ending.name for ending in OWN_FAILURES])
    if "verdict" in rows:
        bad |= rows["verdict"].isin([verdict.name for verdict in SICK])
    place = rows["draw"] if "draw" in rows else pd.Series(range(len(rows)), index=rows.index)
    every, failed = (part.groupby(rows["trial"].loc[part.index]).nunique().to_dict() for part in (place, place[bad]))
    return {int(str(trial)): (int(count), int(every[trial])) for trial, count in failed.items()}
