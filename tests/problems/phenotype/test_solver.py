"""The solver against independent oracles, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from sweepwright.problems.phenotype.objective import Design, Penalty, relative_gap, solve_intercepts
from sweepwright.problems.phenotype.solver import Accuracy, fit_elastic_net, solve_path

TIGHT = Accuracy(gap=1e-9, rounds=2000)


def problem(seed: int = 0, samples: int = 80, features: int = 12, classes: int = 3):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=samples - classes)])
    x = rng.standard_normal((samples, features)) @ (np.eye(features) + 0.3 * rng.standard_normal((features, features)))
    x[:, :classes] += 1.5 * np.eye(classes)[labels]
    return (x - x.mean(axis=0)) / x.std(axis=0), labels


def oracle(x, labels, classes, penalty, weights=None) -> float:
    """W = W+ - W- with L-BFGS-B in double precision (scipy): nothing of the solver's own."""
    n, p = x.shape
    vectors = 1 if classes == 2 else classes
    y = np.eye(classes)[labels][:, -vectors:]
    w = np.ones(n) if weights is None else weights / weights.mean()

    def value(theta):
        parts = theta.reshape(vectors, 2 * p + 1)
        coefficients = parts[:, :p] - parts[:, p : 2 * p]
        z = x @ coefficients.T + parts[:, -1]
        full = np.column_stack([np.zeros(n), z]) if vectors == 1 else z
        top = full.max(axis=1, keepdims=True)
        total = np.exp(full - top).sum(axis=1, keepdims=True)
        loss = (w * ((top + np.log(total)).ravel() - (y * z).sum(axis=1))).mean()
        shares = np.exp(full - top) / total
        slope = (w[:, None] * (shares[:, -vectors:] - y)).T @ x / n + penalty.l2 * coefficients
        rise = (w[:, None] * (shares[:, -vectors:] - y)).mean(axis=0)
        gradient = np.column_stack([slope + penalty.l1, penalty.l1 - slope, rise])
        absolute = parts[:, : 2 * p].sum()
        return loss + penalty.l1 * absolute + penalty.l2 / 2 * (coefficients**2).sum(), gradient.ravel()

    bounds = ([(0, None)] * (2 * p) + [(None, None)]) * vectors
    options = {"maxiter": 20_000, "maxfun": 40_000, "ftol": 1e-15, "gtol": 1e-10}
    return float(
        minimize(value, np.zeros(vectors * (2 * p + 1)), jac=True, method="L-BFGS-B", bounds=bounds, options=options).fun
    )


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize(("c", "ratio"), [(0.05, 0.5), (0.5, 0.1), (1.0, 1.0), (0.2, 0.0), (20.0, 0.7)])
def test_reaches_the_optimum_of_an_independent_solver(classes, c, ratio):
    x, labels = problem(1, classes=classes)
    fit = fit_elastic_net(Design.of(x, labels, classes), c, ratio, TIGHT)
    best = oracle(x, labels, classes, Penalty(1 / (c * len(labels)), ratio))
    assert fit.converged
    assert fit.objective == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(("c", "ratio"), [(0.1, 0.5), (1.0, 0.9)])
def test_objective_of_saga_run_to_convergence(classes, c, ratio):
    x, labels = problem(2, classes=classes)
    saga = LogisticRegression(C=c, l1_ratio=ratio, solver="saga", tol=1e-8, max_iter=100_000).fit(x, labels)
    design = Design.of(x, labels, classes)
    logits = saga.coef_ @ design.features + saga.intercept_[:, None]
    theirs, _ = relative_gap(design, logits, saga.coef_, Penalty(1 / (c * len(labels)), ratio))
    fit = fit_elastic_net(design, c, ratio, TIGHT)
    assert fit.objective == pytest.approx(theirs, rel=1e-6)
    assert (fit.coefficients != 0).tolist() == (np.abs(saga.coef_) > 1e-6).tolist()  # exact zeros, not small numbers


@pytest.mark.parametrize("classes", [2, 3])
def test_ridge_equals_lbfgs_of_scikit_learn(classes):
    x, labels = problem(3, classes=classes)
    lbfgs = LogisticRegression(C=0.3, l1_ratio=0.0, solver="lbfgs", tol=1e-12, max_iter=10_000).fit(x, labels)
    fit = fit_elastic_net(Design.of(x, labels, classes), 0.3, 0.0, Accuracy(gap=1e-13, rounds=3000))
    assert fit.coefficients == pytest.approx(lbfgs.coef_, abs=1e-5)
    mine, theirs = (
        fit.intercepts - fit.intercepts.mean() * (classes > 2),
        lbfgs.intercept_ - lbfgs.intercept_.mean() * (classes > 2),
    )
    assert mine == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("ratio", [0.2, 0.8])
