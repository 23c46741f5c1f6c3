"""Where batches run makes no difference to what comes out: slots, Dask, devices, shared data."""

import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import children, environment, lines, run, start, tiny, wait_for
from same import measured, outline

import sweepwright as sw
from sweepwright.errors import InputError
from sweepwright.nouns.data import Data
from sweepwright.record.mapped import open_shared, share
from sweepwright.running.executor import executor_named
from sweepwright.running.executors.dask import jobqueue
from sweepwright.running.slots.devices import devices_of, gpus
from sweepwright.study.study import Study
from sweepwright.study.study_file import Cluster, ExecutorSettings

distributed = pytest.importorskip("distributed", reason="dask is an extra")
DASK = {"executor": {"kind": "dask", "cluster": {"workers": 2}}}


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("name", ["COARSE", "FOLDED"])
def test_one_slot_four_slots_and_a_cluster_give_the_same_study(tmp_path, name):
    settings = {"lag": 4}
    studies = [sw.run(tiny(name), folder=tmp_path / str(n), slots=n, settings=settings, slow=0.01) for n in (1, 4)]
    result = run(
        "run", study_file(tmp_path, name, {**settings, **DASK}), "--folder", tmp_path / "dask", "--slow", "0.01", "--quiet"
    )
    assert result.returncode == 0, result.stderr
    studies.append(Study.open(tmp_path / "dask"))
    for other in studies[1:]:
        pd.testing.assert_frame_equal(measured(other), measured(studies[0]))
        assert outline(other) == outline(studies[0])


def study_file(folder: Path, name: str, settings: dict) -> Path:
    import json

    path = folder / "study.json.yaml"
    path.write_text(json.dumps({"problem": tiny(name), **settings}))  # JSON is YAML
    return path


@pytest.mark.slow
@pytest.mark.serial
def test_a_worker_of_a_cluster_that_dies_costs_its_own_run_only(tmp_path):
    for number in (2, 4):
        for parent in Path("/tmp").glob(f"sweepwright-test-*-{number}"):
            parent.unlink()
    file = study_file(tmp_path, "DYING", DASK)
    result = run("run", file, "--folder", tmp_path / "study", "--quiet")
    assert result.returncode == 0, result.stderr
    runs = Study.open(tmp_path / "study").runs().set_index("run")
    assert runs.loc[4, "ending"] == "LOST"
    assert (runs.drop(index=4)["ending"] == "COMPLETED").all()


def listening(pids: list[int]) -> set[str]:
    """The addresses on which these processes listen."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                sockets[fields[9]] = fields[1].rpartition(":")[0]
    found = set()
    for pid in pids:
        try:
            links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue
        found |= {sockets[name[8:-1]] for name in links if name.startswith("socket:[") and name[8:-1] in sockets}
    return found


def family(pid: int) -> list[int]:
    found = [pid]
    for child in children(pid):
        found += family(child)
    return found


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("settings", [{"executor": {"slots": 2}}, DASK], ids=["local", "dask"])
def test_nothing_listens_beyond_loopback(tmp_path, settings):
    folder = tmp_path / "study"
    process = start("run", study_file(tmp_path, "PROBLEM", settings), "--folder", folder, "--slow", "0.3", "--quiet")
    try:
        assert wait_for(lambda: lines(folder, "run ended") >= 2)
        addresses = listening(family(process.pid))
        loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
        assert addresses <= loopback
        assert bool(addresses) == (settings is DASK)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_scheduler_that_does_not_answer_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("sweepwright.running.executors.dask.CONNECT_SECONDS", 1)
    settings = {"executor": {"kind": "dask", "address": "tcp://127.0.0.1:9"}}
    with pytest.raises(InputError, match=r"scheduler tcp://127\.0\.0\.1:9 does not answer"):
        sw.run(tiny("PROBLEM"), folder=tmp_path / "study", settings=settings)


def test_a_cluster_of_jobs_needs_its_scheduler(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="there is no sbatch on this machine"):
        sw.run(tiny("PROBLEM"), folder=tmp_path / "s", settings={"executor": {"kind": "dask", "cluster": {"kind": "slurm"}}})
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("kind", "lines"), [("pbs", ["#PBS -q long", "walltime=02:00:00"]), ("slurm", ["#SBATCH -p long", "-t 02:00:00"])]
)
def test_a_cluster_of_jobs_is_described_as_the_study_file_says(kind, lines):
    taken = socket.socket()
    with suppress(OSError):  # where Dask would serve its page; somebody else's cluster must not matter
        taken.bind(("0.0.0.0", 8787))
        taken.listen()
    cluster = jobqueue(Cluster(kind=kind, queue="long", walltime="02:00:00", memory="3GiB", before=["source env/bin/activate"]))
    try:
        script = cluster.job_script()
        assert all(line in script for line in lines) and "source env/bin/activate" in script and "--nthreads 1" in script
    finally:
        cluster.close()
        taken.close()


# --- devices and threads ----------------------------------------------------------------------------------------------


def test_slots_take_the_gpus_in_turn(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert gpus() == 2 and devices_of("cuda") == ("cuda:0", "cuda:1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus() == 0 and devices_of("cuda") == ("cuda:0",) and devices_of("cpu") == ("cpu",)
    assert executor_named("local").slots(ExecutorSettings(slots=3), ("cuda:0", "cuda:1")).count == 3


def test_a_run_gets_the_device_of_its_slot(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    study = sw.run(
        tiny("PROBLEM"), folder=tmp_path / "s", executor="inline", settings={"executor": {"device": "cuda"}}, trials=3
    )
    events = (study.folder / "ledger.jsonl").read_text()
    assert '"device": "cuda:0"' in events and '"device": "cpu"' not in events


def test_workers_know_their_threads_before_libraries_are_loaded(tmp_path):
    problem = tmp_path / "threads.py"
    problem.write_text(
        """
