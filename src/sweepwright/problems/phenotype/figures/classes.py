"""How good each class is: beside baselines and controls, against recall, on unseen groups; and whether probabilities are right."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.figures import theme
from sweepwright.measures import classification as c
from sweepwright.measures.groups import group_score
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.results import Results
from sweepwright.problems.phenotype.class_scores import class_scores
from sweepwright.problems.phenotype.options import unit_of
from sweepwright.problems.phenotype.predicted import (
    Predicted,
    class_names,
    feature_type,
    of_baseline,
    of_choice,
    of_condition,
    of_search,
)
from sweepwright.problems.phenotype.scoring import by_class
from sweepwright.problems.phenotype.splits import UNGROUPED

CURVE_POINTS, MOST_WRONG, MOST_PANELS = 80, 40, 24
Z = 1.645  # of a 90 % interval


def scores_table(found: Predicted, classes: Sequence[str]) -> pd.DataFrame:
    """F1, precision and recall of every class, pooled over folds; NaN where a class has no cell."""
    known = by_class(found.truth, found.predicted, classes)
    rows = [known.get(str(name), {"cells": 0}) for name in classes]
    table = pd.DataFrame({"Phenotypic_Class": list(classes), "Cells": [row["cells"] for row in rows]})
    for column, key in (("F1_Score", "f1"), ("Precision", "precision"), ("Recall", "recall")):
        table[column] = pd.to_numeric(pd.Series([row.get(key) for row in rows], dtype=object))
    return table


def classes(results: Results) -> Sequence[Figure]:
    """F1 of every class beside baselines and controls, and precision against recall."""
    found = of_choice(results)
    return [] if found is None else [_scores(results, found), _precision_recall(results, found)]


def _scores(results: Results, found: Predicted) -> Figure:
    """F1 of every class with its interval beside baselines and controls."""
    names, kind, group = class_names(results), feature_type(results), results.samples.get("group")
    own = scores_table(found, names).assign(data_split="test", shuffled=False, feature_type=kind, model=found.who)
    scores = {score.name: score for score in class_scores(found, names, group)}
    own["Low"] = [scores[name].low if name in scores else np.nan for name in names]
    own["High"] = [scores[name].high if name in scores else np.nan for name in names]
    own["Groups"] = [scores[name].groups if name in scores else None for name in names]
    parts = [own]
    spoiled = of_condition(results, "shuffled columns")
    if spoiled is not None:
        parts.append(
            scores_table(spoiled, names).assign(data_split="test", shuffled=True, feature_type=kind, model="shuffled columns")
        )
    for baseline in results.baselines:
        other = of_baseline(results, baseline)
        if other is not None:
            parts.append(
                scores_table(other, names).assign(data_split="test", shuffled=False, feature_type="none", model=baseline)
            )
    table = pd.concat(parts, ignore_index=True)
    alone = [score.name for score in scores.values() if not score.can_be_validated]
    unit = unit_of(results.facts)
    over = f"over {unit}s" if group is not None else "over cells"
    note = f" Cannot be validated, as all their cells are on one {unit}: {', '.join(alone)}." if alone else ""
    caption = (
        f"F1 of each class with its 90 % interval {over}, pooled over {found.where}; small: what is reached without looking and with every "
        f"feature shuffled on its own.{note}{_untested(results)}"
    )
    columns = [
        "Phenotypic_Class", "F1_Score", "data_split", "shuffled", "feature_type", "model", "Precision", "Recall", "Cells", "Low", "High", "Groups",
    ]  # fmt: skip
    return Figure(name="per_class", caption=caption, chart=_dots(table, own, found.who), table=table[columns])


def _dots(table: pd.DataFrame, own: pd.DataFrame, who: str) -> alt.LayerChart:
    """A row per class: the interval and the dot of whom it is about, small marks of the others."""
    order = own.sort_values("F1_Score", ascending=False)["Phenotypic_Class"].tolist()
    models = list(dict.fromkeys(table["model"]))
    scale = alt.Scale(domain=models, range=[theme.MAIN, theme.SECOND, theme.QUIET, theme.GOOD][: len(models)])
    shown = table[["Phenotypic_Class", "F1_Score", "Low", "High", "model", "Cells"]]
    base = alt.Chart(shown).encode(y=alt.Y("Phenotypic_Class:N", sort=order, title=None))
    x = alt.X("F1_Score:Q", scale=alt.Scale(domain=[0, 1]), title="F1")
    tips = [
        "Phenotypic_Class:N",
        "model:N",
        *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("F1_Score", "Low", "High")),
        "Cells:Q",
    ]
    is_own = f"datum.model === '{who}'"
    own_only = base.transform_filter(is_own)
    spread = own_only.mark_rule(strokeWidth=2.5, color=theme.MAIN).encode(x=alt.X("Low:Q", title="F1"), x2="High:Q")
    points = base.mark_point(filled=True, opacity=1).encode(
        x=x,
        color=alt.Color("model:N", scale=scale, title=None),
        size=alt.condition(is_own, alt.value(80), alt.value(30)),
        tooltip=tips,
    )
    return alt.LayerChart(layer=[spread, points], width=520, height=max(60, 22 * len(order)))


def _precision_recall(results: Results, found: Predicted) -> Figure:
    """Precision against recall for every class, each against all others."""
    kind, parts, about = feature_type(results), [], []
    for k, name in enumerate(class_names(results)):
        positive = (found.truth == k).astype(np.int64)
        if positive.any():
            precision, recall, threshold = c.precision_recall_curve(positive, found.probability[:, k])
            part = {"PR_Threshold": threshold, "Precision": precision, "Recall": recall}
            parts.append(pd.DataFrame(part).assign(Phenotypic_Class=name, data_split="test", shuffled=False, feature_type=kind))
            about.append((name, float(positive.mean()), c.average_precision(positive, found.probability[:, k])))
    table = pd.concat(parts, ignore_index=True)
    chance = {name: prevalence for name, prevalence, _ in about}
    outlines = [
        _outline(part).assign(Phenotypic_Class=str(name)) for name, part in table.groupby("Phenotypic_Class", sort=False)
    ]
    drawn = pd.concat(outlines, ignore_index=True)
    drawn = drawn.assign(chance=drawn["Phenotypic_Class"].map(chance))
    shown = [name for name, _, _ in about][:MOST_PANELS]
    drawn = drawn[drawn["Phenotypic_Class"].isin(shown)]
    base = alt.Chart(drawn).encode(x=alt.X("Recall:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3)))
    curve = base.mark_line(color=theme.MAIN).encode(
        y=alt.Y("Precision:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3))
    )
    floor = base.mark_line(color=theme.QUIET, strokeDash=[3, 3]).encode(y=alt.Y("chance:Q", title="Precision"))
    panel = alt.LayerChart(layer=[curve, floor], width=130, height=110, data=drawn)
    chart = panel.facet(facet=alt.Facet("Phenotypic_Class:N", title=None, sort=shown), columns=4)
    scores = ", ".join(f"{name} {score:.2f}" for name, _, score in sorted(about, key=lambda item: item[2])[:6])
    caption = f"The best precision at each recall, each class against all others, pooled over {found.where}; dashed: chance, the class's share of the cells. Lowest average precisions: {scores}."
    return Figure(
        name="precision_recall",
        caption=caption,
        chart=chart,
        table=table[["Phenotypic_Class", "PR_Threshold", "Precision", "Recall", "data_split", "shuffled", "feature_type"]],
    )


def _outline(curve: pd.DataFrame) -> pd.DataFrame:
    """The points of a curve that a figure needs: the best precision at each recall, about 80, evenly over its length."""
    best = curve.groupby("Recall")["Precision"].max().reset_index()
    places = np.unique(np.linspace(0, len(best) - 1, CURVE_POINTS).round().astype(int))
    return best.iloc[places]


def _untested(results: Results) -> str:
    """Which classes some folds of draw 0 have no cell of: where groups are fewer than folds, this cannot be helped."""
    labels, classes = results.samples["label"], class_names(results)
    lacking: dict[str, list[int]] = {}
    for run in results.searched():
        present = set(labels[results.outcome(run).sample].tolist())
        for k, name in enumerate(classes):
            if k not in present:
                lacking.setdefault(name, []).append(run.replicate)
    if not lacking:
        return ""
    parts = [f"{name} (fold{'s' * (len(folds) > 1)} {', '.join(map(str, folds))})" for name, folds in lacking.items()]
    return f" In the search, some folds tested no cell of {'; '.join(parts)}: scores by class are pooled, never averaged over folds."


def grouping(results: Results) -> Sequence[Figure]:
    """What it costs to be asked about groups that were not seen: F1 of each class with cells split freely, and by group."""
    free, own = of_condition(results, UNGROUPED), of_search(results)
    if free is None or own is None:
        return []
    names, unit = class_names(results), unit_of(results.facts)
    table = scores_table(free, names)[["Phenotypic_Class", "F1_Score", "Cells"]].rename(columns={"F1_Score": "free"})
    table["grouped"] = scores_table(own, names)["F1_Score"]
    table["cost"] = table["free"] - table["grouped"]
    table = table.sort_values("cost", ascending=False, kind="stable")
    order = table["Phenotypic_Class"].tolist()
    long = table.melt(["Phenotypic_Class", "Cells"], ["free", "grouped"], var_name="split", value_name="F1")
    words = {"free": "cells split freely", "grouped": f"split by {unit}"}
    long["split"] = long["split"].map(words)
    y = alt.Y("Phenotypic_Class:N", sort=order, title=None)
    lines = (
        alt.Chart(table).mark_rule(color=theme.QUIET, strokeWidth=2).encode(y=y, x=alt.X("free:Q", title="F1"), x2="grouped:Q")
    )
    scale = alt.Scale(domain=list(words.values()), range=[theme.QUIET, theme.MAIN])
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=75, opacity=1)
        .encode(
            y=y,
            x=alt.X("F1:Q", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("split:N", scale=scale, title=None),
            tooltip=["Phenotypic_Class:N", "split:N", alt.Tooltip("F1:Q", format=".3f"), "Cells:Q"],
        )
    )
    worst = table.iloc[0]
    whole = [c.f1_weighted(found.truth, found.predicted) for found in (free, own)]
    caption = (
        f"F1 of each class for the chosen configuration, with cells split freely and with every {unit} on one side of the split. Weighted F1 "
        f"falls from {whole[0]:.3f} to {whole[1]:.3f}; most for {worst['Phenotypic_Class']}, from {worst['free']:.2f} to {worst['grouped']:.2f}. What "
        f"a free split scores says little about a {unit} that was not seen."
    )
    chart = alt.LayerChart(layer=[lines, points], width=520, height=max(60, 22 * len(order)))
    return [Figure(name="grouping", caption=caption, chart=chart, table=table)]


def reliability(results: Results) -> Sequence[Figure]:
    """Whether cells that are called with a probability of .8 are right in 80 of 100."""
    found = of_choice(results)
    if found is None:
        return []
    bins = c.calibration_bins(found.truth, found.probability)
    table = pd.DataFrame(bins, columns=["Confidence", "Share_Right", "Cells"])
    table["Standard_Error"] = np.sqrt(table["Share_Right"] * (1 - table["Share_Right"]) / table["Cells"])
    table["Low"] = (table["Share_Right"] - Z * table["Standard_Error"]).clip(0, 1)
    table["High"] = (table["Share_Right"] + Z * table["Standard_Error"]).clip(0, 1)
    low = float(min(table["Confidence"].min(), table["Share_Right"].min())) - 0.05
    scale = alt.Scale(domain=[max(0.0, low), 1.0])
    base = alt.Chart(table).encode(x=alt.X("Confidence:Q", scale=scale, title="probability of the class that was called"))
    spread = base.mark_rule(color=theme.MAIN).encode(y=alt.Y("Low:Q", scale=scale, title="share that was right"), y2="High:Q")
    points = base.mark_line(color=theme.MAIN, point=True).encode(
        y=alt.Y("Share_Right:Q", scale=scale),
        tooltip=[alt.Tooltip("Confidence:Q", format=".3f"), alt.Tooltip("Share_Right:Q", format=".3f"), "Cells:Q"],
    )
    ends = pd.DataFrame({"at": [max(0.0, low), 1.0]})
    diagonal = (
        alt.Chart(ends)
        .mark_line(color=theme.QUIET, strokeDash=[4, 3])
        .encode(x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale))
    )
    error = c.calibration_error(found.truth, found.probability)
    balanced = (
        " Balanced class weights distort probabilities: recalibrate before you read them."
        if results.facts["class_weight"] != "none"
        else ""
    )
    caption = (
        f"{_sureness(results, found)} Reliability in {len(table)} bins with equal numbers of cells, from {found.where}; lines are 90 % (binomial). "
        f"Expected calibration error {error:.3f}: the mean distance from the diagonal.{balanced}"
    )
    chart = alt.LayerChart(layer=[diagonal, spread, points], width=340, height=320)
    return [Figure(name="reliability", caption=caption, chart=chart, table=table)]


def _sureness(results: Results, found: Predicted) -> str:
    """Whether the probabilities of what was called are too high or too low on average, in one sentence."""
    called = found.probability[np.arange(len(found.predicted)), found.predicted]
    right = (found.predicted == found.truth).astype(float)
    group, value = results.samples.get("group"), _surer(called, right)
    if group is None:
        reach = Z * float(np.std(called - right)) / np.sqrt(len(right))
        low, high, over = value - reach, value + reach, "cells"
    else:
        score = group_score(_surer, group[found.sample], called, right, limits=(-1.0, 1.0))
        (low, high), over = score.average(), f"{unit_of(results.facts)}s"
    if not np.isfinite(low):
        return f"On average the probabilities of the {found.who} are off by {value:+.3f}."
    if low <= 0 <= high:
        return f"On average the probabilities of the {found.who} are off by {value:+.3f} [{low:+.3f}, {high:+.3f}] (90 % over {over}): too high or too low, these data do not say."
    least, most = sorted((abs(low), abs(high)))
    return f"On average the probabilities of the {found.who} are too {'high' if low > 0 else 'low'}, by {abs(value):.3f} [{least:.3f}, {most:.3f}] (90 % over {over})."


def _surer(called: np.ndarray, right: np.ndarray) -> float:
    """By how much the mean probability of what was called exceeds the share that was right."""
    return float(called.mean() - right.mean())


def doubtful(results: Results) -> Sequence[Figure]:
    """The cells that were called wrongly with the highest confidence: where one looks for wrong labels first."""
    found = of_choice(results)
    if found is None:
        return []
    wrong = np.flatnonzero(found.predicted != found.truth)
    if len(wrong) == 0:
        return []
    confidence = found.probability[wrong, found.predicted[wrong]]
    worst = wrong[np.argsort(-confidence, kind="stable")[:MOST_WRONG]]
    names, samples = np.array(class_names(results), dtype=object), results.samples
    cell = found.sample[worst]
    known = [name for name in samples if name not in ("sample_id", "label", "group")]  # the table's own columns
    rows: dict[str, np.ndarray] = {
        "True_Label": names[found.truth[worst]],
        "Predicted_Label": names[found.predicted[worst]],
        "Probability": found.probability[worst, found.predicted[worst]],
        "Probability_of_True": found.probability[worst, found.truth[worst]],
    }
    if known and np.array_equal(samples["sample_id"], np.arange(len(samples["sample_id"]))):
        rows["Row"] = samples["sample_id"][cell] + 1  # of the table, the first one is 1
    else:
        rows["Cell"] = samples["sample_id"][cell]
    rows |= {name: samples[name][cell] for name in known}
    if "group" in samples and not known:
        rows["Group"] = samples["group"][cell]
    caption = f"The {len(worst)} of {len(wrong)} wrong cells that were called with the highest probability, on {found.where}. Where labels may be wrong, look at the images of these first."
    return [Figure(name="most_wrong", caption=caption, table=pd.DataFrame(rows))]
