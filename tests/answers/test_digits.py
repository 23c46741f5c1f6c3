"""An interval is written in as many digits as tell its ends apart, in whatever unit."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from sweepwright.answers.estimates import spoken, told_apart
from sweepwright.nouns.statement import digits_for

numbers = st.floats(-1e9, 1e9)


@given(numbers, st.floats(1e-6, 1.0), st.sampled_from([1e-12, 1.0, 1e12]))
def test_ends_that_differ_read_differently(middle, share, unit):
    reach = share * max(abs(middle), 1.0)
    low, high = unit * (middle - reach), unit * (middle + reach)
    assume(low < high)
    _, least, most = told_apart(unit * middle, low, high)
    assert least != most
    n = digits_for(low, high)
    assert f"{low:.{n}g}" != f"{high:.{n}g}"


def test_an_interval_without_width_or_end_has_the_least_digits():
    assert digits_for(1.0, 1.0) == digits_for(-math.inf, math.inf) == digits_for(math.nan, 1.0) == 4


def test_zero_has_no_sign():
    assert spoken(-0.0) == spoken(0.0) == "0.000" and spoken(-1e-17) == "-1e-17"
