"""The pooled noise of repeated trials."""

import numpy as np
import pandas as pd
import pytest

from sweepwright.choosing import pooled_noise


def test_noise_is_pooled_over_trials():
    noise = pooled_noise(pd.DataFrame({"trial": [0, 0, 1, 1, 1, 2], "value": [0.0, 2.0, 1.0, 2.0, 3.0, 9.0]}))
    assert noise.freedom == 3 and noise.sd == pytest.approx(np.sqrt((2 + 2) / 3))


def test_without_repeats_nothing_is_known():
    assert pooled_noise(pd.DataFrame({"trial": [0, 1], "value": [0.0, 2.0]})).freedom == 0
