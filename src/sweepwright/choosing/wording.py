"""A choice in words: what was picked and why, what it may lose, and what the runs cannot tell. Each sentence names its numbers."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sweepwright.choosing.frame import completed, run_numbers, valued
from sweepwright.choosing.loss import Loss
from sweepwright.choosing.population import Population
from sweepwright.choosing.rule import AS_GOOD, HOLDS, Aim, Ordered, Rule, within_worth
from sweepwright.nouns.statement import LEVEL, Statement, counted, digits_for, listed, percent

MOST_NAMED = 5  # failed trials that are named one by one


def sentences_of(rule: Rule, ordered: Ordered, chosen: int, loss: Loss, people: Population, at_most: float) -> list[Statement]:
    """Everything that is said of a choice, in the order in which it is read."""
    found = list(_nobody(rule, ordered, chosen))
    found += _failed(rule, ordered, chosen, people)
    found += _picked(rule, ordered, chosen)
    if len(rule.trials) == 1:
        return [
            *found,
            Statement("choice.only", f"Trial {chosen} is the only one that has a value and counts.", {"trial": chosen}),
        ]
    if not rule.found.is_known:
        return [*found, *_unknown(rule, chosen, people, at_most)]
    if rule.found.facts[0]:
        text = f"Repeats give the same {rule.aims[0].measure}, so its differences are no chance."
        return [*found, Statement("choice.fact", text)]
    return [*found, *_headline(rule, ordered, chosen, loss, people), *_once(rule, chosen, people)]


def _nobody(rule: Rule, ordered: Ordered, chosen: int) -> Iterable[Statement]:
    if not ordered.is_met and any(aim.bound is not None for aim in rule.aims):
        p = float(ordered.passing.loc[chosen])
        text = f"No trial meets every bound with a probability of {HOLDS:g} or more; the nearest is trial {chosen} ({p:.2f})."
        if not rule.found.is_known:
            text = f"No trial meets every bound; the nearest is trial {chosen}."
        yield Statement("choice.bounds", text, {"trial": chosen, "probability": p})


def _failed(rule: Rule, ordered: Ordered, chosen: int, people: Population) -> Iterable[Statement]:
    """Those that would stand to be chosen, had no run of theirs failed; and the chosen one, where none is without."""

    def said(trial: int) -> str:
        return f"trial {trial} failed on {people.failed[trial][0]} of {people.failed[trial][1]} {people.unit}"

    out = [t for t in people.failed if t in rule.trials and t not in ordered.allowed]
    if out:
        text = f"Not chosen while others are there: {listed([said(t) for t in out], MOST_NAMED)}."
        yield Statement("choice.failed", text, {"trials": len(out)})
    if chosen in people.failed:
        text = f"The chosen {said(chosen)} itself."
        yield Statement("choice.failed_itself", text, {"trial": chosen, "failed": people.failed[chosen][0]})


def _picked(rule: Rule, ordered: Ordered, chosen: int) -> Iterable[Statement]:
    """The best by the first goal, and why another one was chosen."""
    best = rule.best(ordered)
    yield _best(rule, ordered, best)
    if chosen == best:
        yield from _as_good(rule, ordered, chosen)
        return
    first, gap = rule.aims[0], rule.aims[0].sign * (_value(rule, best, 0) - _value(rule, chosen, 0)) + 0.0  # no -0
    if chosen in ordered.as_good and len(rule.aims) > 1:
        text = f"Trial {chosen} is as good up to {rule.worth[0]:.3g} ({gap:.3g} behind) and is preferred by {_preferred(rule, chosen, best)}."
        yield Statement("choice.preferred", text, {"trial": chosen, "behind": gap, "worth": float(rule.worth[0])})
    elif chosen == ordered.order[0] and len(rule.aims) > 1:
        p = float(within_worth(rule.draws[:, np.isin(rule.trials[rule.drawn], ordered.allowed), 0], rule.worth[0]).max())
        text = f"Nobody is within {rule.worth[0]:.3g} of the best with a probability of 0.7; trial {chosen} is it most often ({p:.2f})."
        yield Statement("choice.most_often", text, {"trial": chosen, "probability": p, "worth": float(rule.worth[0])})
    elif gap > 0:
        text = f"Trial {chosen} was chosen before all of these runs were there; it is {gap:.3g} {first.measure} behind."
        yield Statement("choice.before", text, {"trial": chosen, "behind": gap})


def _as_good(rule: Rule, ordered: Ordered, chosen: int) -> Iterable[Statement]:
    """Whether the later goals had a say where the best by the first one was chosen."""
    if len(rule.aims) == 1 or not rule.found.is_known or len(ordered.allowed) == 1 or chosen != ordered.order[0]:
        return
    others, later = [t for t in ordered.as_good if t != chosen], [aim.measure for aim in rule.aims[1:]]
    numbers = {"trial": chosen, "others": len(others), "worth": float(rule.worth[0])}
    if not others:
        text = f"No other is as good up to {rule.worth[0]:.3g} with a probability of {AS_GOOD:g} or more: {listed(later)} did not decide."
    else:
        who = f"Trial {others[0]} is" if len(others) == 1 else f"Trials {listed(others, MOST_NAMED)} are"
        it = "it is not" if len(others) == 1 else "none of them is"
        then = (
            f"{it} better by {later[0]}"
            if len(later) == 1
            else f"by the later goals ({listed(later)}) trial {chosen} comes first"
        )
        text = f"{who} as good up to {rule.worth[0]:.3g}; {then}."
    yield Statement("choice.as_good", text, numbers)


def _best(rule: Rule, ordered: Ordered, best: int) -> Statement:
    """Who has the best first goal among those that can be chosen, on an average draw or as it was measured."""
    measure, count = rule.aims[0].measure, len(ordered.allowed)
    is_missed = not ordered.is_met and any(aim.bound is not None for aim in rule.aims)
    is_rival = count > 1 and not is_missed
    if is_missed:
        who = f"Trial {best} has {measure}"
    elif count == 1:
        who = f"Only trial {best} can be chosen; it has {measure}"
    else:
        who = f"Of the {count} that can be chosen trial {best} has the best {measure}"
    value, place = _value(rule, best, 0), int(np.flatnonzero(rule.found.trials == best)[0])
    raw = float(rule.found.measured[place, 0]) + 0.0
    if rule.found.is_known and not rule.found.facts[0]:
        low, high = rule.found.interval(best, 0)
        n, one = digits_for(low, high), rule.found.cells[place] == 1 and rule.found.folds == 1
        gave = f"{'its one run' if one else 'its runs'} gave {raw:.{n}g}"
        what = f"{value:.{n}g} [{low:.{n}g}, {high:.{n}g}]"
        text = f"{who} {f'{rule.found.where}, {what}' if is_rival else f'{what} {rule.found.where}'} ({gave})."
        return Statement(
            "choice.best", text, {"trial": best, "level": value, "low": low, "high": high, "measured": raw, "of": count}
        )
    equal = ordered.is_met * sum(_value(rule, trial, 0) == value for trial in ordered.allowed if trial != best)
    alike = f"; {equal} other{'s have' if equal > 1 else ' has'} the same" if equal else ""
    text = f"{who}, {value:.4g}, as it was measured{alike}."
    if not np.isclose(raw, value, rtol=1e-9, atol=0):
        text = f"{who}, {value:.4g} once what conditions do to all trials is removed (its runs gave {raw:.4g})."
    return Statement("choice.best", text, {"trial": best, "level": value, "measured": raw, "of": count})


def _preferred(rule: Rule, chosen: int, best: int) -> str:
    """The later goals that speak for the chosen one, and those that do not."""
    said: tuple[list[str], list[str]] = ([], [])
    for i, aim in enumerate(rule.aims[1:], 1):
        own, other = _value(rule, chosen, i), _value(rule, best, i)
        said[aim.sign * (own - other) <= 0].append(f"{aim.measure} {own:.4g} against {other:.4g}")
    better, rest = (", ".join(parts) for parts in said)
    if len(rule.aims) == 2:
        return f"the next goal: {better or rest}"
    if not better:
        return f"the later goals: {rest}"
    return better + (f" ({rest})" if rest else "")


def not_used(runs: pd.DataFrame) -> Iterable[Statement]:
    """Trials that somebody marked as not to be used."""
    marked = runs[~runs["used"].astype(bool)]
    trials = sorted({int(trial) for trial in marked["trial"]})
    if trials:
        who = f"Trial{'s' * (len(trials) > 1)} {listed(trials)} {'was' if len(trials) == 1 else 'were'} marked as not to be used and"
        numbers = run_numbers(marked)
        yield Statement(
            "choice.not_used", f"{who} {'counts' if len(trials) == 1 else 'count'} nowhere.", {"trials": len(trials)}, numbers
        )


def without_value(runs: pd.DataFrame, aims: Sequence[Aim], people: Population) -> Iterable[Statement]:
    """Runs without a finite value of a goal, which count nowhere, and the trials that cannot be chosen for want of another."""
    done = completed(runs)
    for aim in aims:
        known = valued(runs, aim.measure)
        lost = done[~done.index.isin(known.index)]
        if lost.empty:
            continue
        only_lost = set(lost["trial"]) - set(known["trial"])
        trials = [t for t in people.trials if t in only_lost]
        text = f"{counted(len(lost), 'run has', 'runs have')} no finite {aim.measure}"
        if trials:
            who = f"trial{'s' * (len(trials) > 1)} {listed(trials, MOST_NAMED)}"
            text += f"; {who} {'has' if len(trials) == 1 else 'have'} no other and cannot be chosen"
        numbers = run_numbers(lost)
        yield Statement("choice.no_value", f"{text}.", {"runs": len(lost), "trials": len(trials)}, numbers)


def _value(rule: Rule, trial: int, goal: int) -> float:
    place = int(np.flatnonzero(rule.trials == trial)[0])
    return float(rule.mean[place, goal] * rule.signs[goal]) + 0.0  # no -0


def _unknown(rule: Rule, chosen: int, people: Population, at_most: float) -> Iterable[Statement]:
    nothing = rule.found.why_unknown.capitalize()
    if people.has_copies:
        nothing = "Runs that repeat another one to the last digit count once, and nothing else was repeated"
    text = f"{nothing}, so the noise is unknown: differences between trials are not resolved."
    yield Statement("choice.noise_unknown", text)
    if np.isfinite(at_most):
        gap = rule.signs[0] * (_value(rule, chosen, 0) - rule.mean[:, 0] * rule.signs[0])
        near = int((np.abs(gap) <= at_most).sum()) - 1
        text = (
            f"At most, if the effect model is right, one run varies by sd {at_most:.3g} in {rule.aims[0].measure}; "
            f"{near} other {'trial lies' if near == 1 else 'trials lie'} within that of the chosen one."
        )
        yield Statement("choice.noise_of_model", text, {"noise": at_most, "near": near})


def _headline(rule: Rule, ordered: Ordered, chosen: int, loss: Loss, people: Population) -> Iterable[Statement]:
    if not np.isfinite(loss.upper):
        return
    first = rule.aims[0]
    others = np.isin(rule.found.trials, ordered.allowed) & (rule.found.trials != chosen)
    once = int((rule.found.cells[others] == 1).sum())
    who = "others that were repeated" if people.is_repeated else f"others, {once} of which ran once," if once else "others"
    none = f"none of the {loss.others} {who} is" if loss.others > 1 else "the only other one is not"
    text = (
        f"With {100 * LEVEL:.0f} % probability {none} better by more than {loss.upper:.3g} {first.measure} "
        f"(on average {loss.expected:.2g}). The chance that it is within {loss.worth:.3g} of the best of them, "
    )
    text += (
        "the difference that matters (`worth`), "
        if first.worth is not None
        else f"half of what {rule.found.one} varies by chance (`worth:` sets it), "
    )
    numbers = {"upper": loss.upper, "expected": loss.expected, "probability": loss.within, "worth": loss.worth}
    yield Statement("choice.loss", text + f"is {percent(loss.within)}.", numbers | {"others": loss.others})


def _once(rule: Rule, chosen: int, people: Population) -> Iterable[Statement]:
    """What those that were tried once may hide."""
    found = rule.found
    if not people.is_repeated:
        return
    others = ~np.isin(found.trials[found.drawn], people.trials)
    count = int((~np.isin(found.trials, people.trials)).sum())
    own = np.flatnonzero(found.trials[found.drawn] == chosen)
    if not others.any() or len(own) == 0:
        return
    values = found.draws[:, :, 0] * rule.signs[0]
    ahead = values[:, others].max(axis=1) - values[:, own[0]]
    by = float(np.quantile(ahead, LEVEL, method="inverted_cdf"))
    who = "1 was tried once only; it" if count == 1 else f"{count} were tried once only; one of them"
    if by > 0:
        text = f"{who} may be better by up to {by:.3g} {rule.aims[0].measure} (90 %), but the runs cannot tell which."
    else:
        text = f"{who} is better with less than 10 % probability."
    yield Statement("choice.once", text, {"trials": count, "upper": by})
