"""Kill a running study again and again, coordinator or worker, and compare what comes out with an undisturbed one.

python tests/running/chaos.py --kills 200     (about 10 minutes; `make chaos`)
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from processes import command, tiny, wait_for, workers

import sweepwright as sw
from sweepwright.record.events import RunEnded
from sweepwright.record.ledger import read_events
from sweepwright.record.state import State
from sweepwright.study.study import Study

SETTINGS = {
    "lag": 4,
    "budget": {"runs": 360},
    "protocol": {"explore": {"trials": 120}, "exploit": {"joint": 10}},
}


def study_file(folder: Path) -> Path:
    path = folder / "study-file.yaml"
    path.write_text(json.dumps({"problem": tiny("STAGED"), **SETTINGS}))  # JSON is YAML
    return path


def believed(folder: Path) -> dict[int, str]:
    """The runs that the ledger holds as ended, with their stamps."""
    events = read_events(folder / "ledger.jsonl")[0] if (folder / "ledger.jsonl").exists() else []
    return {e.run: e.at for e in events if isinstance(e, RunEnded)}


def exhausted(folder: Path) -> bool:
    """Whether some run has lost two attempts: a third would end it, as it should, and not by chance of this test."""
    state = State.of(read_events(folder / "ledger.jsonl")[0])
    return any(count >= 2 and run not in state.ended for run, count in state.attempts.items())


def harass(folder: Path, kills: int, slow: float, seed: int = 0, say=print) -> dict[str, int]:
    """Run a study under so many kills at random instants; what was killed, and how many finished runs were lost (0)."""
    rng = random.Random(seed)
    done = {"coordinator": 0, "worker": 0, "lost": 0}
    process: subprocess.Popen | None = None
    words = command("run", study_file(folder.parent), "--folder", folder, "--slots", 2, "--slow", slow, "--quiet")
    ever: dict[int, str] = {}
    while done["coordinator"] + done["worker"] < kills:
        if process is None or process.poll() is not None:
            if process is not None and process.returncode == 0:
                break  # it came to its end before all kills
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            pid = process.pid
            wait_for(lambda pid=pid: len(workers(pid)) >= 1, rng.uniform(0.5, 6.0))
        time.sleep(rng.uniform(0.0, 1.2))
        if process.poll() is not None:
            continue
        alive = workers(process.pid)
        if alive and rng.random() < 0.6 and not exhausted(folder):
            victim, who = rng.choice(alive), "worker"
        else:
            victim, who = process.pid, "coordinator"
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
        done[who] += 1
        if who == "coordinator":
            process.wait()
            now = believed(folder)
            done["lost"] += sum(now.get(run) != at for run, at in ever.items())
            ever = now
        if sum(done.values()) % 20 == 0:
            say(f"  {done}, {len(ever)} runs had ended at the last look", flush=True)
    if process is None or process.wait() != 0:  # the last kill was a worker's, or the coordinator's
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(result.stderr)
    now = believed(folder)
    done["lost"] += sum(now.get(run) != at for run, at in ever.items())
    return done


def compare(folder: Path, undisturbed: Path) -> int:
    """Fail unless both studies have the same runs, values and choice; how many runs that is."""
    one, other = Study.open(folder), sw.run(study_file(undisturbed.parent), folder=undisturbed, executor="inline")
    frames = [study.runs().drop(columns="seconds") for study in (one, other)]
    pd.testing.assert_frame_equal(*frames)
    choices = [s.choice() for s in (one, other)]
    assert choices[0] == choices[1], choices
    ended = [e.run for e in read_events(folder / "ledger.jsonl")[0] if isinstance(e, RunEnded)]
    assert len(ended) == len(set(ended)), "a run was recorded twice"
    return len(frames[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "chaos" / "study"
        folder.parent.mkdir()
        began = time.monotonic()
        done = harass(folder, arguments.kills, slow=0.0022 * arguments.kills, seed=arguments.seed)
        (Path(place) / "calm").mkdir()
        runs = compare(folder, Path(place) / "calm" / "study")
        killed = done["coordinator"] + done["worker"]
        print(
            f"{killed} kills ({done['coordinator']} of the coordinator, {done['worker']} of a worker) in "
            f"{time.monotonic() - began:.0f} s: {runs} runs, all as undisturbed, {done['lost']} finished runs lost"
        )
        sys.exit(0 if done["lost"] == 0 and killed >= arguments.kills else 1)


if __name__ == "__main__":
    main()
