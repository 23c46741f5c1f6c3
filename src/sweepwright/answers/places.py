"""Where each sentence of a verdict stands: in the order in which somebody who has to decide reads them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from sweepwright.nouns.statement import Statement


class Place(StrEnum):
    """A part of the verdict; the value is its heading, the order that of reading."""

    CHOSEN = "What was chosen"
    EXPECT = "What to expect"
    BESIDE = "Beside others"
    FAILS = "Where it fails"
    COSTS = "What another choice would cost"
    FIRM = "How firm it is"
    CAREFUL = "To be careful about"
    NEXT = "What to do next"
    PASSED = "Checks that passed"
    DECIDED = "How it was decided"
    SHOWN = "What the runs show"


FOLDED = (Place.PASSED, Place.DECIDED)  # nobody needs them to decide: there, and folded away
# by a code, else by its first part; the first part of a problem's own codes is the place's name
PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("chosen", "kept", "choice.none", "choice.open", "goal"), Place.CHOSEN),
    "adopted": Place.EXPECT,
    **dict.fromkeys(("choice.loss", "choice.once", "choice.fact", "choice.noise_unknown", "choice.noise_of_model"), Place.FIRM),
    **dict.fromkeys(("choice.bounds", "choice.failed_itself", "choice.no_value", "choice.never_ran", "choice.by_condition"), Place.CAREFUL),
    **dict.fromkeys(("choice", "procedure", "data", "stopped_runs"), Place.DECIDED),
    **dict.fromkeys(("rank", "noise", "threshold"), Place.FIRM),
    **dict.fromkeys(
        ("drivers", "ablation", "location", "unit_effect", "association", "reversal", "health", "completion", "criterion"), Place.SHOWN
    ),
}  # fmt: skip


def place_of(said: Statement) -> Place:
    """Where a sentence stands; one of a kind that nobody placed is something to be careful about.

    >>> place_of(Statement("fails.classes", "Grape is not found."))
    <Place.FAILS: 'Where it fails'>
    """
    first = said.code.split(".")[0]
    return PLACES.get(said.code) or PLACES.get(first) or Place.__members__.get(first.upper()) or Place.CAREFUL


def in_places(said: Iterable[Statement]) -> dict[Place, tuple[Statement, ...]]:
    """Sentences by place, in the order of reading; places without one are left out."""
    everything = [(place_of(one), one) for one in said]
    found = {place: tuple(one for there, one in everything if there is place) for place in Place}
    return {place: own for place, own in found.items() if own}
