"""A sweep as one finds it: a table that somebody's script left behind. Writes `sweep.csv`; docs/choosing.md adopts it.

What is planted: `margin` has no effect with the loss `nt-xent`, so that its four values are replicates; the best `lr` lies inside
its range, the best `beta` at its lower edge; `recall` and `accuracy` are one measure under two names; three runs crashed.
"""

import csv
import itertools
from pathlib import Path

import numpy as np


def main(path: Path = Path("sweep.csv"), seed: int = 0) -> None:
    """Write the table: 4 margins x 2 losses x 6 learning rates x 4 betas."""
    rng = np.random.default_rng(seed)
    header = ["run_id", "params_loss", "params_margin", "params_lr", "params_beta", "f1", "accuracy", "recall", "state"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        grid = itertools.product(("nt-xent", "triplet"), (0.1, 1.0, 2.0, 5.0), np.logspace(-4, -1.5, 6), (0.1, 0.3, 1.0, 3.0))
        for number, (loss, margin, lr, beta) in enumerate(grid):
            if number in (7, 90, 150):
                writer.writerow([f"run{number:03d}", loss, margin, f"{lr:.6g}", beta, "", "", "", "crashed"])
                continue
            f1 = (
                0.8
                - 0.06 * (np.log10(lr) + 2.8) ** 2
                - 0.05 * np.log10(beta)
                - (0.04 * np.log10(margin) if loss == "triplet" else 0.02)
            )
            f1 += 0.02 * rng.standard_normal()
            accuracy = min(0.5 + 0.5 * f1 + 0.01 * rng.standard_normal(), 1.0)
            writer.writerow(
                [
                    f"run{number:03d}",
                    loss,
                    margin,
                    f"{lr:.6g}",
                    beta,
                    f"{f1:.5f}",
                    f"{accuracy:.5f}",
                    f"{accuracy:.5f}",
                    "finished",
                ]
            )


if __name__ == "__main__":
    main()
