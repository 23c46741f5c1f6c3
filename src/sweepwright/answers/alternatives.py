"""The chosen one beside the incumbent and the runner-up, and what another choice would cost: gains of one goal for losses of the first."""

from collections.abc import Sequence

import numpy as np

from sweepwright.answers.analysis import Analysis, configuration
from sweepwright.answers.estimates import spoken, told_apart
from sweepwright.choosing.encoding import shown
from sweepwright.choosing.estimator.levels import Levels
from sweepwright.choosing.rule import Aim
from sweepwright.nouns.statement import LEVEL, Statement

REACH = 5  # times what matters of the first goal: who loses more is no alternative
SAVES = 0.05  # of the chosen one's value that an alternative must gain, where nobody said what matters


def beside(analysis: Analysis, chosen: int, runner_up: int | None) -> list[Statement]:
    """The incumbent and the runner-up beside the chosen one, goal by goal."""
    levels, said = analysis.weighing.levels, []
    for other, role in ((analysis.incumbent, "incumbent"), (runner_up, "runner-up")):
        if other is None or other == chosen or other not in levels.trials or chosen not in levels.trials:
            continue
        text = f"The {role}, {_named(analysis, other)}: {_first(analysis.aims[0], levels, chosen, other)}"
        for i, aim in enumerate(analysis.aims[1:], 1):
            text += f"; {aim.measure} {spoken(_level(levels, i, other))} against {spoken(_level(levels, i, chosen))}"
        said.append(analysis.resting(Statement(f"beside.{role.replace('-', '_')}", f"{text}.", {"trial": other})))
    return said


def costs(analysis: Analysis, chosen: int) -> list[Statement]:
    """What choosing otherwise would cost: the best by the first goal, and those that gain in a later goal for a loss that is not large.

    They are sought over all trials of the search, at its effort: finalists alone would leave out what was never one.
    """
    aims, found = analysis.aims, analysis.levels_of_search
    worth = analysis.weighing.loss.worth
    if not found.is_known or chosen not in found.trials or len(aims) == 1 or not np.isfinite(worth):
        return []
    said, reach, best = list[Statement](), REACH * worth, analysis.weighing.best
    if best is None or best == chosen or best not in found.trials:
        best = None
    elif _lead(_told_by(analysis, chosen, best)[0], aims[0], 0, best, chosen)[0] > 0:
        said.append(_cost(analysis, chosen, best, range(1, len(aims))))
    for i in range(1, len(aims)):
        rivals = {
            t: _told_by(analysis, chosen, t)[0]
            for t in found.trials.tolist()
            if t not in (chosen, best) and _could_be(analysis, found, t)
        }
        gain = {t: aims[i].sign * (_level(own, i, t) - _level(own, i, chosen)) for t, own in rivals.items()}
        asked = aims[i].worth
        needed = asked if asked is not None else SAVES * abs(_level(found, i, chosen))
        loss = {t: -_lead(own, aims[0], 0, t, chosen)[0] for t, own in rivals.items() if gain[t] > needed}
        near = [t for t in loss if loss[t] <= reach]
        if not near:
            if rivals:  # where nobody could be chosen, nothing is said of them
                said.append(_none(analysis, aims[i], reach))
            continue
        near = [t for t in near if t in found.trials[found.drawn]]  # of thousands only the best have an interval
        if not near:
            continue
        cheapest, nearest = max(near, key=lambda t: (gain[t], -loss[t])), min(near, key=lambda t: (loss[t], -gain[t]))
        said += [_cost(analysis, chosen, trial, [i]) for trial in dict.fromkeys((nearest, cheapest))]
    return [analysis.resting(one) for one in said]


def _none(analysis: Analysis, aim: Aim, reach: float) -> Statement:
    """That a later goal cannot be had for a loss that is not large, and among whom."""
    first = analysis.aims[0]
    being = ["holds the bounds"] if any(one.bound is not None for one in analysis.aims) else []
    being += ["never failed"] if analysis.weighing.population.failed else []
    loses = f"loses {reach:.3g} {first.measure} or less" if reach > 0 else f"has as good a {first.measure}"
    text = f"No trial of the search that {' and '.join([*being, f'has a clearly better {aim.measure}'])} {loses}."
    return Statement("costs.none", text, {"reach": reach})


