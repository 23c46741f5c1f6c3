"""Oddities of sweeps that make an honest analysis go wrong: looked for in the frame, said in sentences, never mended silently."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import kruskal, rankdata

from sweepwright.choosing.axes import Axes, Kind, inferred_axes, label
from sweepwright.choosing.components import copies_of, levelled, measure_names, spread_by_condition, unequal_scales
from sweepwright.choosing.evidence import FEWEST, fitted
from sweepwright.choosing.rule import Aim

SITTING_GAP = 20  # times the median time between runs
FROZEN = 10  # runs with one value at the end
SURE = 0.005  # p value below which a jump or drift is said
CLIPPED = 0.05  # share of runs at one extreme value
SAME_ORDER = 0.995


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd about a sweep: a code, a sentence, the numbers, and the runs that it concerns."""

    code: str
    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    runs: tuple[int, ...] = ()


def oddities(
    runs: pd.DataFrame, aims: Sequence[Aim], axes: Axes | None = None, curves: pd.DataFrame | None = None
) -> list[Oddity]:
    """Everything odd that a frame shows about its measures, parameters, order and conditions; empty for a clean one.

    `runs` may have a column ``started`` (time stamps), else their numbers are the order. `curves` (run, epoch, name, value) are
    looked at for objectives that are the best of their own folds or epochs.

    >>> runs = pd.DataFrame({"run": range(40), "trial": range(40), "condition": "all", "replicate": 0, "step": "adopted",
    ...     "ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "param.lr": np.linspace(0, 1, 40), "measure.acc": np.sin(np.arange(40))})
    >>> runs["measure.recall"] = runs["measure.acc"]
    >>> print(oddities(runs, [Aim("acc", 1)])[0].text)
    acc and recall are equal in all 40 runs: two names for one measure.
    """
    axes = axes or inferred_axes(runs)
    runs = runs[runs["used"].astype(bool)].sort_values("run")
    completed = runs[runs["ending"] == "COMPLETED"]
    found = [*_endings(runs), *_measures(completed, aims), *_copies(completed)]
    for aim in aims:
        found += [*_clipped(completed, aim), *_frozen(completed, aim), *_order(completed, aim, axes)]
        found += [*_best_of(completed, aim, curves), *_scales(completed, aim)]
    return [*found, *_added(runs, axes), *_ranges(runs, axes), *_confounded(runs, axes), *_joint(runs, axes)]


def _endings(runs: pd.DataFrame) -> Iterator[Oddity]:
    counts = runs["ending"].value_counts()
    for ending, word in (("STOPPED", "were pruned or stopped"), ("RAISED", "failed"), ("DIVERGED", "diverged")):
        if count := int(counts.get(ending, 0)):
            text = f"{count} of {len(runs)} runs {word}: they are counted, never as bad values."
            yield Oddity(f"{ending.lower()}_runs", text, {"runs": count, "all": len(runs)})


def _measures(runs: pd.DataFrame, aims: Sequence[Aim]) -> Iterator[Oddity]:
    """Constant goals, two names for one measure."""
    names = measure_names(runs)
    for aim in aims:
        values = pd.to_numeric(runs[f"measure.{aim.measure}"], errors="coerce").dropna()
        if len(values) and values.nunique() == 1:
            text = f"{aim.measure} is {values.iloc[0]:g} in all {len(values)} runs: nothing can be chosen by it."
            yield Oddity("constant_measure", text)
    goals = {aim.measure for aim in aims}
    table = runs[[f"measure.{name}" for name in names]].apply(pd.to_numeric, errors="coerce")
    for first, second in combinations(names, 2):
        a, b = table[f"measure.{first}"], table[f"measure.{second}"]
        both = a.notna() & b.notna()
        if both.sum() >= 3 and a[both].nunique() > 2 and bool((a[both] == b[both]).all()):
            text = f"{first} and {second} are equal in all {int(both.sum())} runs: two names for one measure."
            yield Oddity("same_measure", text, {"runs": int(both.sum())})
        elif {first, second} & goals and both.sum() >= 12 and a[both].nunique() > 2 and b[both].nunique() > 2:
            order = float(np.corrcoef(rankdata(a[both]), rankdata(b[both]))[0, 1])
            if abs(order) > SAME_ORDER:
                text = f"{first} and {second} order the runs alike (rank correlation {order:.3f}): there is no trade-off between them."
                yield Oddity("same_order", text, {"correlation": order})


def _copies(runs: pd.DataFrame) -> Iterator[Oddity]:
    copied = copies_of(runs)
    if copied.any():
        text = f"{int(copied.sum())} runs repeat another run of their configuration to the last digit: copies, counted once."
        yield Oddity("copies", text, {"runs": int(copied.sum())}, tuple(map(int, runs.loc[copied, "run"])))


