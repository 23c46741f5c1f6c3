"""Which classes are taken for which."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.figures import theme
from sweepwright.figures.ordering import by_likeness
from sweepwright.measures.classification import confusion_matrix
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.results import Results
from sweepwright.problems.phenotype.predicted import class_names, of_choice


def by_confusion(table: np.ndarray) -> list[int]:
    """An order of the classes that puts those that are confused side by side."""
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return by_likeness((shares + shares.T) / 2)


def confusion(results: Results) -> Sequence[Figure]:
    """Counts and shares of true against predicted classes."""
    found = of_choice(results)
    if found is None:
        return []
    classes = class_names(results)
    table = confusion_matrix(found.truth, found.predicted, len(classes))
    order = [classes[k] for k in by_confusion(table)]
    i, j = np.indices(table.shape).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "True_Label": np.array(classes, dtype=object)[i],
            "Predicted_Label": np.array(classes, dtype=object)[j],
            "Count": table[i, j].astype(int),
            "Share": table[i, j] / np.maximum(table[i].sum(axis=1), 1),
        }
    )
    size = max(220, 30 * len(classes))
    base = alt.Chart(frame[frame["Count"] > 0]).encode(  # what was never called so stays empty
        x=alt.X("Predicted_Label:N", scale=alt.Scale(domain=order), title="predicted"),
        y=alt.Y("True_Label:N", scale=alt.Scale(domain=order), title="true"),
        tooltip=["True_Label:N", "Predicted_Label:N", "Count:Q", alt.Tooltip("Share:Q", format=".1%")],
    )
    tiles = base.mark_rect().encode(
        color=alt.Color("Share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), title="share of true class")
    )
    text = base.mark_text(fontSize=11).encode(
        text="Count:Q", color=alt.condition("datum.Share > 0.55", alt.value("white"), alt.value(theme.INK))
    )
    chart = alt.LayerChart(layer=[tiles, text], width=size, height=size)
    caption = f"Confusion matrix: {len(found.truth)} cells, predicted on {found.where}. Numbers are counts, shading the share of the true class; classes that are confused stand side by side."
    return [Figure(name="confusion", caption=caption, chart=chart, table=frame.drop(columns="Share"))]