def _could_be(analysis: Analysis, found: Levels, trial: int) -> bool:
    """Whether a trial holds the bounds by its levels and did not fail."""
    holds = (aim.bound is None or aim.sign * (_level(found, i, trial) - aim.bound) >= 0 for i, aim in enumerate(analysis.aims))
    return trial not in analysis.weighing.population.failed and all(holds)


def _told_by(analysis: Analysis, chosen: int, other: int) -> tuple[Levels, bool]:
    """The levels by which two trials are held against each other: the finalists' (True) where both were, else the search's."""
    decided = analysis.weighing.levels
    both_were = decided.is_known and analysis.finalists_ran and decided.joint(chosen, other)
    return (decided, True) if both_were else (analysis.levels_of_search, False)


def _cost(analysis: Analysis, chosen: int, other: int, goals: Sequence[int]) -> Statement:
    """What another trial has of later goals, and what it loses (or gains) in the first: by the runs of finalists where both were."""
    first = analysis.aims[0]
    found, both_were = _told_by(analysis, chosen, other)
    has = ", ".join(
        f"{analysis.aims[i].measure} {spoken(_level(found, i, other))} instead of {spoken(_level(found, i, chosen))}"
        for i in goals
    )
    lead, low, high = _lead(found, first, 0, other, chosen)
    turn, word = (1, "gains") if lead > 0 else (-1, "loses")
    at = f", at effort {analysis.study.searching}" if analysis.at_effort and not both_were else ""
    text = f"T{_named(analysis, other)[1:]} has {has} and {word} {_span(turn * lead, turn * low, turn * high)} {first.measure} ({100 * LEVEL:.0f} %{at})."
    runs = tuple(sorted(int(run) for run in analysis.deciding["run"])) if both_were else ()
    return Statement("costs.trial", text, {"trial": other, "lead": lead, "low": low, "high": high}, runs)


def _first(aim: Aim, found: Levels, chosen: int, other: int) -> str:
    """The first goal of two trials, and by how much the chosen one leads."""
    text = f"{aim.measure} {spoken(_level(found, 0, other))} against {spoken(_level(found, 0, chosen))}"
    lead, low, high = _lead(found, aim, 0, chosen, other)
    if not np.isfinite(low):
        return f"{text} as measured"
    if lead == low == high == 0:
        return f"{text} of the chosen one, the same"
    if lead < 0:
        return f"{text} of the chosen one, which is behind by {_span(-lead, -low, -high)}"
    return f"{text} of the chosen one, which leads by {_span(lead, low, high)}"


def _span(value: float, *ends: float) -> str:
    """A difference with its interval; alone where that has no width."""
    low, high = sorted(ends)
    if low == high:
        return spoken(value)
    said, least, most = told_apart(value + 0.0, low + 0.0, high + 0.0)  # no -0
    return f"{said} [{least}, {most}]"


def _lead(found: Levels, aim: Aim, i: int, first: int, second: int) -> tuple[float, float, float]:
    """By how much the first of two trials is better, with its interval from their joint draws (NaN: none)."""
    lead = aim.sign * (_level(found, i, first) - _level(found, i, second))
    places = [np.flatnonzero(found.trials[found.drawn] == trial) for trial in (first, second)]
    if not found.is_known or any(len(place) == 0 for place in places):
        return lead, float("nan"), float("nan")
    gaps = aim.sign * (found.draws[:, places[0][0], i] - found.draws[:, places[1][0], i])
    low, high = np.quantile(gaps, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return lead, float(low), float(high)


def _level(found: Levels, i: int, trial: int) -> float:
    place = int(np.flatnonzero(found.trials == trial)[0])
    return float((found.mean if found.is_known else found.measured)[place, i])


def _named(analysis: Analysis, trial: int) -> str:
    return f"trial {trial} ({shown(configuration(analysis.study, trial))})"
