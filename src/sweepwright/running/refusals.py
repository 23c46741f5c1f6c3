"""What cannot be run, said in one sentence before anything is written.

What is declared and not honoured is refused, not ignored: a study that ignores a wish answers another question.
"""

from collections.abc import Sequence

from sweepwright.errors import did_you_mean, has_no
from sweepwright.measures.criteria import criteria
from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.measure import Of
from sweepwright.nouns.phase import Step
from sweepwright.running.executor import executor_named
from sweepwright.running.plan import Plan, plan
from sweepwright.running.sampler import sampler_named
from sweepwright.space import Role
from sweepwright.space.bounds import bounds
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError


def check_plan(study: Study, accept: Sequence[str] = ()) -> Plan:
    """The plan of a study, after everything that can be wrong with it, as far as it can be known before the first run."""
    protocol, executor = study.file.protocol, study.file.executor
    for step in (protocol.audit, protocol.explore, protocol.exploit, protocol.finalists, protocol.confirm, protocol.keep):
        study.effort(step.effort)
    _check_parameters(study)
    for lacking in (
        executor_named(executor.kind).lacking(executor),
        *(sampler_named(step.sampler).lacking() for step in (protocol.explore, protocol.exploit)),
    ):
        if lacking:
            raise StudyFileError(lacking)
    for refuse in (_goals, _measures, _products, _conditions, _known_configurations):
        refuse(study)
    if study.file.inactive:
        raise StudyFileError(
            f"inactive: {study.file.inactive[0]!r} is for adopted sweeps. In a study of your own say it in the space, where it saves "
            "runs: margin: {choice: [...], when: \"loss == 'triplet'\"} names where a parameter is active."
        )
    for rule in study.file.tranches.values():
        bounds(rule)
    criteria({}, study.file.criteria)
    names = [check.name for check in study.problem.checks]
    for name in accept:
        if name not in names:
            raise StudyFileError(has_no(f"The problem {study.problem.name!r}", "check", name, names))
    return plan(study)


def _check_parameters(study: Study) -> None:
    known = list(study.space)
    if not known:
        raise StudyFileError(
            "The space has no parameter. Write in the study file for example: space: {lr: {float: [1e-4, 0.1]}}"
        )
    for name in study.problem.reads(study.facts) if study.problem.reads else ():
        if name.split("/")[0] not in known:
            hint = did_you_mean(name, known) or f"it has {', '.join(known)}."
            raise StudyFileError(f"{study.problem.name!r} asks for {name!r}, which is not in the space; {hint}")
    for slot in study.space.slots:
        if slot.name in study.space.dimensions and slot.parameter.role is Role.NUISANCE:
            raise StudyFileError(
                f"The parameter {slot.name!r} has role='nuisance', but every parameter that is searched is treated alike so far. "
                "Leave the role out, or fix the parameter with Fixed."
            )


# --- what is declared and not honoured so far ---------------------------------------------------------------------------


def _goals(study: Study) -> None:
    for goal in study.goals:
        if goal.at is not None:
            raise StudyFileError(
                f"The goal {goal.name!r} asks for at={goal.at!r}, but goals read the reference condition "
                f"({study.reference.name!r}) only so far. Leave at= out."
            )
        if goal.stage is not None:
            raise StudyFileError(
                f"The goal {goal.name!r} asks for stage={goal.stage}, but every goal steers all stages so far. Leave stage= out."
            )


def _measures(study: Study) -> None:
    """Measures that no code would compute."""
    folded = any(study.folds(c) > 1 or c.chosen_on is not None for c in study.resolved.conditions)
    for measure in study.problem.all_measures():
        if measure.looks_at is Of.PAIR:
            raise StudyFileError(
                f"The measure {measure.name!r} is of two runs, but measures of pairs are not computed so far. Leave it out."
            )
        if measure.looks_at is Of.POOLED and not folded:
            raise StudyFileError(
                f"The measure {measure.name!r} pools the folds of a split, but {study.problem.name!r} has no folds. Declare folds, "
                "or make it a measure of one outcome: Measure.of."
            )


def _products(study: Study) -> None:
    for product in study.problem.products:
        if product.of == "run":
            raise StudyFileError(
                f"The product {product.name!r} is of 'run', but products are of 'data' or 'draw' only so far. Leave it out, or "
                "let train put the arrays into its outcome."
            )


def _conditions(study: Study) -> None:
    for condition in study.resolved.conditions:
        control = condition.kind is ConditionKind.CONTROL
        others = [step for step in condition.steps if step != Step.CONFIRM]
        if control and others:
            raise StudyFileError(
                f"The control {condition.name!r} asks for the step {str(others[0])!r}, but controls run for the chosen trial only, when it "
                "is confirmed. Write steps=('confirm',)."
            )
        if condition.draws is not None and not control:
            raise StudyFileError(
                f"The condition {condition.name!r} asks for draws={condition.draws}, but only controls have draws of their own. Leave it "
                "out, or make it a control: kind='control'."
            )


def _known_configurations(study: Study) -> None:
    """A configuration that is to be run, and that a constraint forbids."""
    named = [("incumbent", study.file.incumbent), *(("known configuration", known) for known in study.problem.known)]
    for what, configuration in named:
        if not configuration:
            continue
        try:
            canonical = study.space.canonical(configuration)
        except ValueError:
            if what == "incumbent":
                raise
            continue  # the study file narrowed the space: the plan says so
        if sentence := study.space.broken(canonical):
            shown = ", ".join(f"{name}={value}" for name, value in canonical.items())
            raise StudyFileError(f"The {what} {shown} breaks a constraint: {sentence}. Change the one or the other.")