import os
SEEN = os.environ.get("OMP_NUM_THREADS", "0")
import numpy as np
from sweepwright import Data, Float, Goal, Measure, Outcome, Problem, Space, Trained
from threadpoolctl import threadpool_info
def load(): return Data(hash="t", samples={"sample_id": np.arange(1)})
def train(data, job, watch):
    most = max([pool["num_threads"] for pool in threadpool_info()], default=0)
    return Trained(outcome=Outcome(arrays={}, sample=np.arange(1), facts={"seen": float(SEEN), "pools": most}))
SEEN_BY = Measure.fact("seen")
PROBLEM = Problem(name="threads", load=load, train=train, space=Space(x=Float(0, 1)), measures=(SEEN_BY, Measure.fact("pools")),
    goals=(Goal(SEEN_BY, "higher"),), protocol={"exploit": {"trials": 0}, "finalists": {"trials": 0}, "confirm": {"how": "off"}})
"""
    )
    settings = {"executor": {"threads": 2, "slots": 1}, "protocol": {"explore": {"trials": 1}}}
    runs = sw.run(f"{problem}:PROBLEM", folder=tmp_path / "s", settings=settings).runs()
    assert runs["measure.seen"].eq(2).all() and runs["measure.pools"].le(2).all()
    assert environment()  # the coordinator's own environment is as it was
    assert os.environ.get("OMP_NUM_THREADS") != "2"


# --- data -------------------------------------------------------------------------------------------------------------


def test_large_arrays_are_mapped_by_workers_and_loaded_once(tmp_path):
    study = sw.run(tiny("LARGE"), folder=tmp_path / "study", slots=2)
    assert study.runs()["measure.error"].eq(0).all()  # 1 if an array was not mapped
    shared = list((tmp_path / "products").glob("data-*"))
    assert len(shared) == 1
    assert sw.run(tiny("LARGE"), folder=tmp_path / "second", slots=1).finished
    assert list((tmp_path / "products").glob("data-*")) == shared


def test_data_that_cannot_be_shared_are_loaded_by_each_worker(tmp_path):
    samples = {"sample_id": np.arange(2)}
    big = np.zeros(3_000_000)
    assert share(Data(hash="a", samples=samples, content={"x": big[:10]}), tmp_path) is None  # small
    assert share(Data(hash="b", samples=samples, content=big), tmp_path) is None  # no mapping
    assert (
        share(Data(hash="c", samples=samples, content={"x": big}, facts={"f": {1: 2}}), tmp_path) is None
    )  # facts that change
    names = np.array(["a", "b"], dtype=object)
    assert share(Data(hash="d", samples={**samples, "n": names}, content={"x": big}), tmp_path) is None
    place = share(
        Data(hash="e", samples=samples, content={"x": big}, facts={"f": [1]}, notes=("n",), warnings=("w",)), tmp_path
    )
    again = open_shared(place) if place else None
    assert (
        again is not None
        and again.facts == {"f": [1]}
        and (again.notes, again.warnings) == (("n",), ("w",))
        and len(again.content["x"]) == 3_000_000
    )
    assert open_shared(tmp_path / "gone") is None


# --- job scripts ------------------------------------------------------------------------------------------------------

STUB = """#!/bin/bash
# A scheduler that runs an array of jobs here, one after the other. The walltime of the first two is over once they have ended runs
# (by seconds, a slow machine would get nothing done, and a fast one everything).
jobs=$(sed -n 's/^#\\(PBS -J\\|SBATCH --array=\\) *1-\\([0-9]*\\)%1/\\2/p' "$1"); echo "array of ${jobs:-1}"
for i in $(seq "${jobs:-1}"); do
  export PBS_O_WORKDIR=$PWD SLURM_SUBMIT_DIR=$PWD
  setsid bash "$1" & job=$!
  while [ "$i" -lt 3 ] && kill -0 $job 2> /dev/null; do
    sleep 0.05
    if [ "$(grep -c '"run ended"' out/study/ledger.jsonl 2> /dev/null)" -ge $((4 * i)) ]; then kill -KILL -- -$job; fi
  done
  wait $job; echo "job $i ended with $?"
done
"""


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize(("scheduler", "stub"), [("pbs", "qsub"), ("slurm", "sbatch")])
def test_a_chain_of_jobs_finishes_a_study_through_a_walltime_kill(tmp_path, scheduler, stub):
    whole = sw.run(tiny("COARSE"), folder=tmp_path / "whole", executor="inline", settings={"lag": 4})
    file = study_file(tmp_path, "COARSE", {"lag": 4, "data": {"slow": 0.3}, "executor": {"slots": 1}})
    asked = ["--scheduler", scheduler, "--jobs", "5", "--walltime", "00:00:09", "--activate", "export MARK=1"]
    said = run("submit", file.name, "--folder", "out/study", *asked, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    submit = said.stdout.splitlines()[-1]
    assert submit == f"{stub} out/study.{scheduler}.sh"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / stub).write_text(STUB)
    (tmp_path / "bin" / stub).chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        submit, shell=True, cwd=tmp_path, env=environment(PATH=path), capture_output=True, text=True, check=False
    )
    assert all(said in done.stdout for said in ("array of 5", "job 1 ended with 137", "job 5 ended with 0")), done.stdout
    assert (tmp_path / "out/study/report/index.html").exists()
    study = Study.open(tmp_path / "out" / "study")
    assert study.finished
    pd.testing.assert_frame_equal(measured(study), measured(whole))
    text = (tmp_path / "out" / f"study.{scheduler}.sh").read_text()
    assert "export MARK=1" in text and "00:00:09" in text
