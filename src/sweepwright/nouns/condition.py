"""A condition: a named way to see the data while training."""

from dataclasses import dataclass, field
from enum import StrEnum

from sweepwright.nouns.phase import NAMEABLE, TRAINING, Step
from sweepwright.nouns.plain import Plain, Settings


class ConditionKind(StrEnum):
    """In which way a condition changes what training sees."""

    VIEW = "view"  # the same samples: runs can be paired
    WORLD = "world"  # other samples: another data set, another model
    CONTROL = "control"  # spoiled on purpose; for the chosen trial only
    HELD = "held"  # an outer fold: nothing outside its own procedure is selected on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A named way to see the data while training; the first one of a problem is the reference.

    `steps` are the protocol steps that use it; `folds` replaces the problem's number of folds (1: no folds); `draws` the
    number of draws of a control. A held condition that judges a *procedure* names, in `chosen_on`, the condition on which
    its configuration is searched. `settings` is what `train` needs to know, as plain data.

    `meaning` is the sentence that a verdict says of a control, in the problem's words, with the fields ``{goal}``, ``{control}``
    (what it gives), ``{chosen}`` (what the chosen one gives unspoiled) and ``{unit}``. A control is a check that it should fail:
    the chosen one does better. One that `is_finding` is no check: what it gives is said with what to expect.

    >>> Condition(name="free", kind="control", is_finding=True, meaning="A split that ignores {unit}s promises {goal} {control}.").said(
    ...     goal="f1", control="0.85", chosen="0.77", unit="plate")
    'A split that ignores plates promises f1 0.85.'
    """

    name: str
    kind: ConditionKind = ConditionKind.VIEW
    steps: tuple[Step | str, ...] = TRAINING
    folds: int | None = None
    draws: int | None = None
    chosen_on: str | None = None
    settings: Settings = field(default_factory=Plain)
    meaning: str = ""
    is_finding: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", ConditionKind(self.kind))
        unknown = set(self.steps) - set(NAMEABLE)
        if unknown:
            raise ValueError(f"Condition {self.name!r} names the step {sorted(unknown)[0]!r}. Steps are {', '.join(NAMEABLE)}.")
        object.__setattr__(self, "steps", tuple(Step(step) for step in self.steps))
        if self.folds is not None and self.folds < 1:
            raise ValueError(f"Condition {self.name!r} needs folds >= 1 (1 means no folds), but got {self.folds}.")
        try:
            self.said(goal="", control="", chosen="", unit="")
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise ValueError(
                f"The meaning of condition {self.name!r} has a field that is not there: {error}. Its fields are {{goal}}, {{control}}, "
                "{chosen} and {unit}."
            ) from None

    def said(self, *, goal: str, control: str, chosen: str, unit: str) -> str:
        """What the condition means, with its numbers."""
        if not self.meaning:
            return f"Control {self.name!r}: {goal} {control} against {chosen}."
        return self.meaning.format(goal=goal, control=control, chosen=chosen, unit=unit)
