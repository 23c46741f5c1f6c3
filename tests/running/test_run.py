"""A study from its first run to its choice: steps, failures, resume, slots, and what may change."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import TINY
from same import measured, outline

import sweepwright as sw
from sweepwright.errors import InputError
from sweepwright.nouns.phase import Phase, Step
from sweepwright.record.events import AttemptLost, ProposalAsked, RunEnded
from sweepwright.record.ledger import read_events
from sweepwright.study.study import Study

pytestmark = pytest.mark.slow


def tiny(name: str = "PROBLEM") -> str:
    return f"{TINY}:{name}"


@pytest.fixture(scope="module")
def folded(tmp_path_factory) -> Study:
    return sw.run(tiny("FOLDED"), folder=tmp_path_factory.mktemp("folded") / "study", executor="inline")


def test_every_step_makes_its_runs(folded):
    runs = folded.runs()
    counts = runs.groupby("phase").size().to_dict()
    assert counts == {
        "explore": 15 * 2 * 3,  # the grid on two conditions and three folds
        "finalists": 2 * 2 * 3,
        "confirm/inner": 15 * 2,
        "confirm/outer": 1,
        "confirm/controls": 2 * 3,
        "keep": 1,
    }
    assert len(folded.baselines()) == 2 * 3
    assert folded.finished and folded.state.kept == runs["run"].max()


def test_finalists_run_on_draws_that_the_search_did_not_use(folded):
    runs = folded.runs().groupby("step")["draw"].agg(set)
    assert runs["explore"] == {0} and runs["finalists"] == {1}


def test_seeds_pair_the_data_and_not_the_runs(folded):
    runs = folded.runs()
    assert runs[runs["phase"] == "explore"]["seed"].is_unique
    explored = runs[(runs["phase"] == "explore") & (runs["condition"] == "all")]
    shared = explored.pivot(index="trial", columns="replicate", values="measure.error")
    assert np.corrcoef(shared.to_numpy().T)[0, 1] > 0.9


def test_measures_of_all_folds_together(folded):
    pooled = folded.pooled()
    one = pooled[(pooled["trial"] == 0) & (pooled["condition"] == "all") & (pooled["step"] == "explore")]
    errors = [run.measured["error"] for run in folded.select(trial=0, condition="all", draw=0, within=Phase(Step.EXPLORE))]
    assert one["value"].item() == pytest.approx(max(e for e in errors if e is not None))


def test_the_choice_is_in_the_ledger_with_its_reasons(folded):
    choice = folded.choice()
    assert choice is not None and choice.chosen in choice.order
    assert choice.phase == Phase(Step.FINALISTS) and choice.sentences
    assert folded.state.decision("outer 0") is not None


def test_a_finished_study_is_not_run_again(folded):
    before = (folded.folder / "ledger.jsonl").read_bytes()
    again = sw.run(tiny("FOLDED"), folder=folded.folder, executor="inline")
    assert (folded.folder / "ledger.jsonl").read_bytes() == before
    assert outline(again) == outline(folded)


def test_slots_do_not_change_the_result(folded, tmp_path):
    for slots in (1, 2):
        other = sw.run(tiny("FOLDED"), folder=tmp_path / f"{slots}", slots=slots)
        pd.testing.assert_frame_equal(measured(other), measured(folded))
        assert outline(other) == outline(folded)


SETTINGS = {
    "protocol": {"explore": {"sampler": "tpe", "trials": 9}, "finalists": {"trials": 2, "draws": 1}, "confirm": {"how": "off"}}
}


def test_model_based_proposals_do_not_depend_on_timing(tmp_path):
    frames = []
    for slots in (1, 3):
        study = sw.run(tiny(), folder=tmp_path / f"{slots}", slots=slots, settings={**SETTINGS, "lag": 3})
        frames.append(measured(study))
    pd.testing.assert_frame_equal(frames[0], frames[1])


def test_a_proposal_waits_for_exactly_those_that_it_is_told(tmp_path):
    lag = 3
    study = sw.run(tiny("COARSE"), folder=tmp_path / "lag", slots=3, slow=0.1, settings={"lag": lag})
    events = read_events(study.folder / "ledger.jsonl")[0]
    asked = [
        (i, {place.run for place in e.runs})
        for i, e in enumerate(events)
        if isinstance(e, ProposalAsked) and e.phase.step is Step.EXPLOIT
    ]
    ended = {e.run: i for i, e in enumerate(events) if isinstance(e, RunEnded)}
    for t, (when, _) in enumerate(asked):
        assert all(ended[run] < when for _, runs in asked[: max(0, t - lag + 1)] for run in runs)
    overtaking = [t for t, (when, _) in enumerate(asked) if t and any(ended[run] > when for run in asked[t - 1][1])]
    assert overtaking  # the others are still running meanwhile


def kill_after(folder: Path, address: str, runs: int, extra: list[str]) -> None:
    """Start the command, and kill it without mercy when so many runs have ended."""
    command = [
        sys.executable,
        "-c",
        "from sweepwright.cli import main; main()",
        "run",
        address,
        "--folder",
        str(folder),
        "--no-report",
        *extra,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ledger = folder / "ledger.jsonl"
    for _ in range(1200):
        text = ledger.read_text() if ledger.exists() else ""
        if text.rpartition("\n")[0].count('"run ended"') >= runs or process.poll() is not None:
            break
        time.sleep(0.025)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize(("name", "ends"), [("FOLDED", (5, 40, 105)), ("PROBLEM", (3, 14)), ("COARSE", (5, 13, 19))])
def test_killed_and_run_again_is_the_same_study(tmp_path, name, ends):
    whole = sw.run(tiny(name), folder=tmp_path / "whole", executor="inline", slow=0.02, settings={"lag": 4})
    folder = tmp_path / "killed"
    for runs in ends:
        kill_after(folder, tiny(name), runs, ["--slow", "0.02", "--slots", "2"])
        believed = {e.run: e for e in read_events(folder / "ledger.jsonl")[0] if isinstance(e, RunEnded)}
        assert len(believed) >= runs
    again = sw.run(tiny(name), folder=folder, slots=1, slow=0.02, settings={"lag": 4})
    pd.testing.assert_frame_equal(measured(again), measured(whole))
    assert outline(again) == outline(whole)
    events = read_events(folder / "ledger.jsonl")[0]
    ended = [e for e in events if isinstance(e, RunEnded)]
    assert len(ended) == len({e.run for e in ended})  # no finished run was touched
    assert {e.run: e for e in ended if e.run in believed} == believed


@pytest.mark.slow
@pytest.mark.serial
def test_a_dying_worker_costs_its_own_run_only(tmp_path):
    for number in (2, 4):
        Path(f"/tmp/sweepwright-test-{os.getpid()}-{number}").unlink(missing_ok=True)
    study = sw.run(tiny("DYING"), folder=tmp_path / "dying", slots=2)
    runs = study.runs().set_index("run")
    assert runs.loc[4, "ending"] == "LOST" and "worker died" in str(runs.loc[4, "cause"])
    assert (runs.drop(index=4)["ending"] == "COMPLETED").all()
    lost = [e for e in read_events(study.folder / "ledger.jsonl")[0] if isinstance(e, AttemptLost)]
    assert sorted(e.runs[0] for e in lost) == [2, 4, 4, 4]


def test_a_run_that_raises_is_recorded_and_explained(tmp_path):
    study = sw.run(tiny("DEEP"), folder=tmp_path / "deep", executor="inline")
    runs = study.runs()
    failed = runs[runs["ending"] == "RAISED"]
    assert len(failed) and (failed["cause"] == "RuntimeError: five is too deep").all()
    trace = study.run_folder(int(failed["run"].iloc[0])) / "traceback.txt"
    assert "five is too deep" in trace.read_text()
    assert study.chosen is not None and study.state.trials[study.chosen].configuration["depth"] == 4


def test_a_study_that_failed_wholly_chooses_nothing_and_says_so(tmp_path):
    study = sw.run(tiny("DIVERGING"), folder=tmp_path / "none", executor="inline", trials=3)
    choice = study.choice()
    assert choice is not None and choice.chosen is None and choice.sentences[-1].code == "choice.none"
    assert set(study.runs()["ending"]) == {"DIVERGED"}


def test_a_failed_check_stops_before_the_first_run_unless_accepted(tmp_path):
    with pytest.raises(InputError, match=r"The check 'healthy' failed .* --accept healthy"):
        sw.run(tiny("FOLDED"), folder=tmp_path / "sick", executor="inline", healthy=False)
    assert not any((tmp_path / "sick" / "runs").iterdir())
    study = sw.run(tiny("FOLDED"), folder=tmp_path / "sick", executor="inline", healthy=False, accept=["healthy"])
    assert study.finished and "healthy" in study.state.accepted
    with pytest.raises(InputError, match="no check 'helthy'"):
        sw.run(tiny("FOLDED"), folder=tmp_path / "other", executor="inline", accept=["helthy"])


@pytest.mark.parametrize("change", [{"seed": 5}, {"slow": 0.5}, {"settings": {"space": {"depth": 2}}}])
def test_another_question_in_the_same_folder_is_refused(tmp_path, change):
    folder = tmp_path / "study"
    sw.run(tiny(), folder=folder, executor="inline", trials=3)
    before = (folder / "study.yaml").read_bytes(), (folder / "ledger.jsonl").read_bytes()
    with pytest.raises(InputError, match=r"holds a study with another .*--folder"):
        sw.run(tiny(), folder=folder, executor="inline", **{"trials": 3, **change})
    assert before == ((folder / "study.yaml").read_bytes(), (folder / "ledger.jsonl").read_bytes())


def test_the_refusal_names_the_innermost_difference(tmp_path):
    sw.run(tiny(), folder=tmp_path / "study", executor="inline", trials=3)
    with pytest.raises(InputError, match=r"data\.slow is 0\.0 there, 0\.5 asked now"):
        sw.run(tiny(), folder=tmp_path / "study", executor="inline", trials=3, slow=0.5)
    asked = {"protocol": {"finalists": {"draws": 1}}}
    with pytest.raises(InputError, match=r"protocol\.finalists\.draws is 2 there, 1 asked now"):
        sw.run(tmp_path / "study", settings=asked)


def test_a_study_folder_is_enough_to_go_on(tmp_path):
    folder = tmp_path / "study"
    first = sw.run(tiny(), folder=folder, executor="inline", trials=3)
    lines = (folder / "ledger.jsonl").read_text().splitlines(keepends=True)
    cut = next(
        i
        for i, line in enumerate(lines)
        if json.loads(line)["event"] == "step ended" and json.loads(line)["phase"] == "finalists"
    )
    (folder / "ledger.jsonl").write_text("".join(lines[: cut - 3]))
    again = sw.run(str(folder), executor="inline")
    assert again.finished and outline(again) == outline(first)


def test_the_same_configuration_again_is_the_next_replicate(tmp_path):
    settings = {"space": {"x": {"choice": {"values": [0.2, 0.4]}}, "depth": 1}, "protocol": {"explore": {"sampler": "random"}}}
    study = sw.run(tiny(), folder=tmp_path / "few", executor="inline", trials=8, settings=settings)
    explored = study.runs().query("step == 'explore'")
    assert explored["trial"].nunique() <= 3 < len(explored)
    assert not explored.duplicated(["trial", "replicate"]).any()


def test_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        f"import sweepwright as sw\n\nprint(sw.run({tiny()!r}, folder={str(tmp_path / 'study')!r}, trials=3, slots=2))\n"
    )
    result = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Study(") == 1 and sw.open_study(tmp_path / "study").finished


def test_a_problem_value_runs_in_this_process(tmp_path):
    from sweepwright.study.find_problem import find

    study = sw.run(find(tiny()), folder=tmp_path / "value", trials=3)
    assert study.finished and study.file.executor.kind == "inline"
    assert list(study.table().columns[:3]) == ["runs", "x", "depth"]
    assert study.trial(0).runs and "trial 0" in repr(study.trial(0).runs[0]).lower()
