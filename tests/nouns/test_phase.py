"""Phases: their text, and their order, which is that of the protocol."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.nouns.phase import Part, Phase, Step

INSIDE = st.one_of(
    st.just({}), st.sampled_from(Part).map(lambda part: {"part": part}), st.integers(1, 300).map(lambda n: {"stage": n})
)
PHASES = st.builds(
    lambda step, inside, number: Phase(step, round=number, **inside), st.sampled_from(Step), INSIDE, st.integers(0, 20)
)


@given(PHASES)
def test_the_text_is_read_as_what_wrote_it(phase):
    assert Phase.of(str(phase)) == phase


@given(PHASES, PHASES)
def test_the_order_is_total_and_goes_by_rounds(one, other):
    assert (one < other) + (other < one) + (one == other) == 1
    if one.round < other.round:
        assert one < other and one.precedes(other) and not other.precedes(one)


@given(PHASES, PHASES)
def test_a_later_round_of_the_same_continues_it(one, other):
    assert one.continues(other) == (one.in_round(0) == other.in_round(0) and one.round > other.round)
    assert one.within(Phase(one.step)) and (one.within(other) or one.in_round(0) != other.in_round(0))


def test_the_protocol_in_order():
    texts = [
        "before", "audit", "explore", "exploit", "exploit/1", "exploit/2", "exploit/10", "exploit/joint", "finalists/1", "finalists/2",
        "confirm/inner", "confirm/outer", "confirm/fresh", "confirm/controls", "keep", "study",
        "explore/replicates/+1", "exploit/replicates/+1", "explore/+1", "study/+1", "explore/replicates/+2",
    ]  # fmt: skip
    phases = [Phase.of(text) for text in texts]
    assert all(one < other for one, other in pairwise(phases))


@pytest.mark.parametrize(
    "text", ["", "explor", "explore/", "exploit/0x", "explore/+0", "exploit/two", "exploit/2/joint", "a/b/c", "explore\n"]
)
def test_what_is_no_phase_is_said(text):
    with pytest.raises(ValueError, match="there is no phase"):
        Phase.of(text)


def test_a_part_and_a_stage_at_once_are_refused():
    with pytest.raises(ValueError, match="part or a stage"):
        Phase(Step.EXPLOIT, Part.JOINT, stage=2)
