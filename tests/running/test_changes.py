"""A study file that changes under its study: what is compatible goes on, anything else is refused with the way out."""

import re

import pytest
from processes import TINY, run

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.answer import FullAnswer
from sweepwright.answers.verdict import verdict
from sweepwright.errors import InputError
from sweepwright.nouns.phase import Phase
from sweepwright.record.events import Event, GoalsChanged, StudyExtended
from sweepwright.record.ledger import read_events

SIZES = {"protocol": {"explore": {"trials": 6}, "exploit": {"trials": 4}}}


def tiny(name: str = "STAGED") -> str:
    return f"{TINY}:{name}"


@pytest.fixture
def study(tmp_path):
    return sw.run(tiny(), folder=tmp_path / "study", executor="inline", settings=SIZES)


def events(study, kind: type[Event]) -> list:
    return [e for e in read_events(study.folder / "ledger.jsonl")[0] if isinstance(e, kind)]


def phases(study) -> dict[str, int]:
    return study.runs().groupby("phase").size().to_dict()


def test_more_configurations_extend_a_finished_study(study):
    before = phases(study)
    again = sw.run(study.folder, trials="+6")
    found = phases(again)
    assert found.items() >= before.items() and again.finished and again.state.round == 1
    assert found["exploit/1/+1"] + found["exploit/2/+1"] == 6
    assert found["finalists/+1"] == 20 and found["confirm/fresh/+1"] == 6
    assert again.choice().round == 1 and len(again.state.decisions) == 2
    fresh = again.runs().groupby("phase")["draw"].agg(set)
    assert not fresh["confirm/fresh/+1"] & (fresh["finalists/+1"] | fresh["finalists"] | fresh["confirm/fresh"])


def test_more_of_a_grid_than_there_is_says_so(tmp_path):
    study = sw.run(tiny("FOLDED"), folder=tmp_path / "grid", executor="inline", settings={"budget": {"trials": 5}})
    more = sw.run(study.folder, trials="+4")
    assert [p.trial for p in more.state.asked(Phase.of("explore/+1"))] == [5, 6, 7, 8]
    inner = more.runs()[lambda runs: runs["phase"].str.startswith("confirm/inner")]
    assert not inner.duplicated(["trial", "condition", "replicate"]).any() and len(inner) == 9 * 2
    sw.run(study.folder, trials="+6")
    with pytest.raises(InputError, match="whole grid of 15 configurations"):
        sw.run(study.folder, trials="+1")


def test_an_extension_of_what_is_not_there_or_not_finished_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"There is no study at .* to extend"):
        sw.run(tiny(), folder=tmp_path / "none", executor="inline", trials="+3")
    with pytest.raises(InputError, match=r"whole number of configurations such as 20, or \+50"):
        sw.run(tiny(), folder=tmp_path / "none", trials="many")


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"protocol": {"explore": {"trials": 9}}}, {"explore/+1": 3}),
        ({"protocol": {"exploit": {"trials": 7}}}, {"exploit/1/+1": 2, "exploit/2/+1": 1}),
        ({"replicates": 3}, {"explore/replicates/+1": 6 * 2 - 4, "exploit/replicates/+1": 4 * 2}),
        ({"goals": ["error lower", "depth lower"]}, {"finalists/+1": 20}),
        ({"budget": {"runs": 90, "run_minutes": 5}}, {}),
        ({"executor": {"slots": 1}}, {}),
        ({"keep": {"weights": "none"}}, {}),
    ],
    ids=["explore", "exploit", "replicates", "goals", "budget", "executor", "keep"],
)
def test_a_compatible_change_goes_on(study, change, more):
    before = phases(study)
    again = sw.run(study.folder, settings=change)
    found = phases(again)
    assert found.items() >= before.items() and again.finished
    assert {name: found.get(name) for name in more} == more
    assert len(again.state.ended) == len({*again.state.ended})
    third = sw.run(study.folder)
    assert len(third.state.ended) == len(again.state.ended)  # it has what it asks for now


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 9}, "another seed: seed is 0 there, 9"),
        ({"data": {"healthy": False}}, r"another data: data\.healthy"),
        ({"space": {"x": 0.5}}, "another space"),
        ({"conditions": ["all"]}, "another conditions"),
        ({"incumbent": {"x": 0.1, "y": 0.1, "loss": "a"}}, "another incumbent"),
        ({"protocol": {"explore": {"trials": 5}}}, r"protocol\.explore\.trials .* can only grow"),
        ({"protocol": {"explore": {"sampler": "random"}}}, r"another protocol\.explore"),
        ({"protocol": {"confirm": {"draws": 9}}}, r"another protocol\.confirm"),
        ({"protocol": {"stopping": {"by": "median"}}}, r"another protocol\.stopping"),
        ({"budget": {"trials": 3}}, "No change"),
    ],
)
def test_another_question_is_refused_with_the_way_out(study, change, sentence):
    files = [study.folder / "study.yaml", study.folder / "ledger.jsonl"]
    before = [file.read_bytes() for file in files]
    if sentence == "No change":  # a limit below what there is changes nothing
        sw.run(study.folder, settings=change)
        assert len(sw.open_study(study.folder).state.ended) == len(study.state.ended)
        return
    with pytest.raises(InputError, match=sentence) as caught:
        sw.run(study.folder, settings=change)
    assert "--folder" in str(caught.value)
    assert before == [file.read_bytes() for file in files]


def test_other_goals_choose_again_and_are_recorded(study):
    again = sw.run(study.folder, settings={"goals": ["depth lower", "error lower"]})
    assert events(again, GoalsChanged)[0].goals == ("depth lower", "error lower")
    assert events(again, StudyExtended)[0].extension.why == "other goals"
    assert again.choice().goals == ("depth lower", "error lower")


def test_a_budget_that_shrinks_is_refused(tmp_path):
    study = sw.run(tiny(), folder=tmp_path / "study", executor="inline", settings={"budget": {"runs": 40}})
    with pytest.raises(InputError, match=r"budget\.runs .* is 40 and can only grow, but 30"):
        sw.run(study.folder, settings={"budget": {"runs": 30}})
    more = sw.run(study.folder, settings={"budget": {"runs": 60}})
    assert more.state.round == 1 and len(more.state.ended) > 40


def test_goals_that_were_edited_in_the_file_are_said_to_be_newer_than_the_choice(study):
    def codes(found: sw.Study) -> set[str]:
        return {said.code for said in verdict(found).said}

    path = study.folder / "study.yaml"
    assert "made_before" not in codes(sw.open_study(study.folder))
    path.write_text(re.sub(r"(?m)^goals:.*\n", "goals:\n- error lower <= 0.5\n", path.read_text()))
    edited = sw.open_study(study.folder)
    assert [str(goal) for goal in edited.goals] == ["error lower <= 0.5"]
    assert "made_before" in codes(edited)
    assert Analysis(edited).thresholds["error"] == ("since the last session", True)


def test_after_the_chosen_one_was_marked_nothing_is_said_of_another_as_if_of_it(study):
    chosen = study.chosen
    assert run("invalidate", study.folder, chosen, "--why", "mislabelled").returncode == 0
    marked = FullAnswer.of(sw.open_study(study.folder))
    recorded = {said.text for said in marked.study.choice().sentences}
    said = [one for one in marked.verdict.said if one.code.startswith(("choice.", "beside.", "costs."))]
    assert {one.text for one in said if one.code != "beside.baseline"} <= recorded
