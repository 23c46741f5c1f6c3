"""What to be careful about with a choice, each with a code that programs can read."""

from sweepwright.choosing.effects.edges import edges
from sweepwright.choosing.frame import completed, measure_column, measures_in
from sweepwright.choosing.noise.components import copies_of
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.phase import PROPOSING, TRAINING
from sweepwright.nouns.statement import Statement, counted, listed
from sweepwright.record.events import TrialInvalidated
from sweepwright.study.frames import searched
from sweepwright.study.study import Study


def cautions(study: Study, chosen: int | None) -> tuple[Statement, ...]:
    """Everything to be careful about with a choice; without one, only what failed."""
    return tuple(_failures(study) if chosen is None else _warnings(study, chosen))


def _warnings(study: Study, chosen: int) -> list[Statement]:
    found = [
        *_not_finished(study),
        *_made_before(study),
        *_copies(study),
        *_edges(study),
        *_unfinished(study, chosen),
        *_failures(study),
        *_of_data(study),
    ]
    if study.folds(study.reference) > 1 and study.file.protocol.finalists.trials == 0:
        text = "The choice rests on one split into folds; another split may choose another trial."
        found.append(Statement("one_split", text))
    if study.file.protocol.confirm.how == "off":
        found.append(Statement("not_confirmed", "Nothing was confirmed: the selection score is optimistic."))
    return found


def standing(study: Study) -> str:
    """What is missing of a study; empty where it is finished."""
    ended = study.state.runs
    failed = sum(not run.ending.succeeded for run in ended)
    if study.state.ended and failed == len(study.state.ended):
        return "every run failed: there is nothing to choose from; the causes are below"
    if study.finished or study.adopted:
        return ""
    steps = study.state.begun
    step = f" in the step {steps[-1]}" if steps else ""
    expected = study.state.expected
    count = f" ({len(study.state.ended)} of {expected} planned runs have ended)" if expected else ""
    return f"the study is not finished: it stands{step}{count}, and what is said here rests on what there is"


def _not_finished(study: Study) -> list[Statement]:
    """That a choice stands and what comes after it does not."""
    missing = standing(study)
    return [Statement("not_finished", f"{missing[0].upper()}{missing[1:]}.")] if missing else []


def _of_data(study: Study) -> list[Statement]:
    """What the data themselves warn of: it could change a decision."""
    return [Statement("careful.data", str(text)) for text in (study.state.declared.warnings if study.state.declared else ())]


def notes(study: Study) -> tuple[Statement, ...]:
    """What loading the data decided or dropped."""
    return tuple(Statement("data", str(note)) for note in (study.state.declared.notes if study.state.declared else ()))


def _made_before(study: Study) -> list[Statement]:
    """What has changed since the choice was made: it stands until the next round makes it anew."""
    changed = study.state.since_choice
    trials = [str(event.trial) for event in changed if isinstance(event, TrialInvalidated)]
    reasons = (
        [f"trial{'s' * (len(trials) > 1)} {listed(trials)} {'were' if len(trials) > 1 else 'was'} marked as not to be used"]
        if trials
        else []
    )
    recorded = [str(Goal.of(text)) for text in study.state.goals]
    edited = bool(recorded) and recorded != [str(goal) for goal in study.goals]  # in the file, and by no session so far
    reasons += ["the goals were changed"] if len(trials) < len(changed) or edited else []
    text = f"The choice was made before {' and '.join(reasons)}: the next round makes it anew."
    return [Statement("made_before", text, {"changes": len(changed) + edited})] if reasons else []


def _copies(study: Study) -> list[Statement]:
    """Runs that repeat another one of their trial to the last digit: they count once, and should not be there."""
    runs = completed(study.runs())
    own = runs[runs["step"].isin(TRAINING)]
    copied = own[copies_of(own)] if measures_in(own) else own.head(0)
    if copied.empty:
        return []
    text = (
        f"{counted(len(copied), 'run repeats', 'runs repeat')} another one of {'its' if len(copied) == 1 else 'their'} trial to the last digit in every "
        "measure, and count once: the training may ignore its seed, or the data have no other split."
    )
    return [Statement("copies", text, {"runs": len(copied)}, tuple(int(run) for run in copied["run"]))]


def _edges(study: Study) -> list[Statement]:
    """Parameters that are best at an end of what was searched beyond which there are values."""
    runs = searched(study.runs(), study.reference.name, study.searching)
    goal = study.goals[0]
    if measure_column(goal.name) not in runs:
        return []
    return [edge.statement for edge in edges(runs, goal.name, goal.sign, study.axes)]


def _unfinished(study: Study, chosen: int) -> list[Statement]:
    runs = study.runs()
    proposed = runs[runs["step"].isin(PROPOSING)]
    unfinished = proposed[proposed["verdict"] == "UNFINISHED"]
    if unfinished.empty:
        return []
    own = runs[(runs["trial"] == chosen) & (runs["condition"] == study.reference.name)]["verdict"].eq("UNFINISHED").sum()
    mine = f"; {own} of them are the chosen trial's" if own else "; none is the chosen trial's"
    text = f"{len(unfinished)} of {len(proposed)} searching runs are UNFINISHED (the solver stopped at its cap){mine}."
    numbers = {"runs": len(unfinished), "of": len(proposed), "own": int(own)}
    code = "careful.unfinished" if own else "passed.unfinished"
    return [Statement(code, text, numbers, tuple(int(run) for run in proposed["run"]))]


def _failures(study: Study) -> list[Statement]:
    early_ones = [run for run in study.state.runs if run.ending is Ending.STOPPED]
    stopped = len(early_ones)
    failed = [run for run in study.state.runs if not run.ending.succeeded and run.ending is not Ending.STOPPED]
    text = f"{counted(stopped, 'run of the search was', 'runs of the search were')} stopped early: behind the median of others."
    early = [Statement("stopped_runs", text, {"runs": stopped}, tuple(run.number for run in early_ones))] if stopped else []
    if not failed:
        return early
    first = failed[0]
    more = (
        f" Its traceback: {study.run_folder(first.number) / 'traceback.txt'}"
        if (study.run_folder(first.number) / "traceback.txt").exists()
        else ""
    )
    return [
        *early,
        Statement(
            "failed_runs",
            f"{len(failed)} of {len(study.state.ended)} runs did not complete; the first is run {first.number} "
            f"({first.cause or first.ending}).{more}",
            {"runs": len(failed), "of": len(study.state.ended)},
            tuple(run.number for run in failed),
        ),
    ]
