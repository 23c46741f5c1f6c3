"""The steps of a study and the phases of its rounds, in the order of the protocol."""

SEARCHING = ("audit", "explore", "exploit", "finalists", "confirm")
STEPS = (*SEARCHING, "keep")
PROPOSING = ("explore", "exploit")
SEARCHED = ("audit", *PROPOSING)
ORDER = ("adopted", "before", "audit", "explore", "exploit", "finalists", "confirm", "keep", "study")


def comes_before(step: str, other: str) -> bool:
    """Whether a step, or a phase of one, belongs to an earlier step or round than another."""
    own, theirs = (((round_of(name), ORDER.index(name.split("/")[0]))) for name in (step, other))
    return own < theirs


def round_of(step: str) -> int:
    """The round that a step's name belongs to: 1 for ``explore/+1``, 0 for ``explore``."""
    return int(step.partition("/+")[2] or 0)
