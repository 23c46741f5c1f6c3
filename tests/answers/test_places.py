"""Every sentence of a verdict has its place, which follows from its code."""

import pytest

from sweepwright.answers.places import Place, in_places, place_of
from sweepwright.nouns.condition import Condition
from sweepwright.nouns.statement import Statement


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("choice.loss", Place.FIRM),
        ("choice.best", Place.DECIDED),
        ("choice.failed_itself", Place.CAREFUL),
        ("expect.control", Place.EXPECT),
        ("passed.control", Place.PASSED),
        ("fails.classes", Place.FAILS),
        ("noise.unknown", Place.FIRM),
        ("next.apply", Place.NEXT),
        ("drift", Place.CAREFUL),
        ("nobody.placed_it", Place.CAREFUL),
    ],
)
def test_a_place_follows_from_the_code(code, place):
    assert place_of(Statement(code, "Whatever it says.")) is place


def test_places_come_in_the_order_of_reading_and_lose_nothing():
    said = [
        Statement(code, code)
        for code in ("drivers", "passed.a", "careful.a", "choice.loss", "costs.a", "fails.a", "beside.a", "expect", "chosen")
    ]
    parts = in_places(said)
    assert list(parts) == sorted(parts, key=list(Place).index) and sum(map(len, parts.values())) == len(said)


def test_a_meaning_with_a_field_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"The meaning of condition 'free' has a field that is not there: 'plates'"):
        Condition(name="free", kind="control", meaning="A split that ignores {plates} promises more.")
