"""Answers of choosing as plain data, for `--json`."""

from collections.abc import Mapping, Sequence

import numpy as np

from sweepwright.answers.naming import RunSets, as_named, with_runs
from sweepwright.choosing.comparison import Comparison, GroupGain
from sweepwright.choosing.decision import Logged, Weighing
from sweepwright.choosing.effects.drivers import Drivers
from sweepwright.choosing.estimator.levels import Levels
from sweepwright.choosing.noise.components import NoiseFloor
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import LEVEL, Statement


def logged_data(logged: Logged) -> Plain:
    """A threshold of the choice log as plain data."""
    return {
        "threshold": logged.threshold,
        "when": logged.when,
        "results_seen": logged.results_seen,
        "step": logged.step,
        "lower": logged.moved[0],
        "higher": logged.moved[1],
        "pick_if_lower": logged.lower,
        "pick_if_higher": logged.higher,
    }


def loss_data(weighing: Weighing, chosen: int | None) -> Plain:
    """The loss of the chosen one against those that could be chosen; null, with a reason, where it is unknown or would be another one's."""
    if weighing.chosen != chosen:
        reason = f"as runs and goals are now, the rule picks trial {weighing.chosen}"
        unknown: Plain = dict.fromkeys(("worth", "expected", "upper", "within"), None)
        return {"level": LEVEL, "others": 0, **unknown, "population": [], "reason": reason}
    loss = weighing.loss
    known = {int(str(trial)) for trial in weighing.table["within"].dropna().index} if len(weighing.table) else set[int]()
    known |= {weighing.chosen} if weighing.chosen is not None else set()
    found: Plain = {"level": LEVEL, "others": loss.others, "worth": loss.worth, "population": sorted(known)}
    found |= {"expected": loss.expected, "upper": loss.upper, "within": loss.within}
    if not np.isfinite(loss.upper):
        found["reason"] = weighing.levels.why_unknown if not weighing.levels.is_known else "nobody else could be chosen"
    return found


def within_data(weighing: Weighing) -> list[Plain]:
    """P(within the first goal's worth of the best), by trial that could be chosen."""
    known = weighing.table["within"].dropna() if len(weighing.table) else []
    return [{"trial": int(str(trial)), "probability": float(p)} for trial, p in dict(known).items()]


def noise_data(levels: Levels, goal: int, floor: NoiseFloor) -> Plain:
    """The noise of a goal as the choice sees it, and what else moves it, as plain data; null where nothing was repeated."""
    found: Plain = {"measure": floor.measure, "noise": None, "copies": floor.copies}
    if levels.is_known:
        low, high = levels.noise_between[goal].tolist()
        found["noise"] = {"sd": float(levels.noise[goal]), "low": low, "high": high, "of": levels.one}
    else:
        found["reason"] = levels.why_unknown
    one = "one run" if levels.folds == 1 else "one fold of one split"
    found["components"] = [
        {"name": c.name, "sd": c.sd, "freedom": c.freedom} | ({"of": one} if c.name == "noise" else {})
        for c in floor.components
    ]
    return found


def drivers_data(found: Drivers, said: Sequence[Statement], sets: RunSets) -> Plain:
    """Drivers as plain data (schema ``drivers/1``); what is NaN is null, and `reason` says why."""
    return {
        "schema": "drivers/1",
        "models": found.models.to_dict("records"),
        "effects": found.effects.to_dict("records"),
        "pairs": found.pairs.to_dict("records"),
        **_with_sets(said, sets),
    }


def comparison_data(found: Comparison, sets: RunSets) -> Plain:
    """A comparison as plain data (schema ``compare/2``)."""

    def part(p: GroupGain) -> Plain:
        return {"group": p.group, "gain": p.gain, "low": p.low, "high": p.high, "pairs": p.pairs}

    def probability(triple: tuple[float, float, float]) -> Mapping[str, float]:
        return dict(zip(("value", "low", "high"), triple, strict=True))

    return {
        "schema": "compare/2",
        "measure": found.measure,
        "first": {"trial": found.first, "mean": found.means[0]},
        "second": {"trial": found.second, "mean": found.means[1]},
        "gain": part(found.overall),
        "better": probability(found.better),
        "wins": probability(found.wins),
        "groups": [part(p) for p in found.groups],
        "resolved": found.resolved,
        "pairs_needed": found.needed,
        **_with_sets(found.sentences, sets),
        "reason": None if found.resolved else "not resolved",
    }


def _with_sets(said: Sequence[Statement], sets: RunSets) -> Plain:
    """Sentences with the runs behind them, those of a set by its name, and the sets."""
    sentences = [as_named(with_runs(one, sets), sets) for one in said]
    return {"sentences": sentences, "run_sets": {name: list(runs) for name, runs in sets.items()}}
