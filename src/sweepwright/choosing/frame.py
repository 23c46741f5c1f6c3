"""The tidy frames of a study: their schema, the names of their columns, and how to select rows.

`runs` has one row per finished run of a trial, `pooled` one per measure that several runs gave together, `curves` one per run,
name and epoch. Columns of measures and hyperparameters have a prefix, which only this module writes and reads: a measure may
be called like a parameter.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import Step

MEASURE, PARAMETER = "measure.", "param."

RUNS: Mapping[str, str] = {
    "run": "the run's number",
    "trial": "the number of its configuration",
    "step": "the step of the protocol that asked for it",
    "phase": "the part, stage and round of that step",
    "stage": "the stage of the space that was searched; 0: all of it after the stages",
    "replicate": "draw and fold of the data",
    "draw": "the draw of the data",
    "seed": "what drove initialisation and order",
    "condition": "how the data were seen",
    "effort": "with how much work it trained",
    "ending": "how the process ended",
    "verdict": "what curves and facts show",
    "cause": "why it did not complete, or is not healthy",
    "used": "whether it counts: its trial was not marked as not to be used",
    "filling": "whether its configuration was proposed without looking at results",
    "seconds": "of training",
}
POOLED: Mapping[str, str] = {
    "measure": "the measure",
    "trial": "the trial; none for a whole procedure",
    "condition": "how the data were seen",
    "draw": "the draw of the data",
    "step": "the phase of the runs",
    "of": "what was pooled: the folds of a split, a procedure, or the search",
    "baseline": "the baseline, where it is one",
    "value": "the value",
}
CURVES: Mapping[str, str] = {
    "run": "the run's number",
    "trial": "the number of its configuration",
    "condition": "how the data were seen",
    "replicate": "draw and fold of the data",
    "epoch": "from 0",
    "update": "the update of the weights, where it is known",
    "name": "the curve's name",
    "value": "its value",
}
BY_RESULTS = (Step.EXPLOIT, Step.FINALISTS, Step.CONFIRM)  # steps whose configurations were proposed or picked by results


# --- columns ----------------------------------------------------------------------------------------------------------


def measure_column(name: str) -> str:
    """The column of a measure."""
    return MEASURE + name


def parameter_column(name: str) -> str:
    """The column of a hyperparameter."""
    return PARAMETER + name


def measures_in(runs: pd.DataFrame, parts: bool = True) -> list[str]:
    """The measures of a frame by name; without `parts`, none that is a part of another (``f1[ADCCM]``).

    >>> measures_in(pd.DataFrame(columns=["run", "param.lr", "measure.f1", "measure.f1[a]"]), parts=False)
    ['f1']
    """
    names = [str(column).removeprefix(MEASURE) for column in runs.columns if str(column).startswith(MEASURE)]
    return names if parts else [name for name in names if "[" not in name]


def parameters_in(runs: pd.DataFrame) -> list[str]:
    """The hyperparameters of a frame by name."""
    return [str(column).removeprefix(PARAMETER) for column in runs.columns if str(column).startswith(PARAMETER)]


def is_own(column: object) -> bool:
    """Whether a column is one of a measure or a hyperparameter."""
    return str(column).startswith((MEASURE, PARAMETER))


def short_name(column: object) -> str:
    """The name of a measure or hyperparameter by its column; any other column as it is."""
    return str(column).removeprefix(MEASURE).removeprefix(PARAMETER)


def numbers(runs: pd.DataFrame, measure: str) -> pd.Series:
    """The values of a measure as numbers; NaN where there is none."""
    return pd.to_numeric(runs[measure_column(measure)], errors="coerce").astype(float)


def run_numbers(runs: pd.DataFrame) -> tuple[int, ...]:
    """The numbers of the runs in a frame, in its order; none where it does not name them."""
    return tuple(runs["run"].astype(int).tolist()) if "run" in runs else ()


# --- rows -------------------------------------------------------------------------------------------------------------


def used(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs that count: those of trials that nobody marked as not to be used."""
    return runs[runs["used"].astype(bool)]


def completed(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs that count and came to their end."""
    return runs[runs["used"].astype(bool) & (runs["ending"] == Ending.COMPLETED.name)]


def valued(runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Runs that count, came to their end and have a finite value of a measure; the value is the column `value`."""
    rows = completed(runs)
    values = numbers(rows, measure)
    finite = np.isfinite(values)
    return rows[finite].assign(value=values[finite])


def comparable(runs: pd.DataFrame, condition: str, effort: str) -> pd.DataFrame:
    """Runs in one condition with one effort: efforts are never mixed."""
    return runs[(runs["condition"] == condition) & (runs["effort"] == effort)]


def in_steps(runs: pd.DataFrame, *steps: Step) -> pd.DataFrame:
    """Runs that these steps asked for."""
    return runs[runs["step"].isin(steps)]


def without_steps(runs: pd.DataFrame, *steps: Step) -> pd.DataFrame:
    """Runs that none of these steps asked for."""
    return runs[~runs["step"].isin(steps)]


def on_common_draws(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs of a search on the draws that at least half of the trials have, so that their means can be compared; all where none is.

    Finalists are left out: they were picked for being good, and ran on draws of their own. A trial that none of this leaves a
    run keeps what it has.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 2, 2], "draw": [0, 1, 0, 0, 5], "step": ["audit", "audit", "explore", "explore", "finalists"]})
    >>> on_common_draws(runs).index.tolist()
    [0, 2, 3]
    """
    kept = without_steps(runs, Step.FINALISTS)
    if "draw" in kept and len(kept):
        share = kept.groupby("draw")["trial"].nunique() / kept["trial"].nunique()
        common = kept["draw"].isin(share.index[share >= 0.5])
        kept = kept[common] if common.any() else kept
    rest = runs[~runs["trial"].isin(kept["trial"].unique())]
    return pd.concat([kept, rest]).sort_index() if len(rest) else kept


def space_filling(runs: pd.DataFrame) -> pd.Series:
    """Which runs have a configuration that was proposed without looking at results: by `filling`, else by their step.

    >>> space_filling(pd.DataFrame({"step": ["explore", "exploit"]})).tolist()
    [True, False]
    """
    if "filling" in runs:
        return runs["filling"].astype(bool)
    return ~runs["step"].isin(BY_RESULTS)


def configurations(runs: pd.DataFrame) -> pd.DataFrame:
    """The columns of hyperparameters of a `runs` frame, one row per trial."""
    columns = [parameter_column(name) for name in parameters_in(runs)]
    return runs.drop_duplicates("trial").set_index("trial")[columns].sort_index()
