"""New labelled cells, class by class, beside what the study let one expect of each class on groups that it had never seen."""

from collections.abc import Mapping, Sequence

from sweepwright.nouns.plain import Facts, Plain
from sweepwright.nouns.results import Results
from sweepwright.nouns.statement import LEVEL, Statement, counted, listed
from sweepwright.problems.phenotype.class_scores import SHARE, ClassScore, class_scores
from sweepwright.problems.phenotype.options import unit_of
from sweepwright.problems.phenotype.predicted import class_names, of_procedure

Scored = Mapping[str, Plain]


def promises(results: Results, summary: Facts) -> list[Statement]:
    """A statement per class with what its cells were called, then what follows for all of them; empty without labels."""
    scored: Scored = summary.get("classes_of_cells_not_in_training") or {}
    found, group = of_procedure(results), results.samples.get("group")
    known = {} if found is None or group is None else {s.name: s for s in class_scores(found, class_names(results), group)}
    runs = tuple(run.number for run in results.procedure() if run.ending.succeeded) if known else ()
    every = {name: _between(own, known.get(name)) for name, own in scored.items()}
    said = [_of_class(name, own, every[name], runs) for name, own in scored.items()]
    promised = {name: between for name, between in every.items() if between is not None}
    alone = [name for name in scored if name in known and not known[name].can_be_validated]
    return [*said, *_together(scored, promised, runs), *_not_validated(alone, unit_of(results.facts), runs)]


def _between(own: Plain, score: ClassScore | None) -> tuple[float, float] | None:
    """What was promised of a class for as many groups as have it here."""
    return score.promised(own["groups"]) if score is not None and own["groups"] else None


def _of_class(name: str, own: Plain, between: tuple[float, float] | None, runs: tuple[int, ...]) -> Statement:
    """F1 of a class, what its cells were called, and what had been promised."""
    right = own["cells"] - sum(own["called"].values())
    called = ", ".join([f"{right:,} right", *(f"{times:,} called {other}" for other, times in own["called"].items())])
    text, numbers = f"{name}: F1 {own['f1']:.2f}; {counted(own['cells'], 'cell', 'cells')}: {called}", {"value": own["f1"]}
    if between is not None:
        low, high = between
        numbers |= {"low": low, "high": high, "groups": own["groups"]}
        text += f". Promised: {low:.2f} to {high:.2f}" if _says_something(between) else ". Promised: nothing (0 to 1)"
    return Statement("promise.class", f"{text}.", numbers, runs)


def _says_something(between: tuple[float, float]) -> bool:
    """Whether an F1 can lie outside of what was promised."""
    return between[0] > SHARE[0] or between[1] < SHARE[1]


def _together(scored: Scored, promised: Mapping[str, tuple[float, float]], runs: tuple[int, ...]) -> list[Statement]:
    """How many classes kept what was promised, and which did not, of those that could break it."""
    promised = {name: between for name, between in promised.items() if _says_something(between)}
    if not promised:
        return []
    worse = [name for name, (low, _) in promised.items() if scored[name]["f1"] < low]
    better = [name for name, (_, high) in promised.items() if scored[name]["f1"] > high]
    kept = len(promised) - len(worse) - len(better)
    text = f"F1 lies within what was promised ({100 * LEVEL:.0f} % each) for {kept} of {counted(len(promised), 'class', 'classes')}"
    text += f"; below: {listed(worse)}" * bool(worse) + f"; above: {listed(better)}" * bool(better)
    return [Statement("promise.classes", f"{text}.", {"promised": len(promised), "kept": kept}, runs)]


def _not_validated(alone: Sequence[str], unit: str, runs: tuple[int, ...]) -> list[Statement]:
    """The classes of which nothing could be promised."""
    if not alone:
        return []
    text = f"Could not be validated, as all their training cells were on one {unit}: {listed(alone)}. Nothing was promised of them."
    return [Statement("promise.not_validated", text, {"classes": len(alone)}, runs)]
