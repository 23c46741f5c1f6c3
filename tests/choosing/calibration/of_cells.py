"""The eighteen cells: studies of 120 and 700 runs, noise .3, 1 and 3 of the spread, three kinds of truth."""

from itertools import product

import numpy as np
import pandas as pd
from worlds import AIM, TRUTHS, World, begun, finalists, searched, truth_of

from sweepwright.choosing import decide
from sweepwright.choosing.estimator.expected import expected

CELLS = tuple(product((84, 664), (0.3, 1.0, 3.0), TRUTHS))
SHORT = ((84, 0.3, "normal"), (84, 1.0, "plateau"), (84, 3.0, "smooth"), (84, 1.0, "normal"))
CONFIRM, FURTHER = 3, 600
BINS = np.array([0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0])


def study(job: tuple[int, float, str, int]) -> dict[str, float | str]:
    """One study of a cell: what it said, and whether it was true."""
    trials, noise, kind, seed = job
    rng = np.random.default_rng([seed, trials, round(10 * noise), TRUTHS.index(kind)])
    world = World(truth_of(kind, trials, rng), noise, rng)
    runs = finalists(world, begun(world), seed=seed)
    found = decide(runs, AIM, seed=seed)
    pick = found.chosen
    assert pick is not None
    truth = world.level
    behind = truth[found.table.index].max() - truth[pick]
    result: dict[str, float | str] = {"trials": trials, "noise": noise, "truth": kind}
    result |= {"said": found.loss.within, "true": float(behind <= found.loss.worth), "upper": float(behind <= found.loss.upper)}
    result |= _ranks(found.table, truth, pick) | _confirmed(world, runs, found, pick, seed)
    if trials == 84:
        result["moved"] = _moved(world, runs, found, kind, seed)
    return result


def _ranks(table: pd.DataFrame, truth: np.ndarray, pick: int) -> dict[str, float]:
    """Whether rank intervals hold the true rank (equal trials share ranks)."""
    own = pd.Series(truth[table.index], index=table.index)
    best = np.array([(own > value).sum() + 1 for value in own])
    worst = np.array([(own >= value).sum() for value in own])
    inside = pd.Series((table["rank_low"] <= worst) & (table["rank_high"] >= best), index=table.index)
    return {"ranks": float(inside.mean()), "rank of pick": float(inside[pick])}


def _confirmed(world: World, runs: pd.DataFrame, found, pick: int, seed: int) -> dict[str, float]:
    """Whether the intervals of the confirmed mean, of luck and of the difference of the draws hold what is true."""
    draws = list(world.fresh(CONFIRM))
    beside = found.runner_up if found.runner_up is not None else pick
    fresh = world.run(dict.fromkeys([pick, beside]), draws, "confirm")
    values = fresh.loc[fresh["trial"] == pick, "measure.f1"].to_numpy()
    low, high = found.levels.fresh_mean(values, 0, seed=seed)
    parts = expected(runs, fresh, pick, "f1", seed=seed)
    assert parts is not None and parts.easier is not None
    own = runs[runs["trial"] == pick]
    met = world.delta[own["draw"]].mean()
    luck, easier = own["measure.f1"].mean() - met - world.level[pick], world.delta[draws].mean() - met
    return {
        "confirmed": float(low <= world.level[pick] <= high),
        "luck": float(parts.luck.low <= luck <= parts.luck.high),
        "luck or more": float(parts.luck.low <= luck),
        "draws": float(parts.easier.low <= easier <= parts.easier.high),
    }


def _moved(world: World, runs: pd.DataFrame, found, kind: str, seed: int) -> float:
    """How far further trials that ran once move what is said of the same choice."""
    first = len(world.level)
    world.level = np.r_[world.level, truth_of(kind, FURTHER, world.rng)]
    more = pd.concat([runs, searched(world, range(first, first + FURTHER))], ignore_index=True)
    return abs(decide(more, AIM, seed=seed, chosen=found.chosen).loss.within - found.loss.within)


def rounds(seed: int) -> dict[str, float]:
    """A study that goes on twice: is the mean that the newest round confirms covered each time, whatever was chosen by then?"""
    rng = np.random.default_rng([seed, 3])
    world = World(rng.standard_normal(160), 1.0, rng)
    runs, result = None, {}
    for number, trials in enumerate((range(80), range(80, 120), range(120, 160))):
        if runs is None:
            runs = pd.concat([world.run(range(2), world.fresh(3), "audit"), searched(world, trials[2:])], ignore_index=True)
        else:
            runs = pd.concat([runs, searched(world, trials)], ignore_index=True)
        runs = finalists(world, runs, ((5, 4),), seed=seed)
        found = decide(runs, AIM, seed=seed)
        assert found.chosen is not None
        values = world.run([found.chosen], world.fresh(CONFIRM), "confirm")["measure.f1"].to_numpy()
        low, high = found.levels.fresh_mean(values, 0, seed=seed)
        result[f"confirmed in round {number + 1}"] = float(low <= world.level[found.chosen] <= high)
    return result


def folds(job: tuple[float, int]) -> dict[str, float]:
    """A study with five folds: what the folds of a trial have in common (Nadeau & Bengio) is no part of its level."""
    spread, seed = job
    rng = np.random.default_rng([seed, 5, round(10 * spread)])
    world = World(rng.standard_normal(40), spread, rng, between=0.5)
    shared = spread * np.sqrt(1 / 5) * rng.standard_normal(40)

    def run(trials, draws, step):
        parts = []
        for fold in range(5):
            trial, draw = (p.ravel() for p in np.meshgrid(np.array(trials), np.array(draws), indexing="ij"))
            value = (
                world.level[trial]
                + shared[trial]
                + world.delta[draw]
                + spread * np.sqrt(4 / 5) * rng.standard_normal(len(trial))
            )
            parts.append(world.frame(trial, draw, step, value).assign(replicate=5 * draw + fold))
        return pd.concat(parts, ignore_index=True)

    runs = run(range(40), [0], "explore")
    best = decide(runs, AIM, folds=5, seed=seed).order[:5]
    runs = pd.concat([runs, run(best, range(1, 5), "finalists")], ignore_index=True)
    found = decide(runs, AIM, folds=5, seed=seed)
    behind = world.level[found.table.index].max() - world.level[found.chosen]
    return {"spread": spread, "said": found.loss.within, "true": float(behind <= found.loss.worth)}
