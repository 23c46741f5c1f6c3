"""Studies whose truth is known: levels of trials, effects of draws, and what a run of them gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing import Aim
from sweepwright.choosing.estimator.levels import levels
from sweepwright.choosing.rule import Rule

AIM = [Aim("f1", 1)]
HALVING = ((15, 1), (7, 1), (4, 2), (2, 3))  # the rounds of finalists from 100 runs on: 36 runs
AUDIT, AUDIT_DRAWS = 2, 3
TRUTHS = ("normal", "plateau", "smooth")


def truth_of(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Levels with a spread of about 1: normal; a third of them equal and best; or a smooth hill whose top is searched more."""
    if kind == "normal":
        return rng.standard_normal(count)
    if kind == "plateau":
        return np.minimum(rng.standard_normal(count), 0.45) / 0.7
    x = rng.random((count, 3))
    x[count // 2 :] = np.clip(0.6 + 0.2 * rng.standard_normal((count - count // 2, 3)), 0, 1)  # what a sampler adds
    return -4.0 * ((x - 0.6) ** 2).sum(axis=1)


@dataclass(eq=False)
class World:
    """What runs give: a trial's level, its draw's effect, and noise; cells are numbered as they come."""

    level: np.ndarray
    noise: float
    rng: np.random.Generator
    between: float = 1.0  # the sd of the draws, in noise sd
    runs: int = 0
    draws: int = 0

    def __post_init__(self) -> None:
        self.delta = self.between * self.noise * self.rng.standard_normal(400)

    def fresh(self, count: int) -> range:
        """Draws that nothing has seen."""
        self.draws += count
        return range(self.draws - count, self.draws)

    def run(self, trials: Iterable[int], draws: Sequence[int], step: str) -> pd.DataFrame:
        """A run of each trial on each draw."""
        trial, draw = (part.ravel() for part in np.meshgrid(np.array(list(trials), int), np.array(draws, int), indexing="ij"))
        value = self.level[trial] + self.delta[draw] + self.noise * self.rng.standard_normal(len(trial))
        return self.frame(trial, draw, step, value)

    def frame(self, trial: np.ndarray, draw: np.ndarray, step: str, value: np.ndarray) -> pd.DataFrame:
        about = {"run": self.runs + np.arange(len(trial)), "trial": trial, "draw": draw, "replicate": draw, "step": step}
        self.runs += len(trial)
        about |= {"condition": "all", "ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "measure.f1": value}
        return pd.DataFrame(about)


def searched(world: World, trials: Sequence[int], draw: int = 0) -> pd.DataFrame:
    """One run of each trial on one draw: the first half explored, the rest proposed from results."""
    half = len(trials) // 2
    return pd.concat([world.run(trials[:half], [draw], "explore"), world.run(trials[half:], [draw], "exploit")])


def begun(world: World) -> pd.DataFrame:
    """The audit and the search of all trials of a world."""
    draws = world.fresh(AUDIT_DRAWS)
    audit = world.run(range(AUDIT), draws, "audit")
    return pd.concat([audit, searched(world, range(AUDIT, len(world.level)))], ignore_index=True)


def finalists(world: World, runs: pd.DataFrame, rounds=HALVING, aims: Sequence[Aim] = AIM, seed: int = 0) -> pd.DataFrame:
    """The runs with those of finalists on fresh draws, by the rule that a study uses."""
    among = sorted(set(runs["trial"].tolist()))
    for count, fresh in rounds:
        found = levels(runs, [aim.measure for aim in aims], 1, seed, among, [aim.sign for aim in aims])
        among = Rule(found, aims, among).hearing(count)[:count]
        runs = pd.concat([runs, world.run(among, world.fresh(fresh), "finalists")], ignore_index=True)
    return runs
