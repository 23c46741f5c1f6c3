"""What is said beside a choice: ranks, noise, thresholds, health and drivers, a sentence each."""

import numpy as np

from sweepwright.answers.analysis import Analysis
from sweepwright.choosing.decision import Logged
from sweepwright.choosing.effects.drivers import Drivers
from sweepwright.choosing.noise.unequal import unequal_conditions, unequal_spreads
from sweepwright.nouns.statement import Statement


def rank_sentences(analysis: Analysis, chosen: int | None) -> list[Statement]:
    """The rank of the chosen one among those that could be chosen, by its level of the first goal."""
    ranks = analysis.ranks
    if chosen not in ranks.index:
        return []
    low, high = (int(ranks[side].to_dict()[chosen]) for side in ("low", "high"))
    which = f"rank {low}" if low == high else f"a rank from {low} to {high}"
    text = f"Among the {len(ranks)} that could be chosen trial {chosen} has {which} by {analysis.aims[0].measure} (90 %)."
    return [analysis.resting(Statement("rank", text, {"trial": chosen, "low": low, "high": high, "trials": len(ranks)}))]


def noise_sentences(analysis: Analysis) -> list[Statement]:
    """What one run of each goal varies by, as the choice sees it: a draw of folds counts as one."""
    levels = analysis.weighing.levels
    if not levels.is_known:
        unknown = [Statement("noise.unknown", f"Noise of {aim.measure}: unknown.") for aim in analysis.aims]
        return unknown if (levels.cells > 1).any() else [floor.statement for floor in analysis.floors]
    found = []
    for i, aim in enumerate(analysis.aims):
        if levels.facts[i]:
            found.append(Statement("noise.fact", f"Repeats give the same {aim.measure}."))
            continue
        sd, (low, high) = float(levels.noise[i]), levels.noise_between[i].tolist()
        text = f"Noise of {aim.measure}: sd {sd:.3g} [{low:.3g}, {high:.3g}] of {levels.one}."
        text += (
            " Levels are less certain than repeats alone say, because folds share training data." if levels.folds > 1 else ""
        )
        found.append(analysis.resting(Statement("noise", text, {"sd": sd, "low": low, "high": high})))
        found += [one.statement for one in unequal_spreads(analysis.deciding, aim.measure, analysis.folds)]
        unlike = unequal_conditions(analysis.deciding, aim.measure, analysis.study.file.seed)
        found += [unlike.statement] if unlike is not None else []
    return found


def health_sentences(analysis: Analysis, chosen: int | None) -> list[Statement]:
    """Verdicts of the runs, what separates those that failed, and the study file's criteria for the chosen trial."""
    lines: list[Statement] = []
    counts = analysis.health()
    if not {"HEALTHY", "NOT_JUDGED"} >= set(counts) or len(counts) > 1:
        named = {
            name: "not judged, as nothing recorded says how they went" if name == "NOT_JUDGED" else name for name in counts
        }
        text = "Health: " + ", ".join(f"{count} {named[name]}" for name, count in counts.items()) + "."
        lines.append(Statement("health", text, counts))
    failing = analysis.drivers_of_completion
    if failing is not None and failing.first("completed") is None:
        text = "Whether any hyperparameter separates the runs that completed from those that did not is not resolved."
        lines.append(Statement("completion.no_driver", text))
    elif failing is not None:
        lines += driver_sentences(failing)
    if chosen is None:
        return lines
    own = tuple(run.number for run in analysis.study.trial(chosen).runs)
    for text, found in analysis.criteria(chosen).items():
        known = [c for c in found if c.met is not None]
        met = f"met in {sum(bool(c.met) for c in known)} of {len(known)} runs" if known else "not applicable"
        best = next((c.note for c in known or found), "it has no curves")
        lines.append(Statement("criterion", f"Criterion {text}: {met} of trial {chosen} ({best}).", {"trial": chosen}, own))
    return lines


def threshold_sentence(logged: Logged, chosen: int | None) -> Statement:
    """A threshold of the choice log in words."""
    text = f"Threshold {logged.threshold}, set {logged.when or 'at the start'}{', results had been seen' if logged.results_seen else ''}"
    if not np.isfinite(logged.step):
        return Statement("threshold.unknown", text + "; how firm the choice is against it is unknown, as the noise is.")
    sides = [
        (value, pick) for value, pick in zip(logged.moved, (logged.lower, logged.higher), strict=True) if value is not None
    ]
    same, other = [s for s in sides if s[1] == logged.pick], [s for s in sides if s[1] != logged.pick]
    asked = " or ".join(f"{value + 0.0:.4g}" for value, _ in same)  # no -0
    if logged.pick != chosen:
        text += f"; as runs and goals are now, the rule picks trial {logged.pick}"
        said = [f"at {asked} too"] if same else []
    else:
        said = [f"had you asked for {asked}, the choice would be the same"] if same else []
    said += [f"at {value + 0.0:.4g} it would be {'nobody' if pick is None else f'trial {pick}'}" for value, pick in other]
    said = said or ["no other value of it was seen"]
    numbers: dict[str, float | int | None] = {"step": logged.step, "lower": logged.lower, "higher": logged.higher}
    return Statement("threshold", f"{text}; {'; '.join(said)}.", numbers)


def driver_sentences(found: Drivers) -> list[Statement]:
    """What drives each measure, in a sentence per measure."""
    lines = []
    for measure, models in found.models.groupby("measure", sort=False):
        rows = found.effects[(found.effects["measure"] == measure) & (found.effects["where"] != "active")]
        resolved = rows[rows["resolved"].astype(bool)].sort_values("total", ascending=False)
        if resolved.empty:
            reason = str(rows["reason"].iloc[0]) if len(rows) else "there is no hyperparameter"
            whole = rows["reason"].nunique() == 1
            text = f"Drivers of {measure}: not resolved ({reason if whole else 'every share may be zero'})."
            lines.append(Statement("drivers.unresolved", text))
            continue
        parts = [
            f"{row['parameter']} {row['total']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
            + (f" ({row['direction']})" if row["direction"] else "")
            for row in resolved.to_dict("records")
        ]
        rest = [str(name) for name in rows[~rows["resolved"].astype(bool)]["parameter"]]
        text = f"Drivers of {measure}: {', '.join(parts)}"
        if rest:
            text += f"; not resolved: {', '.join(rest[:8])}{' ...' if len(rest) > 8 else ''}"
        several = len(models) > 1  # a model for each stage of the space
        flags = [f"stage {k}: {flag}" if several else str(flag) for k, flag in enumerate(models["flag"], 1) if flag]
        note = f" Note: {'; '.join(dict.fromkeys(flags))}." if flags else ""
        shares = {str(row["parameter"]): float(row["total"]) for row in resolved.to_dict("records")}
        lines.append(Statement("drivers", f"{text}.{note}", shares))
        if measure == found.models["measure"].iloc[0]:  # where the first one is best is what one acts on
            places = {place.parameter: place for place in found.places if place.measure == measure}
            lines += [places[name].statement for name in shares if name in places]
    return lines
