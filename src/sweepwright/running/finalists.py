"""Finalists: the best few again on fresh draws, fewer and fewer of them; then the choice, from all that a choice may look at."""

from sweepwright.choosing.frame import in_steps
from sweepwright.nouns.decision import WHOLE_STUDY
from sweepwright.nouns.phase import Phase, Step
from sweepwright.running.plan import Plan
from sweepwright.running.pooling import correct_selection
from sweepwright.running.runner import Ask, Runner
from sweepwright.running.selection import Selection
from sweepwright.study.frames import runs_frame, that_decide


def finalists(runner: Runner, plan: Plan) -> None:
    """Run the rounds and record the choice of the study, from the search and the finalists of all rounds."""
    study = runner.study
    selection = Selection(study, runner.journal)
    searching, effort = study.searching, study.deciding
    if plan.finalists:
        _rounds(runner, selection, plan, searching, effort)
    if selection.is_open(WHOLE_STUDY):
        runs = that_decide(runs_frame(selection.state), study.reference.name, searching, effort)
        step = Step.EXPLORE if in_steps(runs, Step.FINALISTS).empty else Step.FINALISTS
        selection.record(WHOLE_STUDY, Phase(step), runs)
    correct_selection(study, runner.journal)


def _rounds(runner: Runner, selection: Selection, plan: Plan, searching: str, effort: str) -> None:
    """The rounds: the first from all that the search tried, each later one from who is still in."""
    state = runner.state
    among = [trial for trial in dict.fromkeys(run.trial for run in state.runs) if trial >= 0 and trial not in state.invalid]
    start = runner.first_fresh_draw(Step.FINALISTS)
    phases: list[Phase] = []
    for i, (count, fresh) in enumerate(plan.finalists):
        stay = selection.hearing(among, count, effort if phases else searching, phases)[:count]
        if not stay:
            return
        places = runner.places(Step.FINALISTS, range(start, start + fresh))
        phase = state.now(Step.FINALISTS, stage=i + 1 if len(plan.finalists) > 1 else None)
        runner.fixed(phase, [Ask(state.trials[t].configuration, places, effort) for t in stay])
        start += fresh
        phases.append(phase)
        among = stay
