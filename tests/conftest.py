"""What all tests share: helpers that are modules of their own, and what each folder of tests costs in CPU time."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# One thread a process, before numpy is there: two tests run at a time, and threads that wait for each other cost twice the CPU time.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
settings.register_profile("unhurried", deadline=None)  # a loaded machine is no failure
settings.load_profile("unhurried")
sys.path.insert(0, str(Path(__file__).parent / "helpers"))

FOLDERS: dict[str, float] = defaultdict(float)
BUDGETS = {"tests/problems": 120.0}  # CPU seconds for each problem's tests


def _cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = _cpu()
    yield
    FOLDERS[os.path.dirname(item.nodeid.split("::")[0])] += _cpu() - before  # noqa: PTH120


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # a worker of xdist hands its share to the process that prints
        output["folders"] = dict(FOLDERS)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    for folder, seconds in getattr(node, "workeroutput", {}).get("folders", {}).items():
        FOLDERS[folder] += seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if sum(FOLDERS.values()) < 5:
        return
    terminalreporter.section("CPU seconds per folder, children counted")
    for folder, seconds in sorted(FOLDERS.items(), key=lambda item: -item[1]):
        budget = BUDGETS.get(os.path.dirname(folder))  # noqa: PTH120
        terminalreporter.write_line(f"{seconds:8.1f}  {folder}" + (f" (budget {budget:.0f})" if budget else ""))


@pytest.fixture(scope="session")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished study of cells for reading; whoever writes into it takes a copy."""
    from cells import run_cells  # not before it is asked for: it loads the whole house

    return run_cells(tmp_path_factory.mktemp("cells")).folder
