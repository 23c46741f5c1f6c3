"""The report sections of `phenotype`: confusion, per-class scores, coefficients, and the search surface."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage

from sweepwright.measures.classification import confusion_matrix
from sweepwright.problem import Figure, Section

INK = "#1b2330"
MANY_FEATURES = 30


def _classes(study: Any) -> list[str]:
    return list(study.facts["classes"])


def _truth_and_prediction(study: Any) -> tuple[np.ndarray, np.ndarray, str]:
    """Labels and predictions of the chosen procedure, each cell predicted by a model that never saw it."""
    outer = [run for run in study.state.ended.values() if run.step == "confirm/outer" and run.ending.succeeded]
    if outer:
        outcome, where = study.pooled_outcome(outer), f"the {len(outer)} outer folds of the nested confirmation"
    else:
        chosen = study.choice()["chosen"]
        runs = study.select(trial=chosen, condition=study.reference.name, draw=0, phase="explore")
        outcome, where = study.pooled_outcome(runs), "the folds of draw 0 of the chosen trial"
    return study.samples["label"][outcome.sample], outcome.arrays["predicted"].astype(int), where


def by_similarity(table: np.ndarray) -> list[int]:
    """An order of the classes that puts those that are confused side by side (average linkage on confusion shares)."""
    if len(table) < 3:
        return list(range(len(table)))
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    likeness = (shares + shares.T) / 2
    distance = 1 - likeness[np.triu_indices(len(table), 1)]
    return [int(k) for k in leaves_list(linkage(distance, "average"))]


def confusion(study: Any) -> Sequence[Figure]:
    """Counts and shares of true against predicted classes."""
    truth, predicted, where = _truth_and_prediction(study)
    classes = _classes(study)
    table = confusion_matrix(truth, predicted, len(classes))
    order = [classes[k] for k in by_similarity(table)]
    rows = [
        {
            "True_Label": classes[i],
            "Predicted_Label": classes[j],
            "Count": int(table[i, j]),
            "Share": table[i, j] / max(table[i].sum(), 1),
        }
        for i in range(len(classes))
        for j in range(len(classes))
    ]
    frame = pd.DataFrame(rows)
    size = max(220, 30 * len(classes))
    base = alt.Chart(frame).encode(
        x=alt.X("Predicted_Label:N", sort=order, title="predicted"), y=alt.Y("True_Label:N", sort=order, title="true")
    )
    tiles = base.mark_rect().encode(
        color=alt.Color("Share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), title="share of true class")
    )
    text = (
        base.transform_filter("datum.Count > 0")
        .mark_text(fontSize=11)
        .encode(text="Count:Q", color=alt.condition("datum.Share > 0.55", alt.value("white"), alt.value(INK)))
    )
    chart = (tiles + text).properties(width=size, height=size)
    caption = f"Confusion matrix: {len(truth)} cells, predicted on {where}. Numbers are counts, shading the share of the true class; classes that are confused stand side by side."
    return [
        Figure(name="confusion", caption=caption, chart=chart, table=frame.drop(columns="Share")),
        _per_class(study, table, where),
    ]


def _per_class(study: Any, table: np.ndarray, where: str) -> Figure:
    hits, support, named = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        frame = pd.DataFrame(
            {
                "Phenotypic_Class": _classes(study),
                "F1_Score": np.where(support > 0, 2 * hits / (support + named), np.nan),
                "Precision": hits / named,
                "Recall": hits / support,
                "Cells": support,
            }
        ).sort_values("F1_Score", ascending=False)
    order = frame["Phenotypic_Class"].tolist()
    base = alt.Chart(frame).encode(y=alt.Y("Phenotypic_Class:N", sort=order, title=None))
    bars = base.mark_bar(color="#5b93c4").encode(x=alt.X("F1_Score:Q", scale=alt.Scale(domain=[0, 1]), title="F1"))
    text = base.mark_text(align="left", dx=4, fontSize=11).encode(x="F1_Score:Q", text=alt.Text("F1_Score:Q", format=".2f"))
    caption = (
        f"F1 of each class, pooled over {where}; classes with few cells are uncertain (numbers in the CSV).{_untested(study)}"
    )
    return Figure(
        name="per_class",
        caption=caption,
        chart=(bars + text).properties(width=520, height=max(60, 22 * len(order))),
        table=frame,
    )


def _untested(study: Any) -> str:
    """Which classes some folds of draw 0 have no cell of: where groups are fewer than folds, this cannot be helped."""
    labels, classes = study.samples["label"], _classes(study)
    runs = study.select(trial=study.choice()["chosen"], condition=study.reference.name, draw=0, phase="explore")
    lacking: dict[str, list[int]] = {}
    for run in runs:
        present = set(labels[study.outcome(run.number).sample].tolist())
        for k, name in enumerate(classes):
            if k not in present:
                lacking.setdefault(name, []).append(run.replicate)
    if not lacking:
        return ""
    parts = [f"{name} (folds {', '.join(map(str, folds))})" for name, folds in lacking.items()]
    return f" In the search, some folds tested no cell of {'; '.join(parts)}: scores by class are pooled, never averaged over folds."


def coefficients(study: Any) -> Sequence[Figure]:
    """The largest coefficients with sign and spread over folds, and how stable each is."""
    product = study.product("coefficients")
    features, classes = product["features"], product["classes"]
    rows = pd.DataFrame(
        {
            "Class": np.repeat(classes, len(features)),
            "Feature": np.tile(features, len(classes)),
            **{name.capitalize(): product[name].ravel() for name in ("mean", "spread", "nonzero", "agreement")},
        }
    )
    strength = np.abs(product["mean"]).max(axis=0)
    top = [str(features[i]) for i in np.argsort(-strength)[:MANY_FEATURES]]
    shown = rows[rows["Feature"].isin(top)]
    largest = float(shown["Mean"].abs().max()) or 1.0
    correlation = product["correlation"]
    finite = correlation[np.isfinite(correlation)]
    heat = (
        alt.Chart(shown)
        .mark_rect()
        .encode(
            x=alt.X("Class:N", title=None),
            y=alt.Y("Feature:N", sort=top, title=None, axis=alt.Axis(labelLimit=320)),
            color=alt.Color(
                "Mean:Q", scale=alt.Scale(scheme="blueorange", domain=[-largest, largest]), title="mean coefficient"
            ),
        )
        .properties(width=max(60, 32 * len(classes)), height=16 * len(top))
    )
    stability = (
        alt.Chart(rows[rows["Nonzero"] > 0])
        .mark_point(filled=True, opacity=0.5, color="#5b93c4")
        .encode(
            x=alt.X("Nonzero:Q", scale=alt.Scale(domain=[0, 1.02]), title="share of folds in which it is not zero"),
            y=alt.Y("Mean:Q", title="mean coefficient (scaled features)"),
            size=alt.Size("Agreement:Q", title="sign agreement", scale=alt.Scale(domain=[0.5, 1], range=[10, 60])),
        )
        .properties(width=520, height=300)
    )
    ever, always = int((rows["Nonzero"] > 0).sum()), int((rows["Nonzero"] == 1).sum())
    between = f" Coefficients of two folds correlate {np.median(finite):.2f} in the median." if len(finite) else ""
    return [
        Figure(
            name="coefficients",
            caption=f"The {len(top)} features with the largest mean coefficient over the folds of draw 0, chosen trial, features scaled in the fold, sign kept. Softmax coefficients are fixed only by the penalty: compare within a class.",
            chart=heat,
            table=rows,
        ),
        Figure(
            name="coefficient_stability",
            caption=f"{ever} coefficients are nonzero in some fold, {always} in every one.{between} What is not on the right is not the same in every fold.",
            chart=stability,
        ),
    ]


def surface(study: Any) -> Sequence[Figure]:
    """The first goal over C and l1_ratio, with the one-standard-error region, sparsity, and unfinished fits marked."""
    runs = study.runs()
    goal = study.goals[0].name
    runs = runs[(runs["step"] == "explore") & (runs["condition"] == study.reference.name)]
    chosen = study.state.trials[study.choice()["chosen"]].configuration
    others = [name for name in chosen if name not in ("C", "l1_ratio")]
    for name in others:  # one surface: the chosen class weight and feature set
        runs = runs[runs[f"param.{name}"] == chosen[name]]
    if runs.empty:
        return []
    keys = ["param.C", "param.l1_ratio"]
    grouped = runs.groupby(keys)
    frame = grouped.agg(
        mean=(f"measure.{goal}", "mean"),
        sd=(f"measure.{goal}", "std"),
        nonzero=("measure.nonzero", "mean"),
        unfinished=("verdict", lambda v: (v == "UNFINISHED").mean()),
    ).reset_index()
    frame.columns = ["C", "l1_ratio", "mean", "sd", "nonzero", "unfinished"]
    frame = frame.assign(C=frame["C"].map("{:g}".format), l1_ratio=frame["l1_ratio"].map("{:g}".format))
    frame["mark"] = np.where(frame["unfinished"] > 0.5, "unfinished", "")
    frame.loc[(frame["C"] == f"{chosen['C']:g}") & (frame["l1_ratio"] == f"{chosen['l1_ratio']:g}"), "mark"] = "chosen"
    cs = sorted(frame["C"].unique(), key=float)
    ratios = sorted(frame["l1_ratio"].unique(), key=float, reverse=True)
    base = alt.Chart(frame).encode(x=alt.X("C:N", sort=cs), y=alt.Y("l1_ratio:N", sort=ratios, title="l1_ratio"))
    low = float(frame["mean"].quantile(0.15))
    middle = (low + float(frame["mean"].max())) / 2
    tiles = base.mark_rect(clip=True).encode(
        color=alt.Color("mean:Q", scale=alt.Scale(scheme="viridis", domainMin=low, clamp=True), title=f"mean {goal}")
    )
    numbers = base.mark_text(fontSize=10).encode(
        text=alt.Text("mean:Q", format=".3f"), color=alt.condition(f"datum.mean > {middle}", alt.value(INK), alt.value("white"))
    )
    frames = base.transform_filter("datum.mark == 'chosen'").mark_rect(filled=False, stroke="#d1495b", strokeWidth=3)
    dots = base.transform_filter("datum.mark == 'unfinished'").mark_point(shape="cross", size=22, color="#d1495b", dx=20, dy=-8)
    score = (tiles + numbers + frames + dots).properties(width=54 * len(cs), height=26 * len(ratios))
    sparsity = (
        base.mark_rect().encode(
            color=alt.Color("nonzero:Q", scale=alt.Scale(type="symlog", scheme="greys"), title="nonzero coefficients")
        )
        + base.mark_text(fontSize=10).encode(text=alt.Text("nonzero:Q", format=".0f"), color=alt.value("#b24a00"))
    ).properties(width=54 * len(cs), height=26 * len(ratios))
    folds = int(grouped.size().max())
    fixed = "".join(f", {name} = {chosen[name]}" for name in others)
    return [
        Figure(
            name="search_surface",
            caption=f"Mean {goal} over {folds} folds for every configuration of the grid{fixed}. Red frame: chosen. Red crosses: the solver stopped at its cap in most folds. Scores of the search: optimistic at the top.",
            chart=score,
            table=frame,
        ),
        Figure(
            name="sparsity",
            caption="Mean number of nonzero coefficients of the same configurations: fewer are easier to read.",
            chart=sparsity,
        ),
    ]


def left_out(study: Any) -> Sequence[Figure]:
    """How the chosen configuration does on each group that it never saw: scores, and the rank of the true class."""
    rows = []
    for group in study.facts["left_out"]:
        for run in study.select(trial=study.choice()["chosen"], condition=f"without {group}"):
            outcome = study.outcome(run.number)
            truth, probability = study.samples["label"][outcome.sample], outcome.arrays["probability"]
            ranks = 1 + (probability > probability[np.arange(len(truth)), truth][:, None]).sum(axis=1)
            right, first_three = float((ranks == 1).mean()), float((ranks <= 3).mean())
            rows.append(
                {
                    "Group": group,
                    "Cells": len(truth),
                    "Accuracy": right,
                    "Within_Top_3": first_three,
                    "Mean_Rank": float(ranks.mean()),
                }
            )
    if not rows:
        return []
    frame = pd.DataFrame(rows).sort_values("Mean_Rank", ascending=False)
    caption = "Each group left out in turn, chosen configuration: accuracy, share of cells whose true class is among the first three, and its mean rank. Worst groups first."
    return [Figure(name="left_out", caption=caption, table=frame)]


SECTIONS = (
    Section("Confusion", confusion),
    Section("Coefficients", coefficients),
    Section("Search surface", surface),
    Section("Groups left out", left_out),
)

CLASSIFIER_SECTIONS = (Section("Confusion", confusion),)
