"""Going on with a study of 10,000 trials that was killed, and looking at its status: CPU seconds.

    python benchmarks/resume.py            (about 2 minutes)
    python benchmarks/resume.py --quick    2,000 trials
    python benchmarks/resume.py --json     one object on stdout

A study of no-op runs with 8 parameters is interrupted near its end. Resume is the CPU time of the whole command until the
first new run has ended: interpreter, imports, reading the ledger, planning. Beside it: what a plain import takes, and the
same with Optuna's journal storage (opening the study and asking once).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

HERE = Path(__file__).resolve().parent
RESUMED = """
import sys
from sweepwright.record.events import RunEnded
import sweepwright as sw

class FirstRun(BaseException):
    pass

class Until:
    def saw(self, event, state):
        if isinstance(event, RunEnded):
            raise FirstRun

    def tick(self, state):
        return None

try:
    sw.run(sys.argv[1], observer=Until())
except FirstRun:
    pass
"""
JOURNAL = """
import sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="s", storage=JournalStorage(JournalFileBackend(sys.argv[1])), sampler=optuna.samplers.RandomSampler(seed=0))
trial = study.ask()
study.tell(trial, sum(trial.suggest_float(f"x{i}", 0, 1) for i in range(8)))
"""


def cpu_seconds(*words: str) -> float:
    """CPU seconds of a command and what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(result.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def interrupted_study(folder: Path, trials: int) -> Path:
    """A study of so many trials whose last hundredth has not run."""
    code = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
import overhead
overhead.ours(Path({str(folder)!r}), {trials}, "inline")
"""
    cpu_seconds("-c", code)
    path = folder / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    asked = sum(b'"proposal asked"' in line for line in lines)
    kept = [line for line in lines if b'"run ended"' not in line][: asked + 4]
    ended = [line for line in lines if b'"run ended"' in line][: trials - trials // 100]
    path.write_bytes(b"".join(kept + ended))
    return folder


def journal(path: Path, trials: int) -> Path:
    """Optuna's journal of as many trials, written in one go."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name="s", storage=JournalStorage(JournalFileBackend(str(path))))
    space = {f"x{i}": optuna.distributions.FloatDistribution(0, 1) for i in range(8)}
    for number in range(trials):
        values = {name: (number * 0.618034 + i * 0.1) % 1 for i, name in enumerate(space)}
        study.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=sum(values.values())))
    return path


def tell(benchmark: str, figures: dict[str, float], targets: dict[str, str], met: dict[str, bool], as_json: bool) -> None:
    """Print figures as a table with their targets, or as one object."""
    if as_json:
        print(json.dumps({"benchmark": benchmark, "figures": figures, "targets": targets, "met": met}))
        return
    for name, value in figures.items():
        verdict = f"{'met' if met[name] else 'NOT MET'} ({targets[name]})" if name in met else ""
        print(f"{name:58}{value:>10.2f}  {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    trials, repeats = (2000, 1) if arguments.quick else (10_000, 3)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        folder = interrupted_study(Path(place) / "study", trials)
        ledger = (folder / "ledger.jsonl").read_bytes()
        resumes, statuses = [], []
        for _ in range(repeats):
            (folder / "ledger.jsonl").write_bytes(ledger)
            resumes.append(cpu_seconds("-c", RESUMED, str(folder)))
            statuses.append(cpu_seconds("-m", "sweepwright", "status", str(folder)))
        plain = cpu_seconds("-c", "import sweepwright.running.start")
        peer_trials = min(trials, 2000)  # writing more takes longer than it is worth
        peer = cpu_seconds("-c", JOURNAL, str(journal(Path(place) / "journal.log", peer_trials)))
        size = len(ledger) / 1e6
    figures = {
        "resume, CPU seconds": sorted(resumes)[len(resumes) // 2],
        "status, CPU seconds": sorted(statuses)[len(statuses) // 2],
        "imports alone, CPU seconds": plain,
        f"optuna journal of {peer_trials}, open and one trial, CPU seconds": peer,
        "trials": trials,
        "ledger, MB": round(size, 2),
    }
    targets = {"resume, CPU seconds": "< 5", "status, CPU seconds": "< 1"}
    met = {"resume, CPU seconds": figures["resume, CPU seconds"] < 5, "status, CPU seconds": figures["status, CPU seconds"] < 1}
    tell("resume", figures, targets, met, arguments.json)


if __name__ == "__main__":
    main()
