"""Every number that is said names the runs that it comes from: computed again from these alone, it is the same."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.answer import FullAnswer
from sweepwright.answers.as_json import comparison_data, drivers_data
from sweepwright.answers.comparing import compared
from sweepwright.answers.explaining import driver_sentences
from sweepwright.answers.naming import BEHIND, in_spans
from sweepwright.study.outcomes import pooled_outcome

pytestmark = pytest.mark.slow

OF_NO_RUN = {"data", "one_split", "not_confirmed", "made_before"}  # what the study file or the data say


@dataclass(eq=False)
class Restricted(Analysis):
    """An analysis that knows these runs only."""

    kept: tuple[int, ...] = ()

    @cached_property
    def every(self) -> pd.DataFrame:
        runs = Analysis(self.study).every
        return runs[runs["run"].isin(self.kept)].reset_index(drop=True)


def of_cells(cells: Path, place: Path) -> sw.Study:
    return sw.open_study(cells)


def of_numbers(cells: Path, place: Path) -> sw.Study:
    return sw.run(f"{tiny.__file__}:PROBLEM", folder=place / "study", executor="inline", settings={"budget": {"runs": 120}})


def of_a_table(cells: Path, place: Path) -> sw.Study:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"params_lr": np.repeat(10 ** -(4 * rng.random(40)), 3), "params_depth": np.repeat(rng.integers(1, 5, 40), 3)}
    )
    table["f1"] = 0.1 * table["params_depth"] + np.repeat(0.1 * rng.random(40), 3) + 0.02 * rng.standard_normal(120)
    table["fold"] = np.tile([0, 1, 2], 40)
    table.to_csv(place / "sweep.csv", index=False)
    from typer.testing import CliRunner

    from sweepwright.cli import app

    words = [
        "adopt",
        str(place / "sweep.csv"),
        "--goal",
        "f1 higher",
        "--paired-by",
        "fold",
        "--folder",
        str(place / "adopted"),
    ]
    assert CliRunner().invoke(app, words).exit_code == 0
    return sw.open_study(place / "adopted")


@pytest.fixture(scope="module", params=[of_cells, of_numbers, of_a_table])
def answer(request, cells, tmp_path_factory) -> FullAnswer:
    return FullAnswer.of(request.param(cells, tmp_path_factory.mktemp("named")))


def test_every_sentence_with_a_number_names_its_runs(answer):
    for said in answer.statements:
        assert said.runs or not said.numbers or said.code in OF_NO_RUN, said
    found = answer.as_data()
    for said in (*found["statements"], *found["cautions"], *found["checks"]):
        assert not isinstance(said["runs"], str) or said["runs"] in found["run_sets"]
    assert {said["runs"] for said in found["statements"] if isinstance(said["runs"], str)} >= {"choice"}


def test_what_rests_on_a_set_of_runs_is_said_again_from_these_alone(answer):
    again: dict[tuple[int, ...], set[str]] = {}
    sets = [said for said in answer.statements if said.code.split(".")[0] in BEHIND and said.code != "health"]
    assert {said.code for said in sets} >= {"choice.best", "noise", "drivers"}
    for said in sets:
        if said.runs not in again:
            alone = FullAnswer(Restricted(answer.study, kept=said.runs))
            own = [*alone.analysis.weighing.sentences, *alone.statements]
            again[said.runs] = {one.text for one in own}
        assert said.text in again[said.runs], said


def test_baselines_controls_and_counts_are_those_of_the_runs_they_name(answer):
    study, runs = answer.study, answer.study.state.ended
    goal = study.goals[0].name
    for said in answer.statements:
        if said.code.endswith(".baseline"):
            for kind, own in (
                ("mean", [runs[run] for run in said.runs if runs[run].trial < 0]),
                ("chosen", [runs[run] for run in said.runs if runs[run].trial >= 0]),
            ):
                assert said.numbers[kind] == pytest.approx(np.mean([run.measured[goal] for run in own]))
        elif said.code.endswith(".control"):
            kinds = {runs[run].condition for run in said.runs} - {study.reference.name}
            measure = next(m for m in study.problem.all_measures() if m.name == f"pooled_{goal}")
            for kind, conditions in (("control", kinds), ("chosen", {study.reference.name})):
                own = [runs[run] for run in said.runs if runs[run].condition in conditions]
                found = []
                for place in {(run.draw, run.phase, run.effort) for run in own}:
                    outcome = pooled_outcome(study, [run for run in own if (run.draw, run.phase, run.effort) == place])
                    found.append(measure.function(study.samples["label"][outcome.sample], outcome.arrays["predicted"]))
                assert said.numbers[kind] == pytest.approx(np.mean(found)), (kind, said)
        elif said.code in ("failed_runs", "stopped_runs", "copies"):
            assert said.numbers["runs"] == len(said.runs)


def test_estimates_are_means_of_the_runs_they_name(answer):
    chosen = answer.as_data()["chosen"]
    assert chosen is not None
    for estimate in chosen["estimates"]:
        values = [answer.study.state.ended[run].measured[estimate["measure"]] for run in estimate["run_numbers"]]
        assert estimate["runs"] > 0 and values, estimate
        if estimate["kind"] in ("selection", "confirmed", "confirmed_earlier", "measured", "best_run"):
            assert estimate["value"] == pytest.approx(np.mean(values))


def test_runs_are_written_as_spans():
    assert in_spans(()) == "" and in_spans((5,)) == "5" and in_spans((1, 2, 4, 3, 9)) == "1-4 9"


def test_levels_best_runs_and_procedures_are_those_of_the_runs_they_name(answer):
    study, decided = answer.study, answer.analysis.deciding
    kept = answer.run_sets["choice"]
    alone = FullAnswer(Restricted(study, kept=kept))
    for trial in (answer.verdict.chosen, answer.as_data()["runner_up"]["trial"]):
        again = {(e.kind, e.measure): e for e in alone.estimates(trial)}
        for found in answer.estimates(trial):
            values = [study.state.ended[run].measured[found.measure] for run in found.numbers]
            goal = next(goal for goal in study.goals if goal.name == found.measure)
            if found.code in ("shrunken", "measured", "best_run"):
                assert set(found.numbers) <= set(kept) and found.value == again[found.kind, found.measure].value
                assert decided[decided["run"].isin(found.numbers)]["trial"].eq(trial).all()
                assert found.runs == len(found.numbers)
            if found.code == "best_run":
                own = [v for v in decided[decided["trial"] == trial][f"measure.{found.measure}"] if np.isfinite(v)]
                assert found.value == max(goal.sign * v for v in own) * goal.sign == values[0]
            if found.code == "procedure":
                outcome = pooled_outcome(study, [study.state.ended[run] for run in found.numbers])
                measure = next((m for m in study.problem.all_measures() if m.name == f"pooled_{found.measure}"), None)
                if measure is None:  # the mean over the outer folds
                    assert found.value == pytest.approx(np.mean(values))
                    continue
                whole = measure.function(study.samples["label"][outcome.sample], outcome.arrays["predicted"])
                assert found.value == pytest.approx(whole)


def test_comparisons_and_drivers_are_said_again_from_the_runs_they_name(answer):
    study, sets = answer.study, answer.run_sets
    first, second = answer.verdict.chosen, answer.as_data()["runner_up"]["trial"]
    goal = study.goals[0].name
    found = compared(answer.analysis, first, second)
    for said in found.sentences:
        alone = Restricted(study, kept=said.runs)
        assert said.runs and said.text in {one.text for one in compared(alone, first, second).sentences}
    data = comparison_data(found, sets)
    assert data["schema"] == "compare/2" and all(said["runs"] for said in data["sentences"])
    if answer.analysis.confirming is not None and found.overall.pairs and "no choice had seen" in found.sentences[0].text:
        fresh = answer.analysis.confirming
        own = fresh[fresh["run"].isin(found.sentences[0].runs)].groupby("trial")[f"measure.{goal}"].mean()
        assert found.means[0] == pytest.approx(own[first])
    drivers = answer.analysis.drivers()
    said = drivers_data(drivers, driver_sentences(drivers), sets)["sentences"]
    named = [sets[one["runs"]] if isinstance(one["runs"], str) else one["runs"] for one in said]
    assert named and all(set(runs) <= set(sets["searched"]) for runs in named)