def _clipped(runs: pd.DataFrame, aim: Aim) -> Iterator[Oddity]:
    """Many runs at one extreme value, or none where others have one: a stopping rule."""
    values = pd.to_numeric(runs[f"measure.{aim.measure}"], errors="coerce")
    known = values.dropna()
    if len(known) < FEWEST or known.nunique() < 5:
        return
    for end, value in (("highest", known.max()), ("lowest", known.min())):
        share = float((known == value).mean())
        if share > CLIPPED and (known == value).sum() >= 5:
            text = f"{share:.0%} of the runs have the {end} {aim.measure}, {value:g}: it seems to be cut off there."
            yield Oddity("clipped", text, {"share": share, "value": float(value)})
    missing = float(values.isna().mean())
    if missing > CLIPPED and "time" in aim.measure.lower():
        text = f"{aim.measure} is missing in {int(values.isna().sum())} of {len(values)} runs: a time that was never reached is censored, not absent."
        yield Oddity("censored", text, {"missing": int(values.isna().sum()), "runs": len(values)})


def _frozen(runs: pd.DataFrame, aim: Aim) -> Iterator[Oddity]:
    """A measure that has one value from some run on."""
    known = runs[["run", f"measure.{aim.measure}"]].dropna()
    values = known[f"measure.{aim.measure}"].to_numpy(dtype=float)
    if len(values) < 2 * FROZEN or np.ptp(values) == 0:
        return
    tail = len(values) - 1 - int(np.flatnonzero(values != values[-1])[-1])
    if tail >= FROZEN:
        first = int(known["run"].iloc[len(values) - tail])
        rows = tuple(map(int, known["run"].iloc[len(values) - tail :]))
        text = f"{aim.measure} is {values[-1]:g} in every run from run {first} on ({tail} runs): it froze. Look at these before they count."
        yield Oddity("frozen", text, {"from": first, "runs": tail}, rows)


def _order(runs: pd.DataFrame, aim: Aim, axes: Axes) -> Iterator[Oddity]:
    """Jumps with the order of runs, drift between sittings: in what the hyperparameters do not explain."""
    known = runs[np.isfinite(pd.to_numeric(runs[f"measure.{aim.measure}"], errors="coerce").astype(float))]
    if len(known) < 2 * FEWEST or len(axes) == 0:
        return
    left = _unexplained(known, aim.measure, axes)
    if left is None or np.ptp(left) == 0:
        return
    sitting = _sittings(known)
    if sitting is not None:
        groups = [left[sitting == s] for s in np.unique(sitting) if (sitting == s).sum() >= 5]
        if len(groups) > 1 and (p := float(kruskal(*groups).pvalue)) < SURE:
            medians = ", ".join(f"{np.median(g):+.3g}" for g in groups)
            text = (
                f"{aim.measure} drifts between the {len(groups)} sittings in which the sweep was run (median residual {medians}; "
                f"p = {p:.1g}): runs of different sittings cannot be compared."
            )
            yield Oddity("drift", text, {"sittings": len(groups), "p": p})
            return
    if _sorted(known, axes):  # the order of a sorted table is no order in time
        return
    at, p = _jump(left)
    if p < SURE:
        number = int(known["run"].iloc[at])
        change = float(np.median(left[at:]) - np.median(left[:at]))
        text = (
            f"{aim.measure} jumps by {change:+.3g} at run {number}, with nothing in the hyperparameters to explain it (p = {p:.1g}): "
            "something else changed there."
        )
        yield Oddity("jump", text, {"run": number, "change": change, "p": p}, tuple(map(int, known["run"].iloc[at:])))


def _sorted(runs: pd.DataFrame, axes: Axes) -> bool:
    """Whether the table is sorted by its condition or by a hyperparameter."""
    for column in ["condition", *(f"param.{name}" for name in axes.names)]:
        values = runs[column].dropna().map(label).to_numpy()
        kinds = len(set(values))
        blocks = 1 + int((values[1:] != values[:-1]).sum()) if len(values) else 0
        if kinds > 1 and blocks <= 2 * kinds and len(values) >= 4 * kinds:
            return True
    return False


def _unexplained(runs: pd.DataFrame, measure: str, axes: Axes) -> np.ndarray | None:
    """The measure less what the effect model says of it, run by run."""
    model = fitted(runs, measure, axes)
    if model is None:
        return None
    columns = runs[[f"param.{name}" for name in axes.names]]
    values = levelled(runs[["condition"]].assign(value=runs[f"measure.{measure}"].astype(float)))["value"]
    return (values - model.tables()(axes.encode(columns))).to_numpy()


