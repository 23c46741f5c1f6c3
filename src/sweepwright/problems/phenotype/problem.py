"""The problem `phenotype`: which cell state is this nucleus in, and which features say so?"""

from sweepwright.measures import classification as c
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.problem import Problem
from sweepwright.problems.phenotype.data import load
from sweepwright.problems.phenotype.options import OPTIONS, unit_of
from sweepwright.problems.phenotype.predict import apply, predict
from sweepwright.problems.phenotype.products import COEFFICIENTS
from sweepwright.problems.phenotype.profile import profile
from sweepwright.problems.phenotype.splits import conditions
from sweepwright.problems.phenotype.train import EFFORTS, MAJORITY, batches, train, train_batch
from sweepwright.problems.phenotype.words import WORDS
from sweepwright.space import Choice, Float, Parameter, Space


def space(facts: Facts) -> Space:
    """C and l1_ratio; class weight and feature set where more than one is asked for."""
    parameters: dict[str, Parameter] = {
        "C": Float(1e-3, 1e3, log=True, grid=7),
        "l1_ratio": Float(0.0, 1.0, grid=11),
    }
    if facts["class_weight"] != "none":
        both = facts["class_weight"] == "both"
        parameters["class_weight"] = Choice("none", "balanced") if both else Choice("balanced")
    if facts["feature_sets"] != ["all"]:
        parameters["feature_set"] = Choice(*facts["feature_sets"])
    return Space(parameters)


def _folds(facts: Facts) -> int:
    return facts["folds"]


SHARE, CORRELATION = (0.0, 1.0), (-1.0, 1.0)
F1 = Measure.of(c.f1_weighted, "label", "predicted", limits=SHARE)
SMALLER_GRID = {
    "C": {"float": {"low": 1e-3, "high": 1.0, "log": True, "grid": 4}},
    "l1_ratio": {"float": {"low": 0.0, "high": 1.0, "grid": 5}},
}

MEASURES = (
    F1,
    Measure.fact("nonzero"),
    Measure.fact("gap"),
    Measure.of(c.accuracy, "label", "predicted", limits=SHARE),
    Measure.of(c.f1_macro, "label", "predicted", limits=SHARE),
    Measure.of(c.log_loss, "label", "probability"),
    Measure.of(c.brier, "label", "probability"),
    Measure.of(c.calibration_error, "label", "probability", limits=SHARE),
    Measure.of(c.matthews, "label", "predicted", limits=CORRELATION),
    Measure.pooled(c.f1_weighted, "label", "predicted", name="pooled_f1_weighted"),
    Measure.pooled(c.accuracy, "label", "predicted", name="pooled_accuracy"),
    Measure.pooled(c.f1_macro, "label", "predicted", name="pooled_f1_macro"),
    Measure.pooled(c.log_loss, "label", "probability", name="pooled_log_loss"),
    Measure.pooled(c.brier, "label", "probability", name="pooled_brier"),
    Measure.pooled(c.calibration_error, "label", "probability", name="pooled_calibration_error"),
    Measure.pooled(c.average_precision_macro, "label", "probability", name="pooled_average_precision"),
)

PROBLEM = Problem(
    name="phenotype",
    about="classify cells from a table of features: elastic-net logistic regression, grouped and nested cross-validation",
    load=load,
    train=train,
    train_batch=train_batch,
    batches=batches,
    apply=apply,
    predict=predict,
    profile=profile,
    space=space,
    conditions=conditions,
    folds=_folds,
    unit=unit_of,
    measures=MEASURES,
    goals=(Goal(F1, "higher", worth=0.01), Goal("nonzero", "lower")),
    baselines=(MAJORITY,),
    products=(COEFFICIENTS,),
    known=({"C": 0.1, "l1_ratio": 0.3},),
    efforts=EFFORTS,
    protocol={
        "audit": {"trials": 0},
        "explore": {"sampler": "grid", "draws": 1, "effort": "search"},
        "exploit": {"trials": 0},
        "finalists": {"trials": 5, "draws": 2, "effort": "finalist"},
        "confirm": {"how": "nested", "effort": "final"},
        "keep": {"model": True, "effort": "final"},
    },
    presets={
        "quick": {"space": SMALLER_GRID, "data": {"folds": 5}},
        "sklearn-saga-100": {
            "data": {"group": "none", "shuffle": "source", "scale": False, "solver": "sklearn-saga"},
            "protocol": {"finalists": {"trials": 0}, "confirm": {"how": "off"}, "keep": {"model": False}},
        },
    },
    data=OPTIONS,
    sections="sweepwright.problems.phenotype.figures:SECTIONS",
    remarks="sweepwright.problems.phenotype.remarks:remarks",
    promises="sweepwright.problems.phenotype.promises:promises",
    words=WORDS,
)
