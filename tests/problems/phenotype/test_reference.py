"""The scores of the specification on real nuclei; skipped where the reference table is absent."""

from pathlib import Path

import numpy as np
import pytest

from sweepwright.measures import classification as c
from sweepwright.nouns.job import Job
from sweepwright.nouns.watch import Silent
from sweepwright.problems.phenotype.data import Content, load
from sweepwright.problems.phenotype.profile import profile
from sweepwright.problems.phenotype.splits import conditions
from sweepwright.problems.phenotype.train import SEARCH, batches, train_batch

TABLE = Path(__file__).parents[4] / "shared/data/phenotype/mitocheck_crops_features.parquet"
needs_table = pytest.mark.skipif(not TABLE.exists(), reason="the reference table of MitoCheck crops is absent")

SCORES = {
    "none": (0.852, 0.850, 0.810, 0.50),
    "Metadata_DNA": (0.837, 0.835, 0.785, 0.56),
    "Metadata_Plate": (0.782, 0.769, 0.669, 0.72),
}


def out_of_fold(group: str) -> tuple[np.ndarray, np.ndarray, Content]:
    """Pooled out-of-fold probabilities at C .1, l1_ratio .3, ten folds after the source's shuffle."""
    data = load(data=str(TABLE), group=group, shuffle="source")
    reference = conditions(data.facts)[0]
    configuration = {"C": 0.1, "l1_ratio": 0.3}
    jobs = [
        Job(
            number=i,
            configuration=configuration,
            condition=reference,
            replicate=i,
            folds=10,
            seed=i,
            data_seed=0,
            effort=SEARCH,
        )
        for i in range(10)
    ]
    content: Content = data.content
    probability = np.zeros((len(content.labels), len(content.classes)))
    for batch in batches(jobs):
        for _, trained in train_batch(data, batch, Silent()):
            assert trained.outcome is not None and trained.outcome.facts["gap"] <= 1e-2
            probability[trained.outcome.sample] = trained.outcome.arrays["probability"]
    return content.labels, probability, content


@needs_table
@pytest.mark.slow
@pytest.mark.parametrize("group", SCORES)
def test_scores_at_the_fixed_point(group):
    labels, probability, _ = out_of_fold(group)
    predicted = probability.argmax(axis=1)
    found = (c.accuracy(labels, predicted), c.f1_weighted(labels, predicted), c.f1_macro(labels, predicted))
    assert found == pytest.approx(SCORES[group][:3], abs=0.01)
    assert c.log_loss(labels, probability) == pytest.approx(SCORES[group][3], abs=0.015)


@needs_table
def test_what_is_said_about_the_reference_table():
    data = load(data=str(TABLE))
    notes = " ".join(data.notes)
    assert "Grouped by Metadata_Plate (50 groups)" in notes
    assert "Constant features were dropped: CP__AreaShape_Zernike_0" in notes
    assert "Location_Center_X, Location_Center_Y" in notes
    assert any("some folds test none of their cells: ADCCM (5), " in warning for warning in data.warnings)
    assert data.facts["features"] == 1271 and data.facts["cells"] == 2550
    found = profile(data)
    assert found["classes"]["Polylobed"] == 343 and found["groups_per_class"]["ADCCM"] == 5