def _sittings(runs: pd.DataFrame) -> np.ndarray | None:
    """The sitting of each run, from long gaps between their time stamps; None without stamps."""
    if "started" not in runs or runs["started"].isna().any():
        return None
    stamps = pd.to_datetime(runs["started"], errors="coerce", utc=True, format="mixed")
    if stamps.isna().any() or not stamps.is_monotonic_increasing:
        return None
    gaps = stamps.diff().dt.total_seconds().fillna(0.0).to_numpy()
    limit = max(3600.0, SITTING_GAP * float(np.median(gaps[1:])))
    sitting = np.cumsum(gaps > limit)
    return sitting if sitting[-1] > 0 else None


def _jump(values: np.ndarray, shuffles: int = 400, margin: int = 8) -> tuple[int, float]:
    """Where the level changes most, by ranks, and how often a shuffled order changes as much."""
    ranks = rankdata(values) - (len(values) + 1) / 2
    places = np.arange(margin, len(values) - margin)
    if len(places) == 0:
        return 0, 1.0
    scale = np.sqrt(places * (len(values) - places))

    def height(order: np.ndarray) -> np.ndarray:
        return np.abs(np.cumsum(order, axis=-1)[..., places - 1]) / scale

    own = height(ranks)
    at = int(places[int(np.argmax(own))])
    rng = np.random.default_rng(0)
    others = height(rng.permuted(np.tile(ranks, (shuffles, 1)), axis=1)).max(axis=1)
    return at, float((1 + (others >= own.max()).sum()) / (1 + shuffles))


def _best_of(runs: pd.DataFrame, aim: Aim, curves: pd.DataFrame | None) -> Iterator[Oddity]:
    """A stored objective that is the best of a few values of its own run: folds, perhaps, where a mean was meant."""
    if curves is None or curves.empty:
        return
    name = next((n for n in ("val", "val_loss") if n in set(curves["name"])), None)
    if name is None:
        return
    grouped = curves[(curves["name"] == name) & curves["run"].isin(runs["run"])].groupby("run")["value"]
    extreme = (grouped.max() if aim.sign > 0 else grouped.min()).reindex(runs["run"]).to_numpy()
    values, size = runs[f"measure.{aim.measure}"].to_numpy(dtype=float), grouped.size()
    if len(size) < FEWEST or size.nunique() > 1 or not 2 <= size.iloc[0] <= 10 or not np.allclose(extreme, values, rtol=1e-9):
        return
    means = grouped.mean().reindex(runs["run"]).to_numpy()
    best, other = (int(runs["trial"].iloc[int(np.argmax(aim.sign * v))]) for v in (values, means))
    text = (
        f"{aim.measure} is the {'maximum' if aim.sign > 0 else 'minimum'} of {size.iloc[0]} values in each of {len(size)} runs: if these "
        f"are folds, it is optimistic; by their mean the best is trial {other}, not trial {best}."
    )
    yield Oddity("best_of", text, {"values": int(size.iloc[0]), "best_by_extreme": best, "best_by_mean": other})


def _scales(runs: pd.DataFrame, aim: Aim) -> Iterator[Oddity]:
    """Conditions in which a measure moves by very different amounts: their mean is that of the widest."""
    if unequal_scales(runs, aim.measure):
        spread = spread_by_condition(runs, aim.measure)
        text = (
            f"{aim.measure} varies by {spread.max():.3g} in condition {spread.idxmax()} and by {spread.median():.3g} in the median one: a mean "
            "over conditions is mostly that one. Choose condition by condition."
        )
        yield Oddity("unequal_scales", text, {"widest": float(spread.max()), "median": float(spread.median())})


def _added(runs: pd.DataFrame, axes: Axes) -> Iterator[Oddity]:
    """A parameter that is missing in the first or last runs, and in no other."""
    for axis in axes.axes:
        missing = runs[f"param.{axis.name}"].isna().to_numpy()
        if axis.parent is not None or not 0 < missing.sum() < len(missing):
            continue
        changes = np.flatnonzero(np.diff(missing.astype(int)))
        if len(changes) == 1:
            run = int(runs["run"].iloc[changes[0] + 1])
            word = "was added to" if missing[0] else "was taken out of"
            text = (
                f"{axis.name} {word} the search at run {run}: it is missing in {int(missing.sum())} runs, not inactive there."
            )
            yield Oddity("added_parameter", text, {"run": run, "missing": int(missing.sum())})


