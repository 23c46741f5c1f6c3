"""What phenotype says of a choice beside the core: classes that cannot be trusted, all classes alike, and whether sparsity is determined."""

from collections.abc import Sequence

import numpy as np

from sweepwright.measures.classification import bootstrap_interval, f1_macro
from sweepwright.measures.groups import group_score
from sweepwright.nouns.results import Results
from sweepwright.nouns.run import Run
from sweepwright.nouns.statement import Statement, listed
from sweepwright.problems.phenotype.class_scores import SHARE, ClassScore, class_scores
from sweepwright.problems.phenotype.options import unit_of
from sweepwright.problems.phenotype.predicted import Predicted, class_names, of_choice

TRUSTED = 0.5  # F1 that the interval of a class must lie above
MOST_NAMED = 6  # classes
APART = 1.5  # times as many coefficients from which the repeats disagree about how many are needed


def remarks(results: Results) -> list[Statement]:
    """Statements of a study that has chosen, each with the runs that it was computed from."""
    found = of_choice(results)
    if found is None:
        return []
    runs = tuple(run.number for run in results.procedure() or results.searched() if run.ending.succeeded)
    group, unit = results.samples.get("group"), unit_of(results.facts)
    scores = class_scores(found, class_names(results), group)
    own = group[found.sample] if group is not None else None
    said = [_classes_alike(found, own, unit, runs), *_not_validated(scores, unit, runs), *_not_trusted(scores, unit, runs)]
    return [*said, *_sparsity(results.procedure())]


def _classes_alike(found: Predicted, group: np.ndarray | None, unit: str, runs: tuple[int, ...]) -> Statement:
    """Macro F1, in which a class of 20 cells counts as much as one of 600."""
    if group is not None:
        score = group_score(f1_macro, group, found.truth, found.predicted, limits=SHARE)
        value, (low, high), over = score.value, score.average(), f"its mean over many {unit}s lies in"
    else:
        value, over = f1_macro(found.truth, found.predicted), "resampling cells gives"
        low, high = bootstrap_interval(f1_macro, np.arange(len(found.truth)), found.truth, found.predicted, seed=0)
    numbers = {"value": value, "low": low, "high": high}
    text = f"With every class counting alike, F1 (macro) is {value:.3f}"
    text += f"; {over} [{low:.3f}, {high:.3f}] (90 %)." if np.isfinite(low) else "."
    if group is not None:
        text += f" Each fold's model saw fewer {unit}s than the one that is kept, which costs rare classes most: the kept one may do better."
    return Statement("expect.classes", text, numbers, runs)


def _not_validated(scores: Sequence[ClassScore], unit: str, runs: tuple[int, ...]) -> list[Statement]:
    """Classes that live on one group: a model that must do without that group has never seen them."""
    alone = [score for score in scores if not score.can_be_validated]
    if not alone:
        return []
    names = listed([f"{score.name} ({score.cells} cells)" for score in alone], MOST_NAMED)
    text = f"Cannot be validated, because all cells are on one {unit}: {names}. What the model says of them on another {unit} is a guess."
    return [Statement("fails.not_validated", text, {"classes": len(alone)}, runs)]


def _not_trusted(scores: Sequence[ClassScore], unit: str, runs: tuple[int, ...]) -> list[Statement]:
    """Classes whose F1 may be low on average over many groups."""
    tested = [score for score in scores if score.can_be_validated]
    weak = sorted((s for s in tested if not s.low > TRUSTED), key=lambda s: s.f1)
    where = f" on average over many {unit}s" if any(s.groups is not None for s in tested) else ""
    if not weak:
        worst = min(tested, key=lambda s: s.low, default=None)
        if worst is None:
            return []
        text = f"Every class has F1 above {TRUSTED:g}{where}; the lowest is {worst.name}, {_span(worst)}."
        return [Statement("fails.none", text, {"low": worst.low}, runs)]
    names = listed(
        [f"{s.name} {_span(s)}{f' (most often mistaken for {s.taken_for})' if s.taken_for else ''}" for s in weak], MOST_NAMED
    )
    left = len(tested) - len(weak)
    text = f"Classes not to be trusted, as their F1 may be {TRUSTED:g} or less{where}: {names}."
    text += f" The other {'one lies' if left == 1 else f'{left} lie'} above." if left else ""
    return [Statement("fails.classes", text, {s.name: s.f1 for s in weak}, runs)]


def _span(score: ClassScore) -> str:
    return f"{score.f1:.2f} [{score.low:.2f}, {score.high:.2f}]" if np.isfinite(score.low) else f"{score.f1:.2f}"


def _sparsity(procedure: Sequence[Run]) -> list[Statement]:
    """Whether the repeats of the procedure agree about how many coefficients are needed."""
    counts = [int(count) for run in procedure if (count := run.measured.get("nonzero")) is not None]
    if len(counts) < 2 or max(counts) <= APART * max(min(counts), 1):
        return []
    text = (
        f"How many features are needed is not determined: repeated {len(counts)} times, each time with another part of the data left out, the procedure kept "
        f"{'; '.join(f'{count:,}' for count in counts)} coefficients. Do not read the list of features as the answer."
    )
    numbers = {"least": min(counts), "most": max(counts)}
    return [Statement("careful.sparsity", text, numbers, tuple(run.number for run in procedure))]
