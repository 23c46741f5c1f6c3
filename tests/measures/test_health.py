"""Health of training: planted sickness is found and said, healthy curves raise no alarm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.measures.criteria import Criterion, criteria
from sweepwright.measures.health import HealthBounds, health
from sweepwright.nouns.verdict import Verdict

EPOCHS = np.arange(60.0)
CURVES = 200


def healthy(rng: np.random.Generator, noise: float = 0.01) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A training that saturates, with noise, and a small gap between training and validation."""
    speed, top, gap = rng.uniform(3, 8), rng.uniform(0.7, 0.95), rng.uniform(0.0, 0.08)
    rise = 1 - np.exp(-EPOCHS / speed)
    val = top * rise + noise * rng.standard_normal(60)
    train = (top + gap) * rise + noise * rng.standard_normal(60)
    loss = 0.05 + np.exp(-EPOCHS / speed) + 0.01 * rng.random(60)
    return {"val": (EPOCHS, val), "train_eval": (EPOCHS, train), "loss": (EPOCHS, loss)}


def planted(kind: Verdict, rng: np.random.Generator) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A healthy training that falls sick."""
    curves = healthy(rng)
    val, noise = curves["val"][1].copy(), 0.01 * rng.standard_normal(60)
    match kind:
        case Verdict.DIVERGED:
            loss = curves["loss"][1].copy()
            loss[rng.integers(20, 50) :] = np.nan
            return curves | {"loss": (EPOCHS, loss)}
        case Verdict.COLLAPSED:
            val[rng.integers(25, 45) :] = 0.05
            return {"val": (EPOCHS, val + noise), "loss": curves["loss"]}
        case Verdict.NEVER_LEARNED:
            return {"val": (EPOCHS, np.abs(0.3 * noise)), "loss": curves["loss"]}
        case Verdict.OVERFIT:
            down = np.clip(EPOCHS - 20, 0, None) * 0.006
            return {"val": (EPOCHS, val - down), "train_eval": (EPOCHS, 0.99 * (1 - np.exp(-EPOCHS / 5)) + noise)}
        case Verdict.UNSTABLE:
            return {"val": (EPOCHS, val + 0.12 * rng.standard_normal(60)), "loss": curves["loss"]}
        case Verdict.STILL_IMPROVING:
            return {"val": (EPOCHS, 0.1 + 0.008 * EPOCHS + 0.5 * noise), "loss": curves["loss"]}
    raise AssertionError(kind)


PLANTED = [
    Verdict.DIVERGED,
    Verdict.COLLAPSED,
    Verdict.NEVER_LEARNED,
    Verdict.OVERFIT,
    Verdict.UNSTABLE,
    Verdict.STILL_IMPROVING,
]
WORDS = {
    Verdict.DIVERGED: "not finite",
    Verdict.COLLAPSED: "of its skill",
    Verdict.NEVER_LEARNED: "a trivial answer has",
    Verdict.OVERFIT: "validation worsens",
    Verdict.UNSTABLE: "scatter by",
    Verdict.STILL_IMPROVING: "more might give",
}


@pytest.mark.parametrize("kind", PLANTED, ids=lambda kind: kind.name)
def test_planted_sickness_is_found_and_said(kind):
    found = [health(planted(kind, np.random.default_rng(seed)), {"trivial": 0.0}) for seed in range(50)]
    right = [judged for judged in found if judged.verdict is kind]
    assert len(right) >= 45, {judged.verdict.name for judged in found}
    assert all(WORDS[kind] in judged.sentence for judged in right)


def test_healthy_curves_raise_no_alarm():
    found = [health(healthy(np.random.default_rng(seed)), {"trivial": 0.0, "classical": 0.3}).verdict for seed in range(CURVES)]
    alarms = [verdict.name for verdict in found if verdict is not Verdict.HEALTHY]
    print(f"false alarms on {CURVES} healthy trainings: {len(alarms)} {sorted(set(alarms))}")
    assert len(alarms) <= 0.1 * CURVES


def test_what_is_missing_is_not_applicable():
    found = health({"loss": (EPOCHS, np.exp(-EPOCHS))})
    assert found.verdict is Verdict.HEALTHY
    assert found.missing[Verdict.COLLAPSED] == "not applicable: no val curve"
    assert "BatchNorm" not in found.sentence and Verdict.BATCHNORM_LAG in found.missing
    short = health({"val": (EPOCHS[:5], EPOCHS[:5])}, {"trivial": 0.0})
    assert "fewer than 10" in short.missing[Verdict.UNSTABLE]


def test_facts_judge_too():
    assert health({}, {"converged": False}).verdict is Verdict.UNFINISHED
    assert health({}, {"active_units": 0.02}).verdict is Verdict.DEAD_LATENT
    assert health({}, {"leak": 0.9}).verdict is Verdict.LEAK
    low = {"val": (EPOCHS, 0.4 * (1 - np.exp(-EPOCHS / 3)))}
    assert health(low, {"classical": 0.7}).verdict is Verdict.PLATEAU_LOW


def test_batchnorm_lag_is_told_from_overfitting():
    # measured on a small U-Net: 0.00 with running statistics, 0.91 with those of the batch
    rise = 1 - np.exp(-EPOCHS / 5)
    lagging = {
        "val": (EPOCHS, 0.02 * rise),
        "val_batch_stats": (EPOCHS, 0.91 * rise),
        "train": (EPOCHS, 0.93 * rise),
        "train_eval": (EPOCHS, 0.03 * rise),
    }
    assert health(lagging, {"trivial": 0.0}).verdict is Verdict.BATCHNORM_LAG


@given(st.floats(0.1, 1000), st.integers(0, 1000))
def test_the_unit_of_a_score_does_not_matter(unit, seed):
    rng = np.random.default_rng(seed)
    curves = planted(PLANTED[seed % len(PLANTED)], rng)
    scaled = {name: (at, values * (unit if "loss" not in name else 1.0)) for name, (at, values) in curves.items()}
    own = health(curves, {"trivial": 0.0})
    assert health(scaled, {"trivial": 0.0}, HealthBounds(scale=unit)).verdict is own.verdict


def test_criteria_are_met_or_not_or_not_applicable():
    curves = {"val_jaccard": (EPOCHS, 0.5 * (1 - np.exp(-EPOCHS / 5)))}
    met, late, absent = criteria(curves, ["val_jaccard > 0.30 by 10", "val_jaccard > 0.45 by 3", "recall > 0.5"])
    assert (met.met, late.met, absent.met) == (True, False, None)
    assert isinstance(met, Criterion) and "no recall curve" in str(absent)
    with pytest.raises(ValueError, match="A criterion is written"):
        criteria(curves, ["good"])
    with pytest.raises(ValueError, match="bound is a number"):
        criteria(curves, ["val > high"])
