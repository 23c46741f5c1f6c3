"""The grammar of bounds: any name, every text that was legal, round trips of bounds and goals."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweepwright.errors import InputError
from sweepwright.nouns.goal import Goal
from sweepwright.space.bounds import Bound, bounds, written
from sweepwright.space.expression import Expression

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: name == name.strip())
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WORTHS = st.none() | st.floats(min_value=1e-300, max_value=1e300)


@given(st.lists(st.builds(Bound, NAMES, st.sampled_from([">=", "<=", ">", "<"]), NUMBERS), min_size=1, max_size=3))
def test_bounds_are_read_as_they_are_written(found):
    assert bounds(" and ".join(map(str, found))) == found


@given(NAMES, st.sampled_from(["higher", "lower"]), st.none() | NUMBERS, WORTHS)
@example("f1 higher >= 3", "lower", None, 0.1234567)
@example("a worth 3", "higher", 1.0, None)
def test_a_goal_is_read_as_it_is_written(name, direction, bound, worth):
    goal = Goal(name, direction, bound=bound, worth=worth)
    assert Goal.of(str(goal)) == goal and Goal.of(goal.bare) == Goal(name, direction, bound=bound)


@given(NAMES)
@example("ª")  # Python reads it as a
@example("and")
@example("min")
@example("true")
def test_an_expression_reads_any_name_in_backquotes(name):
    assert Expression(f"{written(name)} + 1")({name: 2.0}) == 3.0


LEGAL = {  # as texts were before there were backquotes
    "f1 >= 0.7": [("f1", ">=", 0.7)],
    "f1 >= 0.7 and aligned_rmse <= 0.2": [("f1", ">=", 0.7), ("aligned_rmse", "<=", 0.2)],
    "val loss < 0.3": [("val loss", "<", 0.3)],
    "f1[ADCCM] > .5": [("f1[ADCCM]", ">", 0.5)],
    "eval/f1-macro >= 5e-1": [("eval/f1-macro", ">=", 0.5)],
    "kl(p, q) < 1": [("kl(p, q)", "<", 1.0)],
    "a < b >= 0.7": [("a < b", ">=", 0.7)],
    "`a and b` >= -1 and c<2": [("a and b", ">=", -1.0), ("c", "<", 2.0)],
    "0.1 <= f1 <= 0.9": [("f1", ">=", 0.1), ("f1", "<=", 0.9)],
    "0.5 < `val f1`": [("val f1", ">", 0.5)],
    "f1 >= 2 * 0.35": [("f1", ">=", 0.7)],
}


@pytest.mark.parametrize("text", LEGAL)
def test_what_was_legal_is(text):
    assert [(bound.name, bound.sign, bound.number) for bound in bounds(text)] == LEGAL[text]


@pytest.mark.parametrize(
    "text", ["", "f1", "f1 >=", ">= 0.7", "f1 == 0.7", "f1 >= high", "f1 >= 0.7 and", "f1 >= g >= 2 x", "open('x') > 1 or 2"]
)
def test_what_is_no_bound_is_said(text):
    with pytest.raises(InputError, match=r"is no bound\. Write for example"):
        bounds(text)


@pytest.mark.parametrize(
    "text", ["f1", "f1 upper", "f1 higher > 0.7", "higher", "f1 higher >= e", "f1 higher worth -1", "f1 higher worth 0.1 >= 2"]
)
def test_what_is_no_goal_is_said(text):
    with pytest.raises(ValueError, match="is not a goal"):
        Goal.of(text)
