"""Who made a study with what."""

import getpass
import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from sweepwright.nouns.plain import Plain

VERSIONED = ("sweepwright", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "optuna", "numba", "torch", "distributed")


@cache
def _versions() -> dict[str, str]:
    found = {}
    for package in VERSIONED:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def provenance(command: str | None) -> Plain:
    """Who made a study with what: command, commit of the working folder, versions."""
    commit = None
    try:
        result = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5)
        commit = result.stdout.strip() if result.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired):
        pass  # no git here: the commit stays unknown
    return {
        "command": command or " ".join(sys.argv[:1]),
        "commit": commit,
        "python": platform.python_version(),
        "host": platform.node(),
        "user": getpass.getuser(),
        "versions": _versions(),
    }
