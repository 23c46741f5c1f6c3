"""How true the numbers of a choice are: every line of the calibration, each number beside its bound.

    python tests/choosing/calibration/calibrate.py --studies 400      (about 25 minutes on 2 cores)

Eighteen cells of simulated studies, studies that go on, folds, groups, two goals, places of the best, and the shares and clean
studies of `claims.py`. `make test` does a short version.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import claims
import numpy as np
import of_cells
import of_goals
import of_places
import of_plates
import pandas as pd

FEWEST_IN_BIN = 100
SPREADS, NOISES = (0.3, 1.0, 3.0), (0.25, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the calibration beside its bounds."""

    name: str
    value: float
    least: float = -np.inf
    most: float = np.inf

    @property
    def is_met(self) -> bool:
        return self.least <= self.value <= self.most

    def __str__(self) -> str:
        ends = [f"{sign} {end:g}" for sign, end in ((">=", self.least), ("<=", self.most)) if np.isfinite(end)]
        return f"{'met' if self.is_met else 'NOT MET':8}{self.name:66}{self.value:8.3f}   {' and '.join(ends)}"


def calm(work: tuple[Callable, object]) -> dict:
    """One piece of work in a process of its own, without its warnings."""
    warnings.simplefilter("ignore")
    return work[0](work[1])


def simulate(study: Callable, jobs: Iterable[object], workers: int | None = None) -> pd.DataFrame:
    """One row per study; with `workers` 0 in this process."""
    if workers == 0:
        return pd.DataFrame([study(job) for job in jobs])
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        return pd.DataFrame(list(pool.map(calm, [(study, job) for job in jobs], chunksize=4)))


def cells(studies: int, which: Sequence[tuple] = of_cells.CELLS) -> pd.DataFrame:
    return simulate(of_cells.study, [(*cell, seed) for cell in which for seed in range(studies)])


def of_bins(table: pd.DataFrame) -> list[Line]:
    """What was true less what was said, by what was said."""
    place = np.digitize(table["said"], of_cells.BINS[1:-1])
    found = []
    for i, own in table.groupby(place):
        name = f"true - said of P(within), {of_cells.BINS[int(str(i))]:g} to {of_cells.BINS[int(str(i)) + 1]:g} ({len(own)} studies)"
        if len(own) >= FEWEST_IN_BIN:
            found.append(Line(name, float((own["true"] - own["said"]).mean()), -0.08))
    return found


def of_each(table: pd.DataFrame) -> list[Line]:
    """The worst cell, and all together."""
    by = table.groupby(["trials", "noise", "truth"]).mean(numeric_only=True)
    found = []
    for column, name, each, pooled in (
        ("upper", "loss is below U", 0.82, 0.90),
        ("ranks", "ranks of finalists", 0.85, None),
        ("rank of pick", "rank of the pick", 0.75, 0.88),
    ):
        where = by[column].idxmin()
        found.append(Line(f"{name}, worst cell {where}", float(by[column].min()), each))
        found += [Line(f"{name}, all cells", float(table[column].mean()), pooled)] if pooled is not None else []
    for column, name in (("luck", "optimism"), ("draws", "difference of the draws")):
        for trials, least in ((84, 0.85), (664, 0.80)):
            found.append(Line(f"{name}, {trials} trials", float(table.loc[table["trials"] == trials, column].mean()), least))
    found.append(Line("optimism or more, worst cell", float(by["luck or more"].min()), 0.85))
    moved = table["moved"].dropna()
    confirmed = Line("confirmed mean, all cells", float(table["confirmed"].mean()), 0.85, 0.95)
    return [*found, confirmed, Line("600 further trials move P(within) by < .15", float((moved < 0.15).mean()), 0.98)]


def of_the_rest(studies: int) -> list[Line]:
    """Rounds, folds, groups, places, two goals."""
    found = [Line(name, value, 0.85, 0.95) for name, value in simulate(of_cells.rounds, range(studies)).mean().items()]
    folds = simulate(of_cells.folds, [(spread, seed) for spread in SPREADS for seed in range(studies // 2)])
    off = float((folds["true"] - folds["said"]).mean())
    found.append(Line("true - said of P(within), five folds", off, -0.1, 0.1))
    groups = simulate(of_plates.study, range(2 * studies)).mean()
    found += [Line(str(name), value, 0.85 if "next" in str(name) else 0.82) for name, value in groups.items()]
    place = simulate(of_places.study, range(studies)).mean()
    found.append(Line("best level among the possible", place.iloc[0], 0.9))
    found.append(Line("a better value outside, said for an optimum at .9", place.iloc[1], most=0.05))
    goals = simulate(of_goals.study, [(noise, seed) for noise in NOISES for seed in range(studies // 2)])
    low, high = (goals[goals["noise"] == noise] for noise in NOISES)
    found.append(Line("two goals, noise .25: within worth", float(low["within"].mean()), 0.85))
    found.append(Line("two goals, noise .25: the cheapest is found", float(low["cheapest"].mean()), 0.15))
    found.append(Line("two goals, noise .25: median cost of the target's", float(low["cost"].median()), most=1.7))
    more = float((high["loss"] - high["loss by the first goal"]).mean())
    return [*found, Line("two goals, noise 1: loss beside finalists by one goal", more, most=0.08)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, default=400)
    studies = parser.parse_args().studies
    lines = of_the_rest(studies)
    print(*lines, sep="\n", flush=True)
    table = cells(studies)
    print(table.groupby(["trials", "noise", "truth"]).mean(numeric_only=True).round(3).to_string(), flush=True)
    more = [*of_bins(table), *of_each(table)]
    print(*more, sep="\n", flush=True)
    clean = claims.simulate(max(studies // 2, 8))
    print(clean.round(3).to_string(), flush=True)
    missed = [*(str(line) for line in (*lines, *more) if not line.is_met), *claims.outside(clean)]
    print("\n".join(missed) or "all within their bounds")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
