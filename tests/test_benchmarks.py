"""The benchmarks run and say what they measured; how fast they are is no test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_prints_one_object(script, tmp_path):
    result = subprocess.run(
        [sys.executable, str(script), "--quick", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["benchmark"] == script.stem
    assert set(found["targets"]) == set(found["met"]) <= set(found["figures"])
