"""The tidy frame of runs: what is read from it in more than one place."""

import pandas as pd

from sweepwright.nouns.phase import Step

ADAPTIVE = (Step.EXPLOIT, Step.FINALISTS, Step.CONFIRM)  # steps whose configurations were proposed or picked by results


def configurations(runs: pd.DataFrame) -> pd.DataFrame:
    """The ``param.`` columns of a `runs` frame, one row per trial."""
    columns = [c for c in runs.columns if str(c).startswith("param.")]
    return runs.drop_duplicates("trial").set_index("trial")[columns].sort_index()
