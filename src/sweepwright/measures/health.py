"""Health of training, from curves and facts: what went wrong, in the order in which causes are looked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sweepwright.measures.curves import Curve, Curves, goes_on, last_value, trend
from sweepwright.measures.health_bounds import HealthBounds
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """One verdict with the sentence and the numbers that it rests on."""

    verdict: Verdict
    sentence: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """The primary verdict of a training, all findings in the order of causes, and what could not be judged."""

    findings: tuple[Sign, ...]
    missing: Mapping[Verdict, str]

    @property
    def verdict(self) -> Verdict:
        return self.findings[0].verdict if self.findings else Verdict.HEALTHY

    @property
    def sentence(self) -> str:
        return self.findings[0].sentence if self.findings else str(Verdict.HEALTHY)


Rule = Callable[[Curves, Facts, HealthBounds], "Sign | str | None"]


def health(curves: Curves, facts: Facts | None = None, bounds: HealthBounds | None = None) -> Health:
    """Judge one training: a primary verdict, the others, and which could not be looked for.

    `curves` maps names to (positions, values). Scores are higher-is-better: ``val``, ``train_eval``, ``train`` (running),
    ``val_batch_stats``; losses are lower-is-better: ``loss``, ``val_loss``. `facts` may hold ``trivial`` and ``classical``
    (scores), ``converged``, ``active_units``, ``leak``. A verdict whose inputs are missing is not applicable.

    >>> epochs = np.arange(30.0)
    >>> score = np.where(epochs < 20, 1 - np.exp(-epochs / 4), 0.02)
    >>> health({"val": (epochs, score)}, {"trivial": 0.0}).sentence
    'collapsed: val was 0.991 at 19 and is 0.020 now, 2 % of its skill'
    """
    bounds, facts = bounds or HealthBounds(), facts or {}
    found, missing = [], {}
    for verdict, rule in _RULES.items():
        answer = rule(curves, facts, bounds)
        if isinstance(answer, str):
            missing[verdict] = answer
        elif answer is not None:
            found.append(answer)
    return Health(tuple(found), missing)


def _no(*names: str) -> str:
    return f"not applicable: no {' or '.join(names)} curve"


def _diverged(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if not curves:
        return "not applicable: no curve"
    for name, (at, values) in curves.items():
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            return Sign(Verdict.DIVERGED, f"diverged: {name} is not finite from {at[bad[0]]:g} on", {"at": float(at[bad[0]])})
    at, loss = curves.get("loss", (np.array([]), np.array([])))
    if len(loss) > 1 and loss[0] > 0 and loss[-1] > bounds.growth * loss[0]:
        text = f"diverged: the loss grew from {loss[0]:.3g} to {loss[-1]:.3g}"
        return Sign(Verdict.DIVERGED, text, {"first": float(loss[0]), "last": float(loss[-1])})
    return None


def _batchnorm_lag(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "val_batch_stats" not in curves or "val" not in curves:
        return _no("val_batch_stats")
    v, b = last_value(curves, "val"), last_value(curves, "val_batch_stats")
    apart = (
        last_value(curves, "train") - last_value(curves, "train_eval") if {"train", "train_eval"} <= curves.keys() else np.inf
    )
    if b - v > bounds.lag * bounds.scale and apart > bounds.lag * bounds.scale:
        text = f"BatchNorm lags: val is {v:.3f} with running and {b:.3f} with batch statistics"
        return Sign(Verdict.BATCHNORM_LAG, text, {"val": v, "val_batch_stats": b})
    return None


def _never_learned(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "val" not in curves:
        return _no("val")
    if facts.get("trivial") is None:
        return "not applicable: the trivial score is not known"
    trivial = float(facts["trivial"])
    reach = trivial + max(bounds.skill * bounds.scale, 2 * bounds.noise_sd)
    best = max(float(np.max(curves[name][1])) for name in ("val", "train_eval", "val_batch_stats") if name in curves)
    if best > reach:
        return None
    constant = facts.get("degenerate")
    text = f"never learned: the best score is {best:.3f}, a trivial answer has {trivial:.3f}"
    if constant is not None and not 0.001 <= constant <= 0.98:
        text += " (constant output)"
    return Sign(Verdict.NEVER_LEARNED, text, {"best": best, "trivial": trivial})


def _overfit(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "val" in curves and ("train_eval" in curves or "train" in curves):
        name = "train_eval" if "train_eval" in curves else "train"
        e, v = last_value(curves, name), last_value(curves, "val")
        batch = curves.get("val_batch_stats")
        explained = batch is not None and abs(float(batch[1][-1]) - v) > 0.05 * bounds.scale
        worse = _score_worsens(curves["val"], bounds) or (
            "val_loss" in curves and _rises(curves["val_loss"], bounds) is not None
        )
        if e - v > bounds.gap * bounds.scale and worse and not explained:
            word = "overfit" if name == "train_eval" else "possibly overfit (running training score)"
            text = f"{word}: {name} is {e:.3f} and val {v:.3f}, and validation worsens{_still(curves, bounds)}"
            return Sign(Verdict.OVERFIT, text, {name: e, "val": v})
        return None
    if "val_loss" not in curves or "loss" not in curves:
        return _no("train_eval", "loss and val_loss")
    rising = _rises(curves["val_loss"], bounds)
    falls = float(curves["loss"][1][-1]) < float(curves["loss"][1][rising[2]]) if rising else False
    if rising and falls:
        text = f"overfit by loss: the validation loss was lowest ({rising[1]:.3g}) at {rising[0]:g} and is {last_value(curves, 'val_loss'):.3g} now"
        return Sign(Verdict.OVERFIT, text, {"lowest": rising[1], "at": rising[0], "last": last_value(curves, "val_loss")})
    return None


def _still(curves: Curves, bounds: HealthBounds) -> str:
    """Where the loss worsens and the score does not, both are said."""
    if "val_loss" not in curves or _score_worsens(curves["val"], bounds):
        return ""
    rising = _rises(curves["val_loss"], bounds)
    at, values = curves["val"]
    best = int(np.argmax(values))
    if rising is None:
        return ""
    return f" by loss (lowest {rising[1]:.3f} at {rising[0]:g}), not by score (best {values[best]:.4f} at {at[best]:g})"


def _collapsed(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "val" not in curves:
        return _no("val")
    if facts.get("trivial") is None:
        return "not applicable: the trivial score is not known"
    (at, values), trivial = curves["val"], float(facts["trivial"])
    peak = int(np.argmax(values))
    skill = float(values[peak]) - trivial
    if len(values) <= bounds.collapsed_for or skill <= bounds.skill * bounds.scale:
        return None
    left = (values[-bounds.collapsed_for :] - trivial) / skill
    if peak >= len(values) - bounds.collapsed_for or not (left < bounds.fall).all():
        return None
    text = f"collapsed: val was {values[peak]:.3f} at {at[peak]:g} and is {values[-1]:.3f} now, {max(left[-1], 0):.0%} of its skill"
    return Sign(Verdict.COLLAPSED, text.replace("%", " %"), {"peak": float(values[peak]), "at": float(at[peak])})


def _unstable(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    values = _recent(curves, bounds)
    if isinstance(values, str):
        return values
    _, _, sd = trend(values)
    if sd <= bounds.scatter * bounds.scale:
        return None
    text = f"unstable: the last {bounds.recent} evaluations scatter by {sd:.3f} about their trend"
    return Sign(Verdict.UNSTABLE, text, {"sd": sd})


def _still_improving(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    values = _recent(curves, bounds)
    if isinstance(values, str):
        return values
    slope, t, sd = trend(values)
    gain = slope * bounds.recent
    worth = max(bounds.noise_sd, sd, 0.5 * bounds.skill * bounds.scale)
    if t <= bounds.slope_t or gain <= worth or not goes_on(values):
        return None
    text = f"still improving: val rises by {slope:.3g} per evaluation (t = {min(t, 99):.1f}); {bounds.recent} more might give {gain:.3f}"
    return Sign(Verdict.STILL_IMPROVING, text, {"slope": slope, "t": t, "gain": gain})


def _plateau_low(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "val" not in curves:
        return _no("val")
    if facts.get("classical") is None:
        return "not applicable: no classical baseline or bound"
    best, classical = float(np.max(curves["val"][1])), float(facts["classical"])
    if best >= classical - bounds.noise_sd:
        return None
    text = f"below the classical baseline: {best:.3f} against {classical:.3f}; mend the pipeline before tuning"
    return Sign(Verdict.PLATEAU_LOW, text, {"best": best, "classical": classical})


def _dead_latent(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    share = _fact(curves, facts, "active_units")
    if share is None:
        return _no("active_units")
    if share >= bounds.active_units:
        return None
    return Sign(Verdict.DEAD_LATENT, f"most of the latent units are dead: {share:.0%} are active", {"active": share})


def _leak(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    share = _fact(curves, facts, "leak")
    if share is None:
        return _no("leak")
    if share <= bounds.leak:
        return None
    return Sign(
        Verdict.LEAK, f"the validation data leak into the training: {share:.3g} (bound {bounds.leak:g})", {"leak": share}
    )


def _unfinished(curves: Curves, facts, bounds: HealthBounds) -> Sign | str | None:
    if "converged" not in facts:
        return "not applicable: the solver says nothing about convergence"
    return None if facts["converged"] else Sign(Verdict.UNFINISHED, str(Verdict.UNFINISHED))


_RULES: Mapping[Verdict, Rule] = {  # in the order in which causes are tried
    Verdict.DIVERGED: _diverged,
    Verdict.BATCHNORM_LAG: _batchnorm_lag,
    Verdict.NEVER_LEARNED: _never_learned,
    Verdict.OVERFIT: _overfit,
    Verdict.COLLAPSED: _collapsed,
    Verdict.UNSTABLE: _unstable,
    Verdict.STILL_IMPROVING: _still_improving,
    Verdict.PLATEAU_LOW: _plateau_low,
    Verdict.DEAD_LATENT: _dead_latent,
    Verdict.LEAK: _leak,
    Verdict.UNFINISHED: _unfinished,
}


def _recent(curves: Curves, bounds: HealthBounds) -> np.ndarray | str:
    """The last evaluations of the validation score, or why there are none."""
    if "val" not in curves:
        return _no("val")
    values = curves["val"][1]
    return (
        values[-bounds.recent :] if len(values) >= bounds.recent else f"not applicable: fewer than {bounds.recent} evaluations"
    )


def _fact(curves: Curves, facts: Facts, name: str) -> float | None:
    if name in facts:
        return float(facts[name])
    return last_value(curves, name) if name in curves else None


def _score_worsens(curve: Curve, bounds: HealthBounds) -> bool:
    """Whether a score has fallen since its peak, by more than noise and with a trend."""
    values = curve[1]
    peak = int(np.argmax(values))
    after = values[peak:]
    if len(after) < 5:
        return False
    _, t, sd = trend(after)
    fallen = float(values[peak]) - float(after[-3:].mean())
    return t < -bounds.slope_t and fallen > max(2 * sd, 2 * bounds.noise_sd, bounds.skill * bounds.scale)


def _rises(curve: Curve, bounds: HealthBounds) -> tuple[float, float, int] | None:
    """Where a loss was lowest, if it has risen since by a tenth of its fall or of itself, and with a trend."""
    at, values = curve
    lowest = int(np.argmin(values))
    after = values[lowest:]
    if len(after) < 5:
        return None
    fall = max(float(values[0] - values[lowest]), abs(float(values[lowest])))
    _, t, _ = trend(after)
    if t > bounds.slope_t and float(after[-3:].mean()) - float(values[lowest]) > bounds.rise * fall:
        return float(at[lowest]), float(values[lowest]), lowest
    return None
