"""A regression of one's own: the age of an embryo from the shape of its cells, by a random forest, beside a linear baseline.

sweepwright run examples/embryo_age.py:PROBLEM

The cells are simulated: 48 embryos of 20 cells, ages of 2 to 10 hours, shapes that bend with age and differ from embryo to embryo.
All cells of an embryo stay on one side of a split. Docs: docs/your-own-problem.md.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold

from sweepwright import Choice, Condition, Data, Goal, Job, Measure, Outcome, Problem, Space, Trained
from sweepwright.nouns.baseline import Baseline
from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.watch import Watch

EMBRYOS, CELLS, SHAPES = 48, 20, 12


def load() -> Data:
    rng = np.random.default_rng(0)
    embryo = np.repeat(np.arange(EMBRYOS), CELLS)
    age = rng.uniform(2, 10, EMBRYOS)[embryo]
    bends = np.sin(age[:, None] * rng.uniform(0.2, 0.6, SHAPES) + rng.uniform(0, 6, SHAPES))
    shapes = bends + 0.4 * rng.standard_normal((EMBRYOS, SHAPES))[embryo] + 0.5 * rng.standard_normal((len(age), SHAPES))
    samples = {"sample_id": np.arange(len(age)), "age": age, "group": embryo}
    return Data(hash=content_hash(shapes, age, embryo), samples=samples, content=shapes)


def split(data: Data, job: Job) -> tuple[np.ndarray, np.ndarray]:
    """The rows to fit and to test: whole embryos, but where the condition says that cells are split freely."""
    free = job.condition.name == "cells split freely"
    splitter = (KFold if free else GroupKFold)(job.folds, shuffle=True, random_state=job.data_seed)
    return list(splitter.split(data.content, groups=None if free else data.samples["group"]))[job.fold]


def train(data: Data, job: Job, watch: Watch) -> Trained:
    fitted, tested = split(data, job)
    forest = RandomForestRegressor(
        job.configuration["trees"],
        min_samples_leaf=job.configuration["leaf"],
        max_features=job.configuration["features"],
        random_state=job.seed % 2**32,
    ).fit(data.content[fitted], data.samples["age"][fitted])
    leaves = sum(tree.get_n_leaves() for tree in forest.estimators_)
    return Trained(
        outcome=Outcome(arrays={"age_said": forest.predict(data.content[tested])}, sample=tested, facts={"leaves": leaves})
    )


def linear(data: Data, job: Job, watch: Watch) -> Trained:
    fitted, tested = split(data, job)
    said = Ridge().fit(data.content[fitted], data.samples["age"][fitted]).predict(data.content[tested])
    return Trained(outcome=Outcome(arrays={"age_said": said}, sample=tested))


def hours_off(age: np.ndarray, age_said: np.ndarray) -> float:
    """The mean absolute error of the age, in hours: 0 or more, lower is better."""
    return float(np.abs(age - age_said).mean())


OFF = Measure.of(hours_off, "age", "age_said", limits=(0.0, np.inf))

PROBLEM = Problem(
    name="embryo-age",
    about="the age of an embryo from the shapes of its cells",
    load=load,
    train=train,
    space=Space(trees=Choice(5, 15), leaf=Choice(1, 3, 10, 30), features=Choice(0.3, 1.0)),
    measures=(OFF, Measure.fact("leaves")),
    goals=(Goal(OFF, "lower", bound=1.0, worth=0.02), Goal("leaves", "lower")),
    folds=5,
    unit="embryo",
    baselines=(Baseline("linear", linear),),
    conditions=(
        Condition(name="new embryos"),
        Condition(
            name="cells split freely",
            kind="control",
            steps=("confirm",),
            is_finding=True,
            meaning="A split that ignores {unit}s would have promised {goal} {control}; on {unit}s that it never saw the same configuration has {chosen}.",
        ),
    ),
    protocol={
        "audit": {"trials": 0},
        "explore": {"sampler": "grid"},
        "exploit": {"trials": 0},
        "finalists": {"trials": 4, "draws": 2},
        "confirm": {"draws": 3},
    },
)
