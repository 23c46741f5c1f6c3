"""Confirmation: the reported numbers, from draws on which nothing was selected, or from the whole procedure repeated."""

from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.decision import Decision
from sweepwright.nouns.phase import Part, Phase, Step
from sweepwright.running.plan import Plan
from sweepwright.running.runner import Ask, Runner
from sweepwright.running.sampler import sampler_named
from sweepwright.running.selection import Selection
from sweepwright.study.study_file import StudyFileError


def confirm(runner: Runner, plan: Plan) -> None:
    """Fresh draws for the chosen, the runner-up and the incumbent; or the whole procedure in each held condition."""
    choice, settings = runner.state.decision(), runner.study.file.protocol.confirm
    if choice is None or choice.chosen is None or settings.how == "off":
        return
    if settings.how == "nested":
        _procedure(runner, plan)
    else:
        _trials(runner, choice)
    if settings.controls:
        runner.fixed(runner.state.now(Step.CONFIRM, Part.CONTROLS), _controls(runner, choice.chosen))


def _trials(runner: Runner, choice: Decision) -> None:
    study, state, settings = runner.study, runner.state, runner.study.file.protocol.confirm
    configurations = [state.trials[trial].configuration for trial in choice.order[: settings.trials]]
    if study.file.incumbent:
        configurations.append(study.space.canonical(study.file.incumbent))
    unique = {study.space.identity(c): c for c in configurations}
    start = runner.first_fresh_draw(Step.CONFIRM)
    places = runner.places(Step.CONFIRM, range(start, start + settings.draws))
    effort = study.effort(settings.effort or study.file.protocol.explore.effort).name
    runner.fixed(state.now(Step.CONFIRM, Part.FRESH), [Ask(c, places, effort) for c in unique.values()])


def _procedure(runner: Runner, plan: Plan) -> None:
    """On each inner condition the search and its own choice by the same rule; one refit on its outer condition."""
    study, state, protocol = runner.study, runner.state, runner.study.file.protocol
    if sampler_named(protocol.explore.sampler).adaptive or any(plan.exploit.values()):
        raise StudyFileError(
            "Nested confirmation repeats the search and needs a grid, random or qmc sampler and nothing to exploit, but the "
            "search goes by results. Use confirm: {how: fresh}, or explore: {sampler: qmc} and exploit: {trials: 0}."
        )
    held = [c for c in study.resolved.conditions if c.chosen_on is not None and Step.CONFIRM in c.steps]
    if not held:
        raise StudyFileError(
            f"Nested confirmation needs held conditions, and {study.problem.name!r} has none. Use confirm: {{how: fresh}}."
        )
    searched = {p.trial: None for p in state.asked_in(Step.EXPLORE) if p.trial not in state.invalid}
    effort = study.effort(protocol.explore.effort).name
    inner = [study.condition(c.chosen_on) for c in held if c.chosen_on]
    places = tuple((c.name, r, study.folds(c)) for c in inner for r in range(study.folds(c)))
    runner.fixed(state.now(Step.CONFIRM, Part.INNER), [Ask(state.trials[t].configuration, places, effort) for t in searched])
    selection, asks = Selection(study, runner.journal), []
    refit = study.effort(protocol.confirm.effort or protocol.explore.effort).name
    for outer in held:
        assert outer.chosen_on is not None
        if selection.is_open(outer.name):
            runs = selection.inner(outer.chosen_on)
            selection.record(outer.name, Phase(Step.CONFIRM, Part.INNER), runs, study.folds(study.condition(outer.chosen_on)))
        choice = state.decision(outer.name)
        if choice is not None and choice.chosen is not None:
            place = (outer.name, 0, study.folds(outer))
            asks.append(Ask(state.trials[choice.chosen].configuration, (place,), refit))
    runner.fixed(state.now(Step.CONFIRM, Part.OUTER), asks)


def _controls(runner: Runner, chosen: int) -> list[Ask]:
    study = runner.study
    controls = [c for c in study.resolved.conditions if c.kind is ConditionKind.CONTROL and Step.CONFIRM in c.steps]
    effort = study.effort(study.file.protocol.explore.effort).name
    places = tuple((c.name, r, study.folds(c)) for c in controls for r in range((c.draws or 1) * study.folds(c)))
    return [Ask(runner.state.trials[chosen].configuration, places, effort)] if places else []
