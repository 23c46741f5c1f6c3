"""What may change in the study file of a study that stands: what goes on, and what is another question."""

import json
from collections.abc import Mapping
from typing import Any

from sweepwright.nouns.phase import PROPOSING, Part, Phase, Step
from sweepwright.nouns.plain import Settings
from sweepwright.record.plans import Extension
from sweepwright.record.state import State
from sweepwright.running.plan import Plan, draws_of
from sweepwright.running.sampler import PointSampler, sampler_named
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFile, StudyFileError, merged, validated

FREE = {"executor", "goals", "made", "keep", "budget", "replicates", "protocol"}
GROWING = {"trials", "draws", "joint"}  # of a search that has begun


def changed(study: Study, asked: Settings, whole: bool = False) -> StudyFile:
    """The study's file with what is asked for; a StudyFileError where that is another question than the study answers."""
    old = study.file.model_dump()
    new = dict(asked) if whole else merged(old, asked)
    new = merged(new, {"lag": old["lag"], "made": old["made"]})
    file = validated(new, "The call")
    new = file.model_dump()
    for key in old:
        if key not in FREE and new[key] != old[key]:
            raise _another(study, key, old[key], new[key])
    if study.state.proposals:
        for name in ("runs", "trials"):
            _may_grow(study, f"budget.{name}", old["budget"][name], new["budget"][name])
        _may_grow(study, "replicates", old["replicates"], new["replicates"])
    for step, there in old["protocol"].items():
        _step_may_change(study, step, there, new["protocol"][step])
    return file


def _step_may_change(study: Study, step: str, there: Settings, asked: Settings) -> None:
    """A step that has not begun may change; a search that has may grow."""
    begun = {phase.step for phase in study.state.begun}
    if there == asked or (step not in begun and not (step == "stopping" and Step.EXPLORE in begun)):
        return
    for key in there:
        if there[key] != asked[key]:
            if step in PROPOSING and key in GROWING:
                _may_grow(study, f"protocol.{step}.{key}", there[key], asked[key])
            else:
                raise _another(study, f"protocol.{step}", there, asked)


def _may_grow(study: Study, name: str, there: int | None, asked: int | None) -> None:
    if there is not None and asked is not None and asked < there:
        raise StudyFileError(
            f"{name} of {study.folder} is {there} and can only grow, but {asked} is asked now: what ran stays. "
            f"Start a new study: --folder {study.folder}-2"
        )


def _another(study: Study, key: str, there: Any, asked: Any) -> StudyFileError:
    """The error for another question in the same folder; it names the innermost key that differs."""
    name = key
    while isinstance(there, Mapping) and isinstance(asked, Mapping):
        inner = next(k for k in (*there, *asked) if there.get(k) != asked.get(k))
        name, there, asked = f"{name}.{inner}", there.get(inner), asked.get(inner)
    return StudyFileError(
        f"{study.folder} holds a study with another {key}: {name} is {_short(there)} there, {_short(asked)} asked now. "
        f"Start a new one: --folder {study.folder}-2"
    )


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 60 else text[:57] + "..."


# --- more of a study that is complete ---------------------------------------------------------------------------------


def wanting(study: Study, planned: Plan) -> Extension | None:
    """What the study file asks for beyond what a complete study holds, or None."""
    state = study.state
    choice = state.decision()
    explore = 0 if _ended_by_hours(study, Step.EXPLORE) else max(0, planned.explore - asked_for(state, Step.EXPLORE))
    exploit = (
        0 if _ended_by_hours(study, Step.EXPLOIT) else max(0, sum(planned.exploit.values()) - asked_for(state, Step.EXPLOIT))
    )
    there, wanted = _draws_there(study), draws_of(study, study.file.protocol.explore)
    more = (there, wanted) if there and wanted > there else None
    reasons = [f"{explore + exploit} more configurations"] if explore or exploit else []
    reasons += [f"{wanted} replicates instead of {there}"] if more else []
    if choice is not None and choice.goals != tuple(str(goal) if choice.with_worth else goal.bare for goal in study.goals):
        reasons.append("other goals")
    if choice is not None and {choice.chosen, choice.runner_up} & set(state.invalid):
        reasons.append("a trial of the choice was invalidated")
    return Extension(explore, exploit, more, ", ".join(reasons)) if reasons else None


def extension_by(study: Study, planned: Plan, trials: int) -> Extension:
    """So many more configurations: by the model-based search where the study has one, else as it explored."""
    state = study.state
    why = f"{trials} more configurations"
    if planned.exploit:
        return Extension(exploit=trials, why=why)
    sampler = sampler_named(study.file.protocol.explore.sampler)
    if isinstance(sampler, PointSampler) and sampler.exhaustive:
        there = asked_for(state, Step.EXPLORE)
        left = len(sampler.points(study.space, state.root, str(Phase(Step.EXPLORE)), there, trials))
        if left < 1:
            raise StudyFileError(
                f"{study.folder} has run its whole grid of {there} configurations: there is nothing to add. "
                "Start a study with a wider space, or one with another sampler."
            )
        trials = left
    return Extension(explore=trials, why=why)


def asked_for(state: State, step: Step) -> int:
    """The proposals of a search in all rounds; further draws of what was searched are none."""
    return sum(proposal.phase.part is not Part.REPLICATES for proposal in state.asked_in(step))


def _draws_there(study: Study) -> int:
    state = study.state
    later = [extension.draws[1] for extension in state.extensions if extension.draws]
    first = state.asked(Phase(Step.EXPLORE))[:1]
    runs = [state.planned[run] for proposal in first for run in proposal.runs]
    return max([*later, len({plan.draw for plan in runs if plan.condition == study.reference.name})])


def _ended_by_hours(study: Study, step: Step) -> bool:
    """Whether the last search of a step ended for want of time, and there is no more time now."""
    ended = [event for phase, event in study.state.limits.items() if phase.step is step]
    return bool(ended) and study.file.budget.hours is not None and study.file.budget.hours <= ended[-1].hours
