"""The tidy frame of runs: what is read from it in more than one place."""

import pandas as pd

from sweepwright.nouns.phase import Step

BY_RESULTS = (Step.EXPLOIT, Step.FINALISTS, Step.CONFIRM)  # steps whose configurations were proposed or picked by results


def space_filling(runs: pd.DataFrame) -> pd.Series:
    """Which runs have a configuration that was proposed without looking at results: by `filling`, else by their step.

    >>> space_filling(pd.DataFrame({"step": ["explore", "exploit"]})).tolist()
    [True, False]
    """
    if "filling" in runs:
        return runs["filling"].astype(bool)
    return ~runs["step"].isin(BY_RESULTS)


def configurations(runs: pd.DataFrame) -> pd.DataFrame:
    """The ``param.`` columns of a `runs` frame, one row per trial."""
    columns = [c for c in runs.columns if str(c).startswith("param.")]
    return runs.drop_duplicates("trial").set_index("trial")[columns].sort_index()
