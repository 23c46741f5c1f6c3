"""The ledger: torn and damaged lines, and one writer."""

import errno
import json
import os
import subprocess
import sys

import pytest

from sweepwright.nouns.ending import Ending
from sweepwright.record.events import ModelKept, Noted, RunEnded
from sweepwright.record.ledger import Ledger, LedgerError, read_events
from sweepwright.record.lock import Lock, Locked


def test_what_was_appended_is_read_back(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append([Noted(trial=0, text="naïve 🦠"), Noted(trial=1, text="second\nline")])
    ledger.close()
    events, torn = read_events(tmp_path / "ledger.jsonl")
    assert [event.text for event in events] == ["naïve 🦠", "second\nline"] and torn is None


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_torn_last_line_is_dropped_with_a_notice(tmp_path, cut):
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    ledger.append([ModelKept(run=1)])
    whole = path.read_bytes()
    ledger.append([Noted(trial=2, text="x" * 40)])
    ledger.close()
    path.write_bytes(path.read_bytes()[:-cut])
    again = Ledger(path)
    assert [event.run for event in again.events] == [1]
    assert "torn" in again.notice and path.read_bytes() == whole
    again.append([ModelKept(run=3)])
    again.close()
    assert [event.run for event in read_events(path)[0]] == [1, 3]


def test_a_damaged_line_in_the_middle_stops_with_its_number(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "model kept", "run": 1}\n{"event": oops}\n{"event": "model kept", "run": 3}\n')
    with pytest.raises(LedgerError, match=r"Line 2 of .* is damaged"):
        Ledger(path)
    assert path.read_text().count("\n") == 3


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "a", "v": 99}\n')
    with pytest.raises(LedgerError, match="newer sweepwright"):
        read_events(path)


def test_a_number_that_is_not_finite_is_never_written(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.append([RunEnded(run=0, ending=Ending.COMPLETED, seconds=float("nan"))])
    ledger.close()


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path):
    code = f"""
import sys, pathlib
from sweepwright.record.lock import Lock
Lock(pathlib.Path({str(tmp_path)!r})).acquire()
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == "held"
        with pytest.raises(Locked, match=f"process {other.pid} on "):
            Lock(tmp_path).acquire()
        other.kill()
    lock = Lock(tmp_path)
    lock.acquire()  # the holder is gone: its lock is stale
    assert "no longer runs" in lock.notice
    assert json.loads(lock.path.read_text())["pid"] == os.getpid()
    lock.release()
    assert not lock.path.exists()


def test_a_write_that_fails_half_way_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append([ModelKept(run=1)])
    before, write = ledger.path.read_bytes(), os.write

    def full(handle: int, data: bytes) -> int:
        write(handle, bytes(data)[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LedgerError, match="no space left"):
        ledger.append([ModelKept(run=2)])
    assert ledger.path.read_bytes() == before and len(ledger.events) == 1
    monkeypatch.setattr(os, "write", write)
    ledger.append([ModelKept(run=3)])
    ledger.close()
    assert [event.run for event in read_events(ledger.path)[0]] == [1, 3]
