"""Whether two studies are the same study: run by run, and in what was chosen."""

import pandas as pd

from sweepwright.nouns.decision import Decision
from sweepwright.study.study import Study


def measured(study: Study) -> pd.DataFrame:
    return study.runs().drop(columns="seconds")


def outline(study: Study) -> Decision | None:
    return study.choice()


def same(one: Study, other: Study) -> None:
    pd.testing.assert_frame_equal(measured(one), measured(other))
    assert outline(one) == outline(other)
