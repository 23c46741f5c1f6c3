"""Which runs are behind a sentence: named one by one, or as a set that is listed once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sweepwright.answers.analysis import Analysis
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import Statement

RunSets = Mapping[str, tuple[int, ...]]  # by the name of the set
CHOICE, SEARCHED = "choice", "searched"
# by the first part of a sentence's code: which runs it was computed from, where it does not name its own
BEHIND: Mapping[str, str] = {
    **dict.fromkeys(("beside", "choice", "noise", "rank", "threshold"), CHOICE),
    **dict.fromkeys(
        (
            "ablation", "added_parameter", "association", "best_of", "censored", "clipped", "completion", "confounded", "constant_measure", "costs", "drift",
            "drivers", "edge", "health", "inactive", "location", "meaning_depends_on_parameter", "range_changed", "replicates", "reversal",
            "same_measure", "same_order", "too_few_configurations", "unequal_scales", "unit_effect",
        ),
        SEARCHED,
    ),
}  # fmt: skip


def run_sets(analysis: Analysis) -> dict[str, tuple[int, ...]]:
    """The runs that a choice looked at, and those of the search (of all efforts' the search's), by the name of the set."""
    frames = {CHOICE: analysis.deciding, SEARCHED: analysis.search}
    return {name: tuple(sorted(int(run) for run in frame["run"])) for name, frame in frames.items()}


def with_runs(said: Statement, sets: RunSets) -> Statement:
    """A sentence with the runs behind it: its own, else those of the set that sentences of its kind rest on."""
    behind = BEHIND.get(said.code.split(".")[0])
    return said if said.runs or behind is None else replace(said, runs=sets[behind])


def in_spans(runs: Sequence[int]) -> str:
    """Runs in a few words: those that follow each other as a span.

    >>> in_spans([7, 0, 1, 2, 9, 10])
    '0-2 7 9-10'
    """
    spans: list[list[int]] = []
    for run in sorted(set(runs)):
        if spans and run == spans[-1][1] + 1:
            spans[-1][1] = run
        else:
            spans.append([run, run])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def as_named(said: Statement, sets: RunSets) -> Plain:
    """A sentence as plain data; its runs by the name of their set where they are one."""
    named = next((name for name, runs in sets.items() if said.runs and tuple(sorted(said.runs)) == runs), None)
    return {**said.as_data(), "runs": named or list(said.runs)}