def test_the_conditions_of_karush_kuhn_and_tucker(ratio):
    x, labels = problem(4, classes=4)
    c = 0.5
    penalty = Penalty(1 / (c * len(labels)), ratio)
    design = Design.of(x, labels, 4)
    fit = fit_elastic_net(design, c, ratio, Accuracy(gap=1e-12, rounds=5000))
    p = design.probabilities(fit.coefficients @ design.features + fit.intercepts[:, None])
    slope = (p - design.targets) @ design.features.T / len(labels) + penalty.l2 * fit.coefficients
    on = fit.coefficients != 0
    tolerance = 1e-4 * penalty.strength
    assert np.abs(slope[on] + penalty.l1 * np.sign(fit.coefficients[on])).max() < tolerance
    assert np.abs(slope[~on]).max() <= penalty.l1 + tolerance


points = st.tuples(
    st.integers(0, 10_000), st.sampled_from([2, 3, 4]), st.sampled_from([0.05, 0.5]), st.sampled_from([0.0, 0.4, 1.0])
)


@settings(max_examples=15, deadline=None)
@given(points)
def test_permuting_rows_columns_and_classes_permutes_the_result(point):
    seed, classes, c, ratio = point
    x, labels = problem(seed, 50, 8, classes)
    rng = np.random.default_rng(seed)
    rows, columns, names = rng.permutation(len(x)), rng.permutation(x.shape[1]), rng.permutation(classes)
    fit = fit_elastic_net(Design.of(x, labels, classes), c, ratio, TIGHT)
    moved = fit_elastic_net(Design.of(x[rows][:, columns], names[labels][rows], classes), c, ratio, TIGHT)
    assert moved.objective == pytest.approx(fit.objective, rel=1e-7)
    if (
        classes > 2 and ratio < 1
    ):  # without ridge a feature's coefficients may all be shifted where as many are above 0 as below
        assert moved.coefficients[names] == pytest.approx(fit.coefficients[:, columns], abs=2e-3)


@settings(max_examples=15, deadline=None)
@given(points)
def test_doubling_the_data_with_c_halved_changes_nothing(point):
    seed, classes, c, ratio = point
    x, labels = problem(seed, 50, 8, classes)
    once = fit_elastic_net(Design.of(x, labels, classes), c, ratio, TIGHT)
    twice = fit_elastic_net(Design.of(np.vstack([x, x]), np.tile(labels, 2), classes), c / 2, ratio, TIGHT)
    assert twice.objective == pytest.approx(once.objective, rel=1e-7)


@settings(max_examples=10, deadline=None)
@given(points)
def test_a_weight_of_two_is_a_cell_twice(point):
    seed, classes, c, ratio = point
    x, labels = problem(seed, 40, 6, classes)
    weights = np.where(np.arange(len(x)) % 3 == 0, 2.0, 1.0)
    again = np.repeat(np.arange(len(x)), weights.astype(int))
    weighted = fit_elastic_net(Design.of(x, labels, classes, weights), c, ratio, TIGHT)
    copied = fit_elastic_net(Design.of(x[again], labels[again], classes), c * len(x) / len(again), ratio, TIGHT)
    assert weighted.objective == pytest.approx(copied.objective, rel=1e-7)


def test_a_path_equals_its_points_one_by_one():
    x, labels = problem(5)
    design = Design.of(x, labels, 3)
    grid = [(c, r) for r in (0.0, 0.5, 1.0) for c in (1.0, 0.01, 0.1)]
    together = dict(solve_path(design, grid, TIGHT))
    for i, (c, ratio) in enumerate(grid):
        assert fit_elastic_net(design, c, ratio, TIGHT).objective == pytest.approx(together[i].objective, rel=1e-8)


def test_single_and_double_precision_agree():
    x, labels = problem(6)
    single = fit_elastic_net(Design.of(x, labels, 3, dtype=np.float32), 0.3, 0.5)
    double = fit_elastic_net(Design.of(x, labels, 3), 0.3, 0.5, TIGHT)
    assert single.gap <= 1e-2
    assert single.objective == pytest.approx(double.objective, rel=1e-3)
    assert single.coefficients.dtype == np.float32


def test_the_gap_bounds_the_distance_to_the_optimum():
    x, labels = problem(7, classes=4)
    design, penalty = Design.of(x, labels, 4), Penalty(1 / (0.5 * len(labels)), 0.6)
    best = fit_elastic_net(design, 0.5, 0.6, TIGHT).objective
    rng = np.random.default_rng(0)
    for scale in (0.0, 0.05, 0.3):
        coefficients = scale * rng.standard_normal((4, x.shape[1]))
        logits = coefficients @ design.features
        logits = logits + solve_intercepts(design, logits)[:, None]
        objective, gap = relative_gap(design, logits, coefficients, penalty)
        assert objective * (1 - gap) <= best <= objective


def test_a_cap_is_said():
    x, labels = problem(8, samples=40, features=30)
    (_, fit), *_ = solve_path(Design.of(x, labels, 3), [(1e4, 0.5)], Accuracy(gap=1e-10, rounds=2))
    assert not fit.converged and fit.gap > 1e-10 and fit.rounds == 2


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="at least 2 classes"):
        Design.of(np.zeros((3, 2)), np.zeros(3, int), 1)
