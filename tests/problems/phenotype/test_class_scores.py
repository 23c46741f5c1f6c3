"""How far classes can be trusted: intervals over groups, and classes that no other group tells of."""

import numpy as np
import pytest

from sweepwright.measures.groups import GroupScore, group_score
from sweepwright.problems.phenotype.class_scores import class_scores
from sweepwright.problems.phenotype.objective import Design
from sweepwright.problems.phenotype.predicted import Predicted
from sweepwright.problems.phenotype.solver import Accuracy, fit_elastic_net

NAMES = ["round", "long", "odd", "lone"]


def predicted(seed: int = 0) -> tuple[Predicted, np.ndarray]:
    """400 cells on 10 plates; `odd` lives on two of them and is never found, `lone` on one."""
    rng = np.random.default_rng(seed)
    plate = np.repeat(np.arange(10), 40)
    truth = rng.integers(2, size=400)
    truth[(plate < 2) & (np.arange(400) % 4 == 0)] = 2
    truth[(plate == 9) & (np.arange(400) % 8 == 0)] = 3
    called = np.where(rng.random(400) < 0.8, truth, 1 - np.minimum(truth, 1))
    called[truth == 2] = 0
    return Predicted(np.arange(400), truth, np.zeros((400, 4)), called, "folds", "chosen trial"), plate


def test_the_interval_of_a_class_is_the_jackknife_of_its_f1_with_the_groups_that_have_it():
    found, plate = predicted()

    def f1(truth: np.ndarray, called: np.ndarray) -> float:
        return float(2 * ((truth == 1) & (called == 1)).sum() / ((truth == 1).sum() + (called == 1).sum()))

    own = next(score for score in class_scores(found, NAMES, plate) if score.name == "long")
    slow = group_score(f1, plate, found.truth, found.predicted, limits=(0.0, 1.0))
    assert own.f1 == pytest.approx(slow.value) and own.groups == 10
    assert own.score is not None and own.score.pseudo == pytest.approx(slow.pseudo)
    assert (own.low, own.high) == pytest.approx(slow.average())


def test_a_class_that_is_never_found_is_not_hopeless_for_sure_and_one_on_one_group_cannot_be_validated():
    found, plate = predicted()
    scores = {score.name: score for score in class_scores(found, NAMES, plate)}
    assert scores["odd"].f1 == 0 and scores["odd"].groups == 2 and scores["odd"].taken_for == "round"
    assert scores["odd"].high == pytest.approx(1 - 0.1**0.5) and scores["odd"].can_be_validated
    assert not scores["lone"].can_be_validated and np.isnan(scores["lone"].low)


def test_names_and_order_of_groups_and_cells_do_not_matter():
    found, plate = predicted()
    order = np.random.default_rng(1).permutation(400)
    again = Predicted(order, found.truth[order], found.probability[order], found.predicted[order], "folds", "chosen trial")
    renamed = np.array([f"plate {(7 * p) % 10}" for p in plate])
    for one, other in zip(class_scores(found, NAMES, plate), class_scores(again, NAMES, renamed), strict=True):
        assert (one.name, one.groups, one.cells) == (other.name, other.groups, other.cells)
        assert (one.f1, one.low, one.high) == pytest.approx((other.f1, other.low, other.high), nan_ok=True)


def test_fewer_telling_groups_give_a_wider_interval():
    pseudo = np.array([0.4, 0.5, 0.6, 0.5, 0.5, 0.5])
    few, all_of_them = GroupScore(0.5, pseudo, (0.0, 1.0), 3), GroupScore(0.5, pseudo, (0.0, 1.0))
    assert few.average()[0] < all_of_them.average()[0] and few.following(4)[1] > all_of_them.following(4)[1]


def test_a_settled_fit_has_the_support_of_the_optimum():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 200))
    labels = (x[:, :3].sum(axis=1) + rng.standard_normal(60) > 0).astype(int) + (x[:, 3] > 0.8)
    design = Design.of(x, labels, 3)
    exact, settled = (
        fit_elastic_net(design, 1.0, 0.5, accuracy)
        for accuracy in (Accuracy(gap=1e-11, rounds=900), Accuracy(gap=1e-2, rounds=400, settled=3))
    )
    assert np.array_equal(exact.coefficients != 0, settled.coefficients != 0) and settled.converged
