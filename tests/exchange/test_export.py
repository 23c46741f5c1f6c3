"""A study in other tools: each opens what was written and finds what is there."""

import json
import socket
import subprocess
import sys
import time
import urllib.request

import pandas as pd
import pytest
from processes import run, tiny

import sweepwright as sw
from sweepwright.errors import InputError
from sweepwright.exchange.exporting import export
from sweepwright.study.study import Study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("export") / "cells"
    return sw.run(tiny("STAGED"), folder=folder, executor="inline", settings={"budget": {"runs": 40}})


def test_optuna_opens_the_journal(study):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = export(study, "optuna")
    opened = optuna.load_study(study_name="cells", storage=JournalStorage(JournalFileBackend(str(path))))
    assert len(opened.trials) == len(study.state.trials)
    best = study.table()["error"].min()
    assert min(t.value for t in opened.trials) == pytest.approx(min(t.user_attrs["measured"]["error"] for t in opened.trials))
    assert opened.best_trial.params.keys() == {"x", "y", "loss"} and best < 1
    assert not list(path.parent.glob("*.lock"))


def test_the_dashboard_lists_the_trials(study, tmp_path):
    pytest.importorskip("optuna_dashboard")
    path = export(study, "optuna", tmp_path / "dash.journal")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"import sys; sys.argv = ['optuna-dashboard', {str(path)!r}, '--host', '127.0.0.1', '--port', '{port}', '--quiet']; from optuna_dashboard._cli import main; main()"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def ask(what: str) -> dict:
            for _ in range(200):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/{what}", timeout=5) as answer:
                        return json.load(answer)
                except OSError:
                    time.sleep(0.1)
            raise AssertionError("the dashboard did not answer")

        [found] = ask("studies")["study_summaries"]
        trials = ask(f"studies/{found['study_id']}")["trials"]
        assert found["study_name"] == "cells" and len(trials) == len(study.state.trials)
    finally:
        server.kill()
        server.wait()


def test_mlflow_lists_the_runs(study):
    pytest.importorskip("mlflow")
    result = run("export", study.folder, "--to", "mlflow")
    assert result.returncode == 0 and "mlflow ui" in result.stdout and "INFO" not in result.stderr
    code = f"""
from mlflow.tracking import MlflowClient
client = MlflowClient("sqlite:///{study.folder / "export" / "mlflow.db"}")
experiment = client.get_experiment_by_name("cells")
runs = client.search_runs([experiment.experiment_id], max_results=1000)
print(len(runs), runs[0].data.metrics.keys() >= {{"error"}}, runs[0].data.params.keys() == {{"x", "y", "loss"}})
"""
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert listed.stdout.split() == [str(len(study.state.ended)), "True", "True"], listed.stderr


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_tables_hold_every_run(study, form):
    path = export(study, form)
    table = pd.read_parquet(path) if form == "parquet" else pd.read_csv(path)
    assert len(table) == len(study.runs()) and {"param.x", "measure.error", "ending"} <= set(table.columns)
    with pytest.raises(InputError, match="exists already"):
        export(study, form)
    with pytest.raises(InputError, match="cannot be written"):
        export(study, form, study.folder / "study.yaml" / "x")
