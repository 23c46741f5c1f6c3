"""The measures of the house stay at their ceilings, which only fall."""

import pytest
from house import CEILINGS


@pytest.mark.parametrize("ceiling", CEILINGS, ids=lambda ceiling: ceiling.name)
def test_a_measure_of_the_house_is_at_its_ceiling(ceiling):
    places = ceiling.found()
    assert len(places) <= ceiling.most, "\n".join(places)
    assert len(places) == ceiling.most, f"{ceiling.name}: {len(places)} now. Lower the ceiling in tests/house.py."