def _ranges(runs: pd.DataFrame, axes: Axes, share: float = 0.2) -> Iterator[Oddity]:
    """A range that grew midway: later values well outside of all earlier ones."""
    points = axes.encode(runs)
    for i, axis in enumerate(axes.axes):
        values = points[:, i]
        known = np.flatnonzero(~np.isnan(values))
        if axis.kind is not Kind.CONTINUOUS or len(known) < 40:
            continue
        for at in np.linspace(0.2, 0.8, 13):
            cut = int(at * len(known))
            early, late = values[known[:cut]], values[known[cut:]]
            outside = ((late < early.min() - share * np.ptp(early)) | (late > early.max() + share * np.ptp(early))).sum()
            if np.ptp(early) < 1 - share and outside >= max(5, 0.15 * len(late)):
                later = known[cut:][(late < early.min()) | (late > early.max())]
                run = int(runs["run"].iloc[later[0]])
                text = f"The range of {axis.name} changed at run {run}: {int(outside)} later values lie well outside of all earlier ones."
                yield Oddity("range_changed", text, {"run": run, "outside": int(outside)})
                break


def _confounded(runs: pd.DataFrame, axes: Axes) -> Iterator[Oddity]:
    """Parameters that are fixed by the condition (and one other parameter): their effects cannot be told apart from theirs."""
    if runs["condition"].nunique() < 2:
        return
    labels = {axis.name: runs[f"param.{axis.name}"].map(label, na_action="ignore").fillna("\0") for axis in axes.axes}
    alone = [name for name, values in labels.items() if values.groupby(runs["condition"]).nunique().max() == 1]
    if alone:
        text = f"{', '.join(alone)} {'is' if len(alone) == 1 else 'are'} fixed by the condition: the two cannot be told apart here."
        yield Oddity("confounded", text, {"parameters": len(alone)})
    rest = [name for name in labels if name not in alone]
    for by in [axis.name for axis in axes.axes if axis.kind is Kind.CATEGORICAL and axis.name in rest]:
        cells = runs["condition"].astype(str) + "\0" + labels[by]
        fixed = [name for name in rest if name != by and labels[name].groupby(cells).nunique().max() == 1]
        if fixed and cells.nunique() > runs["condition"].nunique():
            text = f"{', '.join(fixed)} {'is' if len(fixed) == 1 else 'are'} fixed within each condition and {by}: their effects cannot be told apart here."
            yield Oddity("confounded", text, {"parameters": len(fixed)})
            return


def _joint(runs: pd.DataFrame, axes: Axes) -> Iterator[Oddity]:
    """Fewer configurations than would tell the parameters apart, overall or at the levels of one that switches others on."""
    table = runs.drop_duplicates("trial")
    if 2 <= len(table) <= len(axes) + 1:
        text = f"{len(axes)} hyperparameters vary over {len(table)} configurations only: their single effects cannot be told apart."
        yield Oddity("too_few_configurations", text, {"configurations": len(table), "parameters": len(axes)})
        return
    for i, parent in enumerate(axes.axes):
        column = table[f"param.{parent.name}"].map(label, na_action="ignore")
        few = []
        for k, level in enumerate(parent.levels):
            own = table[column == level]
            varying = [a.name for a in axes.axes if a.parent == i and k in a.active_at and own[f"param.{a.name}"].nunique() > 1]
            if varying and len(own) <= len(varying) + 1:
                few.append((level, len(own), len(varying)))
        if few:
            level, configurations, count = few[0]
            others = f" (and alike at {len(few) - 1} other values)" if len(few) > 1 else ""
            text = (
                f"Where {parent.name} is {level}, {count} hyperparameters vary over {configurations} configurations only{others}: their "
                "single effects cannot be told apart."
            )
            yield Oddity("too_few_configurations", text, {"configurations": configurations, "parameters": count})
            return


def depends_on(table: pd.DataFrame, parameters: Mapping[str, str], others: Sequence[str]) -> list[Oddity]:
    """Settings of the evaluation (``eval_*``, ``val_*``, ``test_*``) that change with a hyperparameter.

    The measure then means something else at each of its values, which cannot be compared. `parameters` maps names to
    columns of `table`, `others` are columns that are neither parameters nor measures.
    """
    found = []
    for name, column in parameters.items():
        own = table[column].map(label, na_action="ignore")
        for other in others:
            setting = table[other].map(label, na_action="ignore")
            if not str(other).lower().startswith(("eval", "val", "test")) or setting.nunique() < 2 or own.nunique() < 2:
                continue
            both = own.notna() & setting.notna()
            pairs = pd.DataFrame({"own": own[both], "setting": setting[both]}).drop_duplicates()
            if both.mean() > 0.9 and pairs["own"].is_unique and pairs["setting"].is_unique:
                text = f"The evaluation changes with {name} ({other}): values at different {name} cannot be compared."
                found.append(Oddity("meaning_depends_on_parameter", text))
    return found
