"""Studies that were recorded before the rooms moved open, and answer as they did then; a difference is explained here.

The demo, the landscape and an adopted sweep (`examples/others_sweep.py`), with their answers, as commit c9431ef wrote them
(`answers.py` says how). The adopted table is gone, as it would be on another machine.
"""

import json
import math
import re
from pathlib import Path

import pytest
from answers import answers, unpacked

import sweepwright as sw
from sweepwright.answers.estimates import estimates

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
COMPARED = {"demo": (41, 35), "landscape": (1, 0), "sweep": (104, 8)}
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])")
SAME, SPOKEN = 1e-6, 2e-3  # another processor rounds otherwise: numbers in full, and numbers with three digits in sentences

# (study, file) -> why the recorded answer was written anew since then
EVALUATION = (
    "An adopted study stores the other columns of its table; of one that was adopted before, whose table is gone, it is said that "
    "they are missing. It was silent."
)
FILLING = "The table of runs says of each whether its configuration was proposed without looking at results (`filling`)."
CODES = "Each sentence has a code, its numbers and the runs behind it; those of an older ledger have the code `choice`."
SCALES = (
    "What is believed of a goal no longer depends on the unit of another: beside parameters of 1e8 the error's interval was a point, and "
    "P(within the margin) 1. What every repeat gives alike has no interval."
)
LEVELS = (
    "One estimator and one rule: levels of a mixed model in place of shrunken means, the loss against those that could be chosen in place of "
    "P(within the margin), ranks from the same draws; P(best), the second rule's columns and its luck are gone (choose/2)."
)
GUESSED = (
    "The values of margin under one loss were called replicates without one repeated run, and gave a noise, probabilities and ranks; drivers and "
    "trade-offs saw the merged trials. Now there is a bound, and what is unknown is called so."
)
EXPECTED = "What to expect of new runs is said, and why it is not what the trial was chosen with."
LOCATED = "Where a measure is best is said in the values that were tried, not as a place on a model's curve; so are edges."
JUDGED = "A run of which nothing is recorded that says how its training went is not called healthy."
COMPARING = "Two trials are compared on the fresh draws that both have, with the noise of the model, else by their levels."
TABLES = (
    "Tables and plots show levels, so that trials that met other draws stand side by side; drivers and trade-offs see the search on the draws that "
    "trials share, not finalists."
)
NAMED = (
    "Every sentence and estimate names its runs, sets of them once; ranks, noise and thresholds are among the sentences. Levels and best runs "
    "name what the choice looked at, not controls or confirming runs, and the population is who could be chosen."
)
STEPS = "Where the gain over the configuration that one began with comes from is said."
WORDED = (
    "Controls say that they are measured over all folds together; the noise of one fold is called so beside that of a draw; a rank correlation names its runs "
    "and that the two measures come from different ones; failed runs are named; one run is not 'runs'. Baselines have a table of their runs."
)
BEHIND = "What `compare` and `drivers` say names its runs in their JSON, too (compare/2)."
CLIPPED = "Resamples of a rank correlation count as at most four standard errors away: one in perfect order is infinitely far on Fisher's scale."
ORDERED = (
    "Drivers see configurations in an order of their own, so that neither rows nor numbers of trials change them; isolation shows the values that "
    "were tried."
)
ALIKE = "Candidates stand side by side, and beside their controls, at one effort, on draws that all of them met."
PLACED = (
    "Every sentence of the verdict has its place, in the order in which one decides (choose/3): what to expect, beside whom, where it fails, what another choice "
    "would cost, how firm, careful, checks that passed. Split, seed or run is written for draw; classes have intervals over groups; candidates show levels with one "
    "kind of rank; without curves there is no health. The demo's goals are stated, as phenotype's own have a worth now."
)
ADVISED = (
    "The verdict says what to do next; a comparison has the interval that the verdict has, from the same draws; both halves of a trial's runs are of the same "
    "folds for all trials, which a rank correlation needs; what did not end well says where; wrong cells have their labels first; probabilities are said to "
    "be too high, too low or neither; the class figure calls the whole procedure by its name."
)
GUESSING = (
    "drivers",
    "isolation",
    "noise",
    "pair",
    "pair_2",
    "partial_dependence",
    "partial_dependence_2",
    "tuning_curve",
)
EXPLAINED: dict[tuple[str, str], str] = {
    **{("demo", f"tables/{name}.csv"): WORDED for name in ("baselines", "noise")},
    ("demo", "tables/conditions.csv"): ALIKE,
    ("sweep", "tables/associations.csv"): f"{GUESSED} {CLIPPED}",
    ("sweep", "choose.json"): f"{EVALUATION} {CODES} {LEVELS} {GUESSED} {LOCATED} {NAMED} {WORDED}",
    ("sweep", "drivers.json"): f"{GUESSED} {LOCATED} {BEHIND}",
    ("demo", "choose.json"): f"{CODES} {LEVELS} {LOCATED} {NAMED} {STEPS} {WORDED} {ALIKE}",
    ("landscape", "choose.json"): f"{CODES} {SCALES} {LEVELS} {LOCATED} {EXPECTED} {NAMED} {STEPS} {WORDED} {ORDERED}",
    ("demo", "report.md"): f"{LEVELS} {LOCATED} {TABLES} {STEPS} {WORDED} {ALIKE}",
    ("landscape", "report.md"): f"{SCALES} {LEVELS} {LOCATED} {EXPECTED} {JUDGED} {TABLES} {STEPS} {WORDED} {ORDERED}",
    ("sweep", "report.md"): f"{EVALUATION} {LEVELS} {GUESSED} {LOCATED} {JUDGED} {TABLES} {WORDED}",
    **{(study, f"tables/{name}.csv"): LEVELS for study in COMPARED for name in ("estimates", "tuning_curve")},
    **{(study, f"tables/{name}.csv"): LEVELS for study in ("demo", "landscape") for name in ("candidates", "ranks")},
    **{(study, "drivers.json"): f"{LOCATED} {BEHIND} {ORDERED}" for study in ("demo", "landscape")},
    **{(study, "tables/drivers.csv"): f"{LOCATED} {ORDERED}" for study in ("demo", "landscape")},
    **{("sweep", f"tables/{name}.csv"): GUESSED for name in GUESSING},
    **{(study, "tables/runs.csv"): f"{FILLING} {JUDGED}" for study in COMPARED},
    **{(study, "compare.json"): f"{COMPARING} {BEHIND}" for study in COMPARED},
    **{(study, "tables/sentences.csv"): f"{NAMED} {WORDED}" for study in COMPARED},
    **{
        (study, f"tables/{name}.csv"): TABLES
        for study in ("demo", "landscape")
        for name in ("history", "isolation", "replicates", "tradeoff", "trials")
    },
    **{
        ("landscape", f"tables/{name}.csv"): TABLES
        for name in ("associations", "pair", "partial_dependence", "partial_dependence_2")
    },
    **{(study, f"tables/{name}.csv"): JUDGED for study in ("landscape", "sweep") for name in ("causes", "trials", "tradeoff")},
    **{
        (study, name): PLACED
        for study in COMPARED
        for name in (
            "choose.json",
            "report.md",
            "compare.json",
            "tables/sentences.csv",
            "tables/candidates.csv",
            "tables/estimates.csv",
        )
    },
    ("demo", "tables/per_class.csv"): PLACED,
    ("landscape", "tables/health.csv"): JUDGED,
    **{(study, "tables/causes.csv"): ADVISED for study in COMPARED},
    ("demo", "tables/most_wrong.csv"): ADVISED,
    **{
        ("demo", name): f"{PLACED} {ADVISED}"
        for name in ("choose.json", "report.md", "tables/sentences.csv", "tables/per_class.csv")
    },
    ("demo", "tables/associations.csv"): f"{CLIPPED} {ADVISED}",
    **{(study, "compare.json"): f"{PLACED} {ADVISED}" for study in ("demo", "landscape")},
    **{(study, "report.md"): f"{PLACED} {ADVISED}" for study in ("landscape", "sweep")},
}


