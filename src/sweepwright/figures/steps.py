"""The steps of a study as colours: the same in every figure, in the order of the protocol."""

import altair as alt
import pandas as pd

from sweepwright.figures import theme


def step_color(steps: pd.Series) -> alt.Color:
    """The colour channel of a column of steps; those that do not occur are no part of the legend."""
    found = set(steps)
    known = [step for step in theme.STEPS if step in found]
    return alt.Color("step:N", scale=alt.Scale(domain=known, range=[theme.STEPS[step] for step in known]), title="step")
