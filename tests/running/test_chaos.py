"""A short version of the chaos that `make chaos` does at length."""

import pytest
from chaos import compare, harass


@pytest.mark.slow
@pytest.mark.serial
def test_killed_at_random_instants_it_is_the_same_study(tmp_path):
    for name in ("chaos", "calm"):
        (tmp_path / name).mkdir()
    done = harass(tmp_path / "chaos" / "study", kills=12, slow=0.06, seed=1)
    assert done["coordinator"] + done["worker"] == 12 and done["lost"] == 0
    assert compare(tmp_path / "chaos" / "study", tmp_path / "calm" / "study") == 360
