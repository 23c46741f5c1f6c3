"""`import sweepwright` and the command's help start without the heavy libraries."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "optuna", "sklearn", "altair", "plotly", "pandas", "scipy", "pyarrow")


@pytest.mark.parametrize("heavy", HEAVY)
def test_import_is_light(heavy):
    code = f"import sys, sweepwright; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("heavy", (*HEAVY, "numpy", "pydantic"))
def test_help_is_lighter_still(heavy):
    code = f"""
import sys
sys.argv = ["sweepwright", "--help"]
from sweepwright.cli import main
try:
    main()
except SystemExit:
    pass
sys.exit({heavy!r} in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_every_public_name_can_be_reached():
    import sweepwright

    for name in dir(sweepwright):
        assert getattr(sweepwright, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sweepwright.nothing  # type: ignore[attr-defined]
