"""How often what is promised of new plates holds: a fixed model, one random half of the plates against the other.

    python benchmarks/new_plates.py            20 halves (about a minute)
    python benchmarks/new_plates.py --quick    4 halves of a small simulated table, under a minute
    python benchmarks/new_plates.py --json     one object on stdout

C .1 and l1_ratio .25 on every half: 5 folds by plate give the promise (90 %), the model of all its cells meets the other half. The table is
the reference table where it is at hand, else a simulated one, which is said. Halves share plates, so the shares are rougher than 20 coins.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from sweepwright.measures.classification import f1_weighted
from sweepwright.measures.groups import group_score
from sweepwright.problems.phenotype.class_scores import class_scores
from sweepwright.problems.phenotype.data import load
from sweepwright.problems.phenotype.objective import Design
from sweepwright.problems.phenotype.predicted import Predicted
from sweepwright.problems.phenotype.scoring import by_class
from sweepwright.problems.phenotype.simulate import simulate
from sweepwright.problems.phenotype.solver import Accuracy, fit_elastic_net
from sweepwright.problems.phenotype.splits import fold_of_each
from sweepwright.problems.phenotype.train import Scaler, probabilities

SHARED = Path(__file__).parents[2] / "shared/data/phenotype/mitocheck_crops_features.parquet"
C, RATIO, FOLDS = 0.1, 0.25, 5
TARGETS = {"all classes together": 0.8, "single classes": 0.8}


def table(quick: bool):
    """The data, and what is said of them."""
    if SHARED.exists() and not quick:
        return load(data=str(SHARED), group="Metadata_Plate", folds=FOLDS), "the reference table"
    with tempfile.TemporaryDirectory() as folder:
        size = (600, 20, 3) if quick else (2550, 200, 8)
        simulate(*size, groups=24, group_effect=0.5, strength=1.2).to_parquet(Path(folder) / "cells.parquet")
        return load(data=str(Path(folder) / "cells.parquet"), group="Metadata_Plate", folds=FOLDS), "a simulated table"


def called(values: np.ndarray, labels: np.ndarray, fitted: np.ndarray, tested: np.ndarray, classes: int) -> np.ndarray:
    """The class that each tested cell is called by the model of the fitted ones."""
    scaler = Scaler.of(values[fitted])
    present, codes = np.unique(labels[fitted], return_inverse=True)
    fit = fit_elastic_net(Design.of(scaler(values[fitted]), codes, len(present)), C, RATIO, Accuracy(gap=1e-2, rounds=60))
    return present[probabilities(scaler(values[tested]), fit.coefficients, fit.intercepts).argmax(axis=1)]


def half(content, group: np.ndarray, rng: np.random.Generator) -> tuple[bool, list[bool]]:
    """Whether the promise of one half holds on the other: of all classes together, and of each that can be promised."""
    plates = rng.permutation(np.unique(group))
    own = np.flatnonzero(np.isin(group, plates[: len(plates) // 2]))
    other = np.flatnonzero(~np.isin(group, group[own]))
    values, labels, names = content.values, content.labels, content.classes
    fold = fold_of_each(labels[own], np.unique(group[own], return_inverse=True)[1], FOLDS, seed=int(rng.integers(2**31)))
    said = np.empty(len(own), dtype=int)
    for k in range(FOLDS):
        said[fold == k] = called(values, labels, own[fold != k], own[fold == k], len(names))
    there = called(values, labels, own, other, len(names))
    low, high = group_score(f1_weighted, group[own], labels[own], said, limits=(0.0, 1.0)).following(
        len(np.unique(group[other]))
    )
    scored = by_class(labels[other], there, names)
    known = class_scores(
        Predicted(own, labels[own], np.zeros((len(own), len(names))), said, "folds", "chosen trial"), names, group
    )
    held = []
    for score in known:
        if score.name in scored:
            k = names.index(score.name)
            promised = score.promised(len(np.unique(group[other][labels[other] == k])))
            held += [promised[0] <= scored[score.name]["f1"] <= promised[1]] if promised is not None else []
    return bool(low <= f1_weighted(labels[other], there) <= high), held


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    data, what = table(arguments.quick)
    rng, wholes, classes = np.random.default_rng(0), [], []
    for number in range(4 if arguments.quick else 20):
        whole, held = half(data.content, data.samples["group"], rng)
        wholes.append(whole)
        classes += held
        if not arguments.json:
            print(
                f"half {number + 1:2d}: weighted F1 {'inside' if whole else 'OUTSIDE'}; classes {sum(held)} of {len(held)}",
                flush=True,
            )
    figures = {"all classes together": float(np.mean(wholes)), "single classes": float(np.mean(classes))}
    met = {name: figures[name] >= least for name, least in TARGETS.items()}
    if arguments.json:
        print(json.dumps({"benchmark": "new_plates", "figures": figures, "targets": TARGETS, "met": met}))
        return
    print(f"\n{len(wholes)} halves of {what}, C {C:g}, l1_ratio {RATIO:g}; promised with 90 %:")
    for name, share in figures.items():
        print(f"  {name:<24} {share:.3f} inside  target >= {TARGETS[name]:g}  {'met' if met[name] else 'NOT MET'}")


if __name__ == "__main__":
    main()
