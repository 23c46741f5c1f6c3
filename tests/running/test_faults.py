"""Every fault that a study must survive, really done to it."""

import json
import os
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta

import pytest
from processes import lines, run, start, tiny, wait_for
from same import same

import sweepwright as sw
from sweepwright.record import ledger as ledgers
from sweepwright.record.events import AttemptLost, RunEnded
from sweepwright.record.ledger import read_events
from sweepwright.record.lock import SILENT_SECONDS, Lock, Locked
from sweepwright.study.study import Study

pytestmark = [pytest.mark.slow, pytest.mark.serial]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte, and a function that changes how it is mounted."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> bool:
        words = ["mount", *options, "tmpfs", str(place)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    if not mount("-t", "tmpfs", "-o", "size=1m"):
        pytest.skip("a small file system can only be mounted by root")
    yield place, lambda option: mount("-o", f"remount,{option}")
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


# --- what happens to runs ---------------------------------------------------------------------------------------------


def test_a_run_without_memory_is_recorded_and_not_tried_again_and_one_that_hangs_is(tmp_path):
    settings = {"executor": {"memory": 2.0, "slots": 2}, "budget": {"run_minutes": 0.02}}
    study = sw.run(tiny("HUNGRY"), folder=tmp_path / "study", settings=settings)
    runs = study.runs().set_index("param.depth")
    assert runs["ending"].to_dict() == {1: "COMPLETED", 2: "OUT_OF_MEMORY", 3: "LOST"}
    assert "Unable to allocate" in runs.loc[2, "cause"] and "0.02 minutes" in runs.loc[3, "cause"]
    lost = [e.runs[0] for e in read_events(study.folder / "ledger.jsonl")[0] if isinstance(e, AttemptLost)]
    assert lost == [runs.loc[3, "run"]] * 3
    assert study.chosen == runs.loc[1, "trial"]


def test_a_full_disk_stops_with_a_sentence_and_the_study_goes_on_when_there_is_space(small_disk, tmp_path):
    place, remount = small_disk
    whole = sw.run(tiny("BULKY"), folder=tmp_path / "whole", executor="inline")
    for inline in (["--inline"], ["--slots", "2"]):
        result = run("run", tiny("BULKY"), "--folder", place / "study", *inline)
        assert result.returncode == 2 and "Traceback" not in result.stderr
        assert "no space left" in result.stderr and "the same command goes on" in result.stderr
        events, torn = read_events(place / "study" / "ledger.jsonl")
        assert torn is None and 0 < sum(isinstance(e, RunEnded) for e in events) < 30
        assert not (place / "study" / "lock").exists()
    assert remount("size=30m")
    before = lines(place / "study", "run ended")
    again = sw.run(tiny("BULKY"), folder=place / "study", slots=2)
    assert before > 0
    same(again, whole)
    assert lines(place / "study", "run ended") == 30  # nothing that had ended ran again


def test_a_folder_that_cannot_be_written_is_read_all_the_same(small_disk):
    place, remount = small_disk
    settings = {"keep": {"arrays": "none", "weights": "none"}}
    sw.run(tiny("PROBLEM"), folder=place / "study", executor="inline", settings=settings)
    assert remount("ro")
    for words in (["status", place / "study"], ["choose", place / "study"], ["status", place / "study", "--json"]):
        assert run(*words).returncode == 0
    for words in (
        ["run", place / "study", "--trials", "+3"],
        ["note", place / "study", "0", "seen"],
        ["invalidate", place / "study", "0", "--why", "bad"],
        ["run", tiny("PROBLEM"), "--folder", place / "new"],
        ["export", place / "study", "--to", "csv"],
    ):
        result = run(*words)
        assert result.returncode == 2 and "cannot be written" in result.stderr and "Traceback" not in result.stderr, words


def test_a_clock_that_goes_backwards_changes_nothing(tmp_path, monkeypatch):
    whole = sw.run(tiny("COARSE"), folder=tmp_path / "whole", executor="inline")
    began, ticks = datetime(2026, 11, 21), iter(range(100_000))

    class Backwards(datetime):
        @classmethod
        def now(cls, tz=None):
            return (began - timedelta(seconds=next(ticks))).replace(tzinfo=tz)

    monkeypatch.setattr(ledgers, "datetime", Backwards)
    study = sw.run(tiny("COARSE"), folder=tmp_path / "study", executor="inline", settings={"budget": {"hours": 5}})
    same(study, whole)
    assert study.state.seconds_worked() == 0.0


# --- what happens to the coordinator ----------------------------------------------------------------------------------


def test_ctrl_c_once_lets_running_runs_end(tmp_path):
    folder = tmp_path / "study"
    process = start("run", tiny("PROBLEM"), "--folder", folder, "--slots", "2", "--slow", "0.4")
    assert wait_for(lambda: lines(folder, "run ended") >= 2)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopping when the running runs have ended" in said and "interrupted" in said and "Traceback" not in said
    state = Study.open(folder).state
    assert state.started == state.ended.keys() and not state.attempts
    assert not (folder / "lock").exists()


def test_ctrl_c_twice_ends_at_once_and_nothing_is_lost(tmp_path):
    folder = tmp_path / "study"
    process = start("run", tiny("PROBLEM"), "--folder", folder, "--slots", "2", "--slow", "60")
    assert wait_for(lambda: lines(folder, "runs started") >= 1)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130 and time.monotonic() - began < 5 and "Traceback" not in said
    assert not (folder / "lock").exists()


def test_the_scheduler_s_word_ends_a_study_at_once(tmp_path):
    folder = tmp_path / "study"
    process = start("run", tiny("PROBLEM"), "--folder", folder, "--slots", "1", "--slow", "0.2")
    assert wait_for(lambda: lines(folder, "run ended") >= 2)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 143 and not (folder / "lock").exists()
    assert run("status", folder).stdout.count("interrupted") == 1


def test_a_second_run_is_refused_and_writing_verbs_too_while_reading_goes_on(tmp_path):
    folder = tmp_path / "study"
    process = start("run", tiny("PROBLEM"), "--folder", folder, "--slots", "1", "--slow", "5")
    try:
        assert wait_for(lambda: lines(folder, "run ended") >= 1)
        for words in (
            ["run", folder],
            ["note", folder, "0", "seen"],
            ["invalidate", folder, "0", "--why", "bad"],
            ["repair", folder],
        ):
            result = run(*words)
            assert result.returncode == 2 and f"process {process.pid} on " in result.stderr, words
        status = json.loads(run("status", folder, "--json").stdout)
        assert status["state"] == "running" and status["holder"]["pid"] == process.pid
        assert status["planned"] == 12 + 6 + 6 and status["leaders"][0]["goal"] == "error"
    finally:
        process.kill()
        process.communicate()


def test_a_run_can_wait_for_the_one_before(tmp_path):
    folder = tmp_path / "study"
    first = start("run", tiny("PROBLEM"), "--folder", folder, "--inline", "--slow", "0.1")
    assert wait_for(lambda: lines(folder, "run ended") >= 1)
    second = run("run", folder, "--wait", "30")
    first.communicate()
    assert first.returncode == 0 and second.returncode == 0
    assert len(Study.open(folder).state.ended) == lines(folder, "run ended")


# --- the lock ---------------------------------------------------------------------------------------------------------


def test_a_lock_from_another_host_is_stale_when_it_has_been_silent(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({"host": "node17", "pid": 1}))
    with pytest.raises(Locked, match="process 1 on node17"):
        Lock(tmp_path).acquire()
    old = time.time() - SILENT_SECONDS - 5
    os.utime(lock, (old, old))
    mine = Lock(tmp_path)
    mine.acquire()
    assert "process 1 on node17, which no longer runs" in mine.notice
    mine.release()


def test_a_process_that_got_the_number_of_a_gone_one_does_not_hold_its_lock(tmp_path):
    (tmp_path / "lock").write_text(json.dumps({"host": os.uname().nodename, "pid": os.getppid(), "born": "1"}))
    lock = Lock(tmp_path)
    lock.acquire()
    assert "no longer runs" in lock.notice
    lock.release()


def test_of_many_that_find_a_stale_lock_one_gets_it(tmp_path):
    (tmp_path / "lock").write_text("torn")
    taken, refused, gate = [], [], threading.Barrier(8)

    def take(_: int) -> None:
        gate.wait()
        code = subprocess.run(
            ["python3", "-c", f"import sys; sys.path[:0] = {json.dumps(os.sys.path)}\n" + TAKE.format(folder=str(tmp_path))],
            capture_output=True,
            text=True,
            check=False,
        )
        (taken if code.returncode == 0 else refused).append(code.stderr)

    threads = [threading.Thread(target=take, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1 and all("Another process works" in text for text in refused)


TAKE = """
import pathlib, time
from sweepwright.record.lock import Lock
Lock(pathlib.Path({folder!r})).acquire()
time.sleep(6)
"""
