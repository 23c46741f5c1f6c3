"""How many runs a study will make, before anything runs."""

from sweepwright.runs import Condition, ConditionKind
from sweepwright.study import sampling
from sweepwright.study.phases import PAIRED
from sweepwright.study.search import default_trials
from sweepwright.study.settings import Search
from sweepwright.study.study import Study


def count_runs(study: Study) -> dict[str, int]:
    """How many runs each step would make, before anything runs (what depends on choices counts at its largest)."""
    file, space = study.file.protocol, study.space
    reference = [c for c in study.resolved.conditions if c.kind in PAIRED]

    def places(step: str, draws: int) -> int:
        return sum(draws * study.folds(c) for c in reference if step in c.steps)

    def size(settings: Search) -> int:
        if settings.trials == 0:
            return 0
        return (
            len(sampling.grid(space, settings.trials))
            if settings.sampler == "grid"
            else settings.trials or default_trials(study)
        )

    explored = size(file.explore)
    counts = {
        "before": len(study.resolved.baselines) * places("explore", file.explore.draws),
        "audit": min(file.audit.trials, len(study.problem.known)) * places("audit", file.audit.draws),
        "explore": explored * places("explore", file.explore.draws),
        "exploit": size(file.exploit) * places("exploit", file.exploit.draws),
        "finalists": min(file.finalists.trials, explored) * places("finalists", file.finalists.draws),
    }
    if file.confirm.how == "nested":
        held = [c for c in study.resolved.conditions if c.chosen_on]
        counts["confirm"] = sum(explored * study.folds(study.condition(c.chosen_on or "")) + 1 for c in held)
    elif file.confirm.how == "fresh":
        counts["confirm"] = (3 if study.file.incumbent else 2) * places("confirm", file.confirm.draws)
    if file.confirm.how != "off" and file.confirm.controls:
        controls: list[Condition] = [c for c in study.resolved.conditions if c.kind is ConditionKind.CONTROL]
        counts["controls"] = sum((c.draws or 1) * study.folds(c) for c in controls)
    counts["keep"] = sum("keep" in c.steps for c in study.resolved.conditions) if file.keep.model else 0
    return {step: count for step, count in counts.items() if count}
