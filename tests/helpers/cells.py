"""The one small study of cells that tests of the session share: grouped, and its names are markup."""

from pathlib import Path

import pandas as pd

import sweepwright as sw
from sweepwright.problems.phenotype.simulate import simulate

HOSTILE = '<script>document.title="owned"</script>&"\'<img src=x onerror=alert(1)>'


def table() -> pd.DataFrame:
    """360 cells of three classes; their features carry the group, so that grouping costs."""
    table = simulate(cells=360, features=8, classes=3, strength=1.2, groups=12, group_effect=2.0, seed=3)
    table["label"] = table["label"].replace({"class 0": HOSTILE, "class 1": "naïve 🦠 class"})
    return table.rename(columns={"DP__block_0_0": f"DP__{HOSTILE}"})


def run_cells(folder: Path) -> sw.Study:
    """Run the study with its table beside it."""
    table().to_parquet(folder / "cells.parquet")
    settings = {"protocol": {"finalists": {"draws": 1}}}
    return sw.run("phenotype", folder=folder / "study", preset="quick", executor="inline", data=str(folder / "cells.parquet"),
                  folds=4, leave_one_group_out=True, settings=settings)  # fmt: skip
