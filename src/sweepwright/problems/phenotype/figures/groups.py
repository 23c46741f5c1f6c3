"""How the chosen configuration does on each group that it never saw."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sweepwright.nouns.figure import Figure
from sweepwright.nouns.results import Results


def left_out(results: Results) -> Sequence[Figure]:
    """How the chosen configuration does on each group that it never saw: scores, and the rank of the true class."""
    rows = []
    for group in results.facts["left_out"]:
        for run in results.under(f"without {group}"):
            outcome = results.outcome(run)
            truth, probability = results.samples["label"][outcome.sample], outcome.arrays["probability"]
            ranks = 1 + (probability > probability[np.arange(len(truth)), truth][:, None]).sum(axis=1)
            right, first_three = float((ranks == 1).mean()), float((ranks <= 3).mean())
            rows.append(
                {
                    "Group": group,
                    "Cells": len(truth),
                    "Accuracy": right,
                    "Within_Top_3": first_three,
                    "Mean_Rank": float(ranks.mean()),
                }
            )
    if not rows:
        return []
    frame = pd.DataFrame(rows).sort_values("Mean_Rank", ascending=False)
    caption = "Each group left out in turn, chosen configuration: accuracy, share of cells whose true class is among the first three, and its mean rank. Worst groups first."
    return [Figure(name="left_out", caption=caption, table=frame)]
