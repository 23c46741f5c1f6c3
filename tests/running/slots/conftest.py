"""What tests of slots send to them."""

import pytest

from sweepwright.nouns.condition import Condition
from sweepwright.nouns.effort import Effort
from sweepwright.nouns.job import Job


@pytest.fixture
def job() -> Job:
    return Job(
        number=3,
        configuration={},
        condition=Condition(name="all"),
        replicate=0,
        folds=1,
        seed=1,
        data_seed=1,
        effort=Effort(name="full"),
    )