def assert_alike(there: object, now: object, where: str) -> None:
    """Plain data with the same structure, the same text, and the same numbers but for rounding."""
    if isinstance(there, dict) and isinstance(now, dict):
        assert list(there) == list(now), where
        for key in there:
            assert_alike(there[key], now[key], f"{where}.{key}")
    elif isinstance(there, list) and isinstance(now, list):
        assert len(there) == len(now), where
        for place, (one, other) in enumerate(zip(there, now, strict=True)):
            assert_alike(one, other, f"{where}[{place}]")
    elif isinstance(there, float) or isinstance(now, float):
        assert isinstance(there, int | float) and isinstance(now, int | float), (where, there, now)
        assert math.isclose(there, now, rel_tol=SAME, abs_tol=1e-9), (where, there, now)
    elif isinstance(there, str) and isinstance(now, str):
        assert_said_alike(there, now, SPOKEN, where)
    else:
        assert there == now, (where, there, now)


def assert_said_alike(there: str, now: str, tolerance: float, where: str) -> None:
    """The same words, and the same numbers but for rounding."""
    for line, (one, other) in enumerate(zip(there.splitlines(), now.splitlines(), strict=False), 1):
        assert NUMBER.sub("#", one) == NUMBER.sub("#", other), f"{where}, line {line}"
        for was, value in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True):
            assert math.isclose(float(was), float(value), rel_tol=tolerance, abs_tol=1e-9), (
                f"{where}, line {line}: {one} / {other}"
            )
    assert len(there.splitlines()) == len(now.splitlines()), where


@pytest.mark.parametrize("name", COMPARED)
def test_a_recorded_study_answers_as_it_did(name, tmp_path):
    recorded = HERE / name
    there = {path.relative_to(recorded / "answers").as_posix(): path for path in (recorded / "answers").rglob("*.*")}
    now = answers(unpacked(recorded, tmp_path), *COMPARED[name])
    assert sorted(now) == sorted(there)
    for file, text in now.items():
        was = there[file].read_text()
        if file.endswith(".json"):
            assert_alike(json.loads(was), json.loads(text), f"{name}/{file}")
        else:
            assert_said_alike(was, text, SAME if file.endswith(".csv") else SPOKEN, f"{name}/{file}")


def test_differences_are_explained_where_they_are():
    assert all((HERE / study / "answers" / file).is_file() and reason for (study, file), reason in EXPLAINED.items())


@pytest.mark.parametrize("name", ["demo", "landscape"])
def test_a_recorded_study_is_complete_and_goes_on_when_it_is_asked_for_more(name, tmp_path):
    folder = unpacked(HERE / name, tmp_path)
    before = (folder / "ledger.jsonl").read_bytes()
    again = sw.run(str(folder), executor="inline")
    assert again.finished and (folder / "ledger.jsonl").read_bytes() == before
    if name == "landscape":
        more = sw.run(str(folder), executor="inline", trials="+2")
        assert more.finished and more.state.round == 1 and more.choice().sentences[0].code == "choice.best"
        [confirmed] = [e for e in estimates(more, more.chosen, more.choice()) if (e.kind, e.measure) == ("confirmed", "error")]
        assert {more.state.ended[number].phase.round for number in confirmed.numbers} == {
            1
        }  # never pooled with the round before
        assert (folder / "ledger.jsonl").read_bytes().startswith(before)
