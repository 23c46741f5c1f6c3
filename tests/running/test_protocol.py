"""The protocol: audit, explore, exploit by stages, finalists by halving, confirm; sized by the file and by the budget."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from processes import TINY

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.cautions import cautions
from sweepwright.answers.estimates import estimates
from sweepwright.answers.places import Place
from sweepwright.answers.verdict import verdict
from sweepwright.errors import InputError
from sweepwright.nouns.data import Data
from sweepwright.nouns.effort import Effort
from sweepwright.nouns.job import Job
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.phase import Phase, Step
from sweepwright.nouns.product import Product
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.report.contents import candidates_table
from sweepwright.running import optuna_model
from sweepwright.running.options import RunOptions
from sweepwright.running.plan import HALVING, plan
from sweepwright.running.products import product
from sweepwright.running.start import prepare
from sweepwright.study.find_problem import find
from sweepwright.study.frames import that_decide
from sweepwright.study.study import Study

ALONE = {"audit": {"trials": 0}, "exploit": {"trials": 0}, "finalists": {"trials": 0}, "confirm": {"how": "off"}}


def tiny(name: str) -> str:
    return f"{TINY}:{name}"


def many_stages(data: Data, job: Job, watch: Watch) -> Trained:
    """Each stage leaves an error of its own; later stages matter as much as early ones."""
    error = sum((float(value) - 0.5) ** 2 for value in job.configuration.values())
    return Trained(outcome=Outcome(arrays={"error": np.full(12, error)}, sample=np.arange(12), facts={"depth": 1}))


def counts(study: Study) -> dict[str, int]:
    return study.runs().groupby("phase").size().to_dict()


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Study:
    """The default protocol within 120 runs, two stages and a joint refinement."""
    settings = {"budget": {"runs": 120}, "protocol": {"exploit": {"joint": 4}}}
    return sw.run(tiny("STAGED"), folder=tmp_path_factory.mktemp("whole") / "study", executor="inline", settings=settings)


def test_every_run_of_every_step_is_within_the_budget(whole):
    found = counts(whole)
    assert sum(found.values()) == len(whole.state.ended) == 120
    assert found["audit"] == 6 and found["confirm/fresh"] == 2 * 3
    assert [found[f"finalists/{i + 1}"] for i in range(4)] == [count * draws for count, draws in HALVING]
    assert found["exploit/joint"] == 4 and abs(found["exploit/1"] - found["exploit/2"]) <= 1
    assert whole.finished


def test_known_configurations_that_were_audited_are_explored_without_new_runs(whole):
    first, second, third = whole.state.asked(Phase.of("explore"))[:3]
    assert {first.trial, second.trial} == {0, 1}
    assert [whole.state.planned[run].phase.step for run in first.runs] == ["audit"]
    assert [whole.state.planned[run].phase.step for run in third.runs] == ["explore"]


def test_each_of_twelve_stages_is_told_what_the_one_before_found(tmp_path, monkeypatch):
    space = sw.Space(**{f"x{i}": sw.Float(0, 1, stage=i) for i in range(1, 13)})
    told: dict[str, list[tuple[Phase, int]]] = {}

    def tell(self, key, configuration, values):
        told.setdefault(self.stream, []).append(key)
        original(self, key, configuration, values)

    original = optuna_model.OptunaModel.tell
    monkeypatch.setattr(optuna_model.OptunaModel, "tell", tell)
    problem = replace(find(tiny("PROBLEM")), space=space, train=many_stages, known=(), goals=(sw.Goal("error", "lower"),))
    protocol = {
        "audit": {"trials": 0},
        "explore": {"trials": 4},
        "exploit": {"trials": 36},
        "finalists": {"trials": 0},
        "confirm": {"how": "off"},
    }
    study = sw.run(problem, folder=tmp_path / "study", settings={"protocol": protocol})
    for stage in range(2, 13):
        own, before = Phase(Step.EXPLOIT, stage=stage), Phase(Step.EXPLOIT, stage=stage - 1)
        parents = {proposal.parent for proposal in study.state.asked(own)}
        found = {(p.phase, p.number) for p in study.state.asked(before) if p.trial in parents}
        assert found and found <= set(told[str(own)]), stage


def test_a_stage_starts_from_the_best_three_of_the_one_before_and_keeps_their_values(whole):
    state = whole.state
    for name, own in (("exploit/1", {"x"}), ("exploit/2", {"y", "loss"})):
        proposals = state.asked(Phase.of(name))
        parents = {p.parent for p in proposals}
        assert len(parents) == 3 and None not in parents
        for proposal in proposals:
            there, here = state.trials[proposal.parent].configuration, state.trials[proposal.trial].configuration
            assert {k: v for k, v in there.items() if k not in own} == {k: v for k, v in here.items() if k not in own}
    stages = whole.runs().groupby("phase")["stage"].first()
    assert (stages["exploit/1"], stages["exploit/2"], stages["exploit/joint"]) == (1, 2, 0)


def test_finalists_are_halved_on_draws_of_their_own(whole):
    runs = whole.runs()
    finals = runs[runs["step"] == "finalists"]
    draws = [set(finals[finals["phase"] == f"finalists/{i + 1}"]["draw"]) for i in range(4)]
    searched = set(runs[runs["step"].isin(["audit", "explore", "exploit"])]["draw"])
    assert [len(d) for d in draws] == [1, 1, 2, 3]
    assert all(not (a & b) for i, a in enumerate(draws) for b in [*draws[:i], searched])
    trials = [set(finals[finals["phase"] == f"finalists/{i + 1}"]["trial"]) for i in range(4)]
    assert all(later < earlier for earlier, later in pairwise(trials))
    choice = whole.choice()
    audited = set(runs[runs["step"] == "audit"]["trial"])
    assert (
        choice.chosen in trials[0] and set(choice.order) == trials[0] | audited
    )  # everyone who was repeated stands to be chosen


def test_confirming_runs_change_nothing_of_a_later_choice(whole):
    runs = whole.runs()
    changed = runs.assign(**{c: runs[c].where(runs["step"] != "confirm", -1e6) for c in runs if c.startswith("measure.")})
    assert (changed["step"] == "confirm").any() and not changed.equals(runs)
    own, other = (that_decide(f, whole.reference.name, whole.searching, whole.deciding) for f in (runs, changed))
    assert len(own) and own.equals(other)


def test_finalists_of_another_effort_are_picked_at_the_search_s_and_judged_at_their_own(tmp_path):
    problem = replace(find(tiny("STAGED")), efforts=(Effort(name="fast"), Effort(name="long")))
    settings = {"budget": {"runs": 60}, "protocol": {"finalists": {"effort": "long"}}}
    study = sw.run(problem, folder=tmp_path / "study", executor="inline", settings=settings)
    runs = study.runs()
    final = runs[runs["step"] == "finalists"]
    assert set(final["effort"]) == {"long"} and set(runs.loc[runs["step"] == "explore", "effort"]) == {"fast"}
    analysis = Analysis(study)
    assert set(analysis.deciding["run"]) == set(final["run"])  # efforts are never mixed
    assert analysis.weighing.chosen == study.chosen and set(study.choice().order) <= set(final["trial"])
    assert set(analysis.search["effort"]) == {"fast"}  # tables, drivers and trade-offs are those of the search
    [score] = [
        e for e in estimates(study, study.chosen, study.choice()) if e.kind == "selection score" and e.measure == "error"
    ]
    assert set(score.numbers) == set(final.loc[final["trial"] == study.chosen, "run"])


def test_the_selection_score_is_the_mean_of_the_runs_that_it_names(whole):
    choice = whole.choice()
    for estimate in estimates(whole, choice.chosen, choice):
        if estimate.kind in ("selection score", "confirmed"):
            named = [whole.state.ended[number].measured[estimate.measure] for number in estimate.numbers]
            assert estimate.value == pytest.approx(np.mean(named)) and len(named) == estimate.runs


def test_what_to_expect_is_said_from_the_runs_that_it_names(whole):
    goal = whole.goals[0]
    [said] = [one for one in verdict(whole).at(Place.EXPECT) if one.code == "expect"]
    values = {number: whole.state.ended[number].measured[goal.name] for number in said.runs}
    steps = {number: whole.state.ended[number].phase.step for number in said.runs}
    fresh = [value for number, value in values.items() if steps[number] is Step.CONFIRM]
    selecting = [value for number, value in values.items() if steps[number] is not Step.CONFIRM]
    assert said.numbers["value"] == pytest.approx(np.mean(fresh)) and said.numbers["selected"] == pytest.approx(
        np.mean(selecting)
    )
    parts = goal.sign * (said.numbers["value"] - said.numbers["selected"])
    assert parts == pytest.approx(said.numbers.get("easier", 0.0) - said.numbers["luck"] + said.numbers["chance"])
    assert f"  - {said}" in verdict(whole).lines() and "that no choice had seen" in said.text


def test_the_recorded_choice_is_what_choose_weighs_and_the_page_shows_first(whole):
    choice, weighing = whole.choice(), Analysis(whole).weighing
    assert (
        weighing.order == choice.order
        and weighing.order[0] == choice.chosen == candidates_table(Analysis(whole), {})["trial"].iloc[0]
    )
    loss = [statement.text for statement in choice.sentences if statement.code == "choice.loss"]
    assert loss and loss == [statement.text for statement in weighing.sentences if statement.code == "choice.loss"]


def test_what_is_confirmed_ran_on_draws_on_which_nothing_was_selected(whole):
    runs = whole.runs()
    confirmed = runs[runs["step"] == "confirm"]
    assert not set(confirmed["draw"]) & set(runs[runs["step"] != "confirm"]["draw"])
    assert set(confirmed["trial"]) == set(whole.choice().order[:2])


def test_the_search_comes_near_the_best(whole):
    best = whole.state.trials[whole.chosen].configuration
    assert abs(best["x"] - 0.7) < 0.2 and best["loss"] == "b"


@pytest.mark.parametrize(("runs", "finalists"), [(120, HALVING), (80, ((5, 4),)), (60, ((3, 3),)), (40, ((2, 2),)), (24, ())])
def test_a_smaller_budget_gets_smaller_finals(tmp_path, runs, finalists):
    study = prepare(tiny("STAGED"), RunOptions(folder=tmp_path / "s"), {"budget": {"runs": runs}})
    found = plan(study)
    assert found.finalists == finalists and sum(found.runs.values()) <= runs
    assert found.runs["explore"] + found.runs["exploit"] + found.runs.get("audit", 0) >= runs / 2


def test_explore_takes_at_most_half_of_the_budget_and_says_what_that_means(tmp_path):
    found = plan(prepare(tiny("STAGED"), RunOptions(folder=tmp_path / "s"), {"budget": {"runs": 80}}))
    assert found.runs["explore"] <= 40 and "rest on few trials" in found.notes[0]
    assert not plan(prepare(tiny("STAGED"), RunOptions(folder=tmp_path / "s"), {"budget": {"runs": 400}})).notes


def test_a_budget_that_is_too_small_says_what_takes_it(tmp_path):
    with pytest.raises(InputError, match=r"budget\.runs is 4, but what is not search takes .* one configuration 1"):
        sw.run(tiny("STAGED"), folder=tmp_path / "s", settings={"budget": {"runs": 4}})
    assert not (tmp_path / "s").exists()


def test_hours_end_the_search_in_time_for_the_rest(tmp_path):
    settings = {
        "budget": {"hours": 1.2 / 3600},
        "protocol": {"audit": {"trials": 0}, "explore": {"trials": 60}, "exploit": {"trials": 0}},
    }
    study = sw.run(tiny("STAGED"), folder=tmp_path / "s", executor="inline", settings=settings, slow=0.03)
    found = counts(study)
    assert 3 <= found["explore"] <= 30 and found["finalists"] and study.finished
    assert "hours were used" in study.state.limits[Phase(Step.EXPLORE)].why
    again = sw.run(tmp_path / "s")
    assert len(again.state.ended) == len(study.state.ended)


def test_finalists_can_be_written_as_rounds(tmp_path):
    settings = {
        "protocol": {"audit": {"trials": 0}, "explore": {"trials": 8}, "exploit": {"trials": 0}}
        | {"finalists": {"rounds": [[4, 1], [2, 2]]}, "confirm": {"trials": 1}}
    }
    study = sw.run(tiny("STAGED"), folder=tmp_path / "s", executor="inline", settings=settings)
    assert counts(study) == {"explore": 8, "finalists/1": 4, "finalists/2": 4, "confirm/fresh": 3}
    with pytest.raises(InputError, match="never more in a later round"):
        sw.run(tiny("STAGED"), folder=tmp_path / "t", settings={"protocol": {"finalists": {"rounds": [[2, 1], [4, 1]]}}})


@pytest.mark.parametrize("sampler", ["nsga2", "tpe", "random", "qmc"])
def test_every_sampler_can_exploit(tmp_path, sampler):
    settings = {"protocol": {"explore": {"trials": 4}, "exploit": {"sampler": sampler, "trials": 6}}}
    study = sw.run(tiny("STAGED"), folder=tmp_path / "s", executor="inline", settings=settings)
    found = counts(study)
    assert found["exploit/1"] + found["exploit/2"] == 6 and study.finished


def test_a_grid_leaves_nothing_to_exploit(tmp_path):
    study = sw.run(
        tiny("COARSE"),
        folder=tmp_path / "s",
        executor="inline",
        settings={"protocol": {"explore": {"sampler": "grid"}, "exploit": {"trials": None}}, "budget": {"trials": 4}},
    )
    assert counts(study)["explore"] == 4 and "exploit" not in counts(study)


def test_nothing_is_stored_that_is_not_to_be_kept(tmp_path):
    keep = {"arrays": {"explore": ["error"], "finalists": "none"}, "weights": {"explore": "none", "finalists": "none"}}
    settings = {"keep": keep, "protocol": {"explore": {"trials": 4}, "exploit": {"trials": 0}}}
    study = sw.run(tiny("STAGED"), folder=tmp_path / "s", executor="inline", settings=settings)
    runs = study.runs()
    first = {step: int(runs[runs["step"] == step]["run"].iloc[0]) for step in ("explore", "finalists", "confirm")}
    assert set(study.outcome(first["explore"]).arrays) == {"error"}
    assert not study.run_folder(first["finalists"]).exists()
    assert set(study.outcome(first["confirm"]).arrays) == {"error", "other"} and study.weights(first["confirm"])
    with pytest.raises(InputError, match="there is no step 'explor'"):
        sw.run(tiny("STAGED"), folder=tmp_path / "t", settings={"keep": {"weights": {"explor": "none"}}})


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_a_run(tmp_path):
    study = sw.run(tiny("CURVED"), folder=tmp_path / "s", executor="inline")
    runs = study.runs()
    diverged = runs[runs["param.x"] > 0.9]
    assert len(diverged) and (diverged["ending"] == "DIVERGED").all()
    assert "loss became nan at epoch 3" in str(diverged["cause"].iloc[0])
    assert (runs[runs["param.x"] <= 0.9]["ending"] == "COMPLETED").all()
    assert len(study.curves(int(runs["run"].iloc[0]))["loss"]) == 20


def test_runs_behind_the_median_are_stopped_and_slots_do_not_matter(tmp_path):
    settings = {"protocol": {"stopping": {"by": "median", "after": 3, "fewest": 4}}, "lag": 4}
    studies = [
        sw.run(tiny("CURVED"), folder=tmp_path / str(slots), slots=slots, settings=settings, slow=0.001) for slots in (1, 3)
    ]
    frames = [study.runs().drop(columns="seconds") for study in studies]
    pd.testing.assert_frame_equal(*frames)
    runs = frames[0]
    stopped = runs[runs["ending"] == "STOPPED"]
    assert len(stopped) >= 4 and stopped["measure.depth"].lt(8).all()  # soon after the first comparison, at epoch 3
    assert "worse than the median" in str(stopped["cause"].iloc[0])
    assert studies[0].state.trials[studies[0].chosen].configuration["x"] < 0.5


def test_runs_are_compared_within_their_condition(tmp_path):
    runs = sw.run(tiny("APART"), folder=tmp_path / "s", executor="inline").runs()
    by_condition = runs.groupby("condition")["ending"].agg(list)
    assert by_condition["all"] == by_condition["harder"]  # the same curves, ten higher
    assert "STOPPED" in by_condition["harder"] and by_condition["harder"].count("COMPLETED") >= 8


@pytest.mark.parametrize("keep", ["all", "none"])
def test_products_stay_only_if_they_are_to_be_kept(tmp_path, keep):
    made = []

    def make(data: Data) -> dict:
        made.append(1)
        return {"mean": np.array([data.samples["label"].mean()])}

    problem = replace(find(tiny("PROBLEM")), products=(Product(name="means", make=make),))
    study = sw.run(problem, folder=tmp_path / "s", trials=2, settings={"keep": {"products": keep}})
    assert [product(study, "means")["mean"].tolist() for _ in range(2)] == [[0.5], [0.5]]
    assert len(made) == (1 if keep == "all" else 2)
    assert len(list((tmp_path / "products").glob("means-*"))) == (keep == "all")


def test_known_configurations_come_first_where_nothing_is_explored(tmp_path):
    settings = {"protocol": {"explore": {"trials": 0}, "exploit": {"trials": 6}, "audit": {"trials": 0}}}
    study = sw.run(tiny("COARSE"), folder=tmp_path / "s", executor="inline", settings=settings)
    assert study.state.trials[0].configuration == {"x": 0.5, "depth": 1} and "explore" not in counts(study)


def test_what_a_model_explored_is_no_sample_of_the_space_and_is_said_so(tmp_path):
    protocol = {**ALONE, "explore": {"sampler": "tpe", "trials": 30}}
    study = sw.run(tiny("PROBLEM"), folder=tmp_path / "study", executor="inline", settings={"protocol": protocol})
    analysis = Analysis(study)
    assert not study.runs()["filling"].any() and study.state.samplers[Phase(Step.EXPLORE)].sampler == "tpe"
    assert set(analysis.drivers_of_goals.models["flag"]) == {"all rows come from an adaptive search: shares may mislead"}
    assert "all of an adaptive search" in analysis.associations[0].statement.text
    with pytest.raises(InputError, match="proposed by results"):
        sw.report.tuning_curve(study)
    page = (sw.report.write_report(study).parent / "report.md").read_text()
    assert "configurations that an adaptive search proposed" in page and "of the space-filling step" not in page
    old = "".join(
        line for line in (study.folder / "ledger.jsonl").read_text().splitlines(keepends=True) if "step begun" not in line
    )
    (study.folder / "ledger.jsonl").write_text(old)  # a ledger of schema 1 does not say what proposed
    assert not sw.open_study(study.folder).runs()["filling"].any()


def test_what_was_spread_over_the_space_is_a_sample_of_it(tmp_path):
    study = sw.run(
        tiny("PROBLEM"),
        folder=tmp_path / "study",
        executor="inline",
        settings={"protocol": {**ALONE, "explore": {"trials": 12}}},
    )
    assert study.runs()["filling"].all() and len(sw.report.tuning_curve(study).to_dict()["layer"]) == 2


@pytest.mark.parametrize(("closed", "warned"), [(None, True), ("low", False), ("high", True)])
def test_a_better_value_may_lie_outside_only_where_there_are_values(tmp_path, closed, warned):
    problem = replace(find(tiny("PROBLEM")), space=sw.Space(x=sw.Float(0.6, 0.9, closed=closed), depth=sw.Choice(2)), known=())
    settings = {"protocol": {**ALONE, "explore": {"sampler": "qmc", "trials": 30}}}
    study = sw.run(problem, folder=tmp_path / "study", executor="inline", settings=settings)
    assert study.chosen is not None
    assert any(said.code == "edge" for said in cautions(study, study.chosen)) is warned
