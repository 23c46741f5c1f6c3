"""Starting the command as its users do, and looking at what it does from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TINY = Path(__file__).parent / "tiny.py"


def tiny(name: str) -> str:
    return f"{TINY}:{name}"


def command(*words: object) -> list[str]:
    """The command; a study that is run here writes no report: reports have tests of their own."""
    more = ["--no-report"] if words and words[0] == "run" else []
    return [sys.executable, "-m", "sweepwright", *map(str, words), *more]


def start(*words: object, **options) -> subprocess.Popen:
    return subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run(*words: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, **options)


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


def lines(folder: Path, event: str) -> int:
    """How many whole lines of a kind the ledger has."""
    path = folder / "ledger.jsonl"
    text = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return text.count(f'"event": "{event}"'.encode())


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return [child for child in found if Path(f"/proc/{child}").exists()]


def workers(pid: int) -> list[int]:
    """Those of them that are slots (not the helper by which Python tracks its resources)."""
    found = []
    for child in children(pid):
        try:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
        except OSError:
            continue
    return found


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, **changes}
