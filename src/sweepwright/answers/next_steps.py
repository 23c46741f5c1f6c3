"""What to do next: how the model that is kept is used, and what would make the numbers surer."""

from collections.abc import Sequence

from sweepwright.answers.cautions import standing
from sweepwright.answers.estimates import Estimate, told_apart
from sweepwright.nouns.statement import Statement
from sweepwright.study.study import Study


def next_steps(study: Study, found: Sequence[Estimate]) -> list[Statement]:
    """What somebody who has read the verdict can do with it; nothing where the study has nothing to go on with."""
    if standing(study):
        return [Statement("next.finish", "To finish the study: `sweepwright run STUDY` (STUDY: its folder).")]
    first = study.goals[0].name
    nested = next((e for e in found if e.measure == first and e.kind == "nested estimate" and e.ahead is not None), None)
    return [*_apply(study, nested), *_more_groups(nested)]


def _apply(study: Study, nested: Estimate | None) -> list[Statement]:
    """The command that labels new data, where a model is kept and the problem can."""
    number = study.state.kept
    if number is None or study.problem.predict is None:
        return []
    text = "To apply the kept model to new data: `sweepwright predict STUDY DATA --out FILE` (STUDY: the folder of this study)."
    if nested is not None and nested.ahead is not None and nested.ahead.score.groups > 1:
        text += f" Where the data have labels and name their {nested.ahead.unit}s, it says whether they score as promised here."
    return [Statement("next.apply", text, {"run": number}, (number,))]


def _more_groups(nested: Estimate | None) -> list[Statement]:
    """What the interval of the mean comes from: groups, of which no search makes more."""
    if nested is None or nested.ahead is None or nested.low is None or nested.high is None or nested.low == nested.high:
        return []
    ahead = nested.ahead
    _, low, high = told_apart(nested.value, nested.low, nested.high)
    text = (
        f"The interval of the mean of {nested.measure}, [{low}, {high}], comes from how these {ahead.named(ahead.score.groups)} differ: more trials do not narrow "
        f"it, more {ahead.unit}s do (four times as many that differ alike: about half as wide)."
    )
    return [Statement("next.groups", text, {"groups": ahead.score.groups}, nested.numbers)]
