"""The whole answer of `choose`: the verdict with its probabilities, noise, drivers, trade-offs and health; as text and data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sweepwright.answers.analysis import Analysis, configuration
from sweepwright.answers.as_json import logged_data, loss_data, noise_data, within_data
from sweepwright.answers.estimates import Estimate, believed, best_run, estimates
from sweepwright.answers.verdict import Answer, verdict
from sweepwright.choosing.decision import Logged, Weighing
from sweepwright.choosing.effects.drivers import Drivers
from sweepwright.choosing.frame import completed, is_own, short_name
from sweepwright.choosing.noise.unequal import unequal_spreads
from sweepwright.choosing.tranches import tranche
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import LEVEL, Statement
from sweepwright.study.study import Study

OF_ANY = ("confirmed", "shrunken", "measured", "best_run")  # estimates that any trial has
FIRMNESS = ("choice.loss", "choice.once")  # what the weighing of all runs adds to the choice that was recorded


@dataclass(eq=False)
class FullAnswer:
    """A verdict with everything that is known about it."""

    analysis: Analysis

    @classmethod
    def of(cls, study: Study) -> "FullAnswer":
        return cls(Analysis(study))

    @property
    def study(self) -> Study:
        return self.analysis.study

    @cached_property
    def verdict(self) -> Answer:
        return verdict(self.study, self.analysis)

    @cached_property
    def tranches(self) -> dict[str, list[int]]:
        """The trials in each tranche of the study file, by their mean measures, numeric hyperparameters and seconds."""
        runs = self.analysis.search
        done = completed(runs)
        numbers = {str(c): pd.to_numeric(done[c], errors="coerce") for c in done if _in_a_rule(str(c))}
        table = pd.DataFrame(numbers).groupby(done["trial"]).mean()
        table = table.rename(columns=short_name)
        table = table.loc[:, ~table.columns.duplicated()]  # a measure goes before a hyperparameter of its name
        return {name: tranche(table, rule) for name, rule in self.study.file.tranches.items()}

    # --- text ---------------------------------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The verdict, then noise, drivers, trade-offs, thresholds and health, a sentence each."""
        lines = self.verdict.lines(full=True)
        if self.verdict.chosen is None:
            return lines
        if not self.study.adopted:
            lines += [f"Also: {said}" for said in self._since() if said.code in FIRMNESS]
        lines += map(str, self._explanations())
        lines += [f"Tranche {name}: trials {', '.join(map(str, t[:20])) or 'none'}." for name, t in self.tranches.items()]
        return lines + [str(said) for said in health_sentences(self.analysis, self.verdict.chosen)]

    def _since(self) -> list[Statement]:
        """What all runs say beyond what was recorded with the choice: an older choice says less, a later round looks at more."""
        recorded = {said.text for said in self.verdict.sentences}
        return [said for said in self.analysis.weighing.sentences if said.text not in recorded]

    def _explanations(self) -> list[Statement]:
        analysis = self.analysis
        return [
            *rank_sentences(analysis, self.verdict.chosen),
            *noise_sentences(analysis),
            *self._findings(),
            *(threshold_sentence(logged, analysis.weighing.chosen) for logged in analysis.weighing.log),
        ]

    def _findings(self) -> list[Statement]:
        """Drivers, edges, changes of scale, associations and reversals."""
        analysis = self.analysis
        warned = {warning.text for warning in self.verdict.warnings}
        at_ends = [edge for edge in analysis.edges if edge.statement.text not in warned]
        found = (*at_ends, *analysis.unit_effects, *analysis.associations, *analysis.reversals)
        return [*driver_sentences(analysis.drivers_of_goals), *(finding.statement for finding in found)]

    # --- data ---------------------------------------------------------------------------------------------------------

    def as_data(self) -> Plain:
        """The same as plain data (schema ``choose/2``)."""
        study, choice = self.study, self.study.choice()
        found: Plain = {
            "schema": "choose/2",
            "study": {
                "name": study.folder.name,
                "problem": study.problem.name,
                "data_hash": study.data_hash or None,
                "runs": len(study.state.ended),
                "trials": len(study.state.trials),
                "finished": study.finished or study.adopted,
            },
        }
        nothing = self.verdict.chosen is None
        weighing = None if nothing else self.analysis.weighing
        runner_up = choice.runner_up if choice else weighing.runner_up if weighing else None
        margin = weighing.loss.worth if weighing and np.isfinite(weighing.loss.worth) else None
        found["rule"] = {
            "order": [str(goal) for goal in study.goals],
            "constraints": [str(goal) for goal in study.goals if goal.bound is not None],
            "margin": margin,
        }
        if margin is None:
            found["rule"]["reason"] = "the noise is unknown and the goal has no worth" if not nothing else "nothing was chosen"
        found |= {
            "chosen": self._trial(self.verdict.chosen),
            "runner_up": self._trial(runner_up),
            "incumbent": self._trial(self.analysis.incumbent),
        }
        found["loss"] = loss_data(weighing) if weighing else None
        found["within_worth"] = within_data(weighing) if weighing else []
        found["front"] = (
            [
                {"trial": t, "probability": p}
                for t, p in zip(weighing.front.index.tolist(), weighing.front.tolist(), strict=True)
            ]
            if weighing
            else []
        )
        found["ranks"] = self.analysis.ranks.reset_index().to_dict("records") if weighing else []
        found["log"] = [logged_data(logged) for logged in weighing.log] if weighing else []
        found["noise"] = (
            [noise_data(weighing.levels, i, floor) for i, floor in enumerate(self.analysis.floors)] if weighing else None
        )
        found["tranches"] = self.tranches if weighing else {}
        found["sentences"] = self._texts(weighing)
        found["procedure"] = [str(said) for said in self.verdict.procedure]
        found["warnings"] = [{"code": w.code, "text": w.text} for w in self.verdict.warnings]
        return found

    def _texts(self, weighing: Weighing | None) -> list[Plain]:
        """Every sentence with its code, the numbers and the runs behind it."""
        said = [*self.verdict.expect, *self.verdict.sentences, *(self._since() if weighing and not self.study.adopted else ())]
        return [found.as_data() for found in (*said, *(self._findings() if weighing else ()))]

    def _trial(self, trial: int | None) -> Plain | None:
        if trial is None:
            return None
        return {
            "trial": trial,
            "configuration": configuration(self.study, trial),
            "estimates": [
                {"measure": e.measure, "kind": e.code, "value": e.value, "low": e.low, "high": e.high}
                | {"level": LEVEL, "runs": e.runs}
                | ({"reason": f"no interval: {e.meaning}"} if e.low is None else {})
                | (e.ahead.as_data() if e.ahead is not None else {})
                for e in self.estimates(trial)
            ],
        }

    def estimates(self, trial: int) -> list[Estimate]:
        """All that is known of a trial; what was confirmed of the procedure is said of the chosen one only."""
        study = self.study
        runs = tuple(run.number for run in study.trial(trial).runs if run.used and run.ending.succeeded)
        own = [*estimates(study, trial, study.choice()), *believed(self.analysis.weighing, study.goals, trial, runs)]
        own += [best for goal in study.goals if (best := best_run(study, goal, trial)) is not None]
        return own if trial == self.verdict.chosen else [e for e in own if e.code in OF_ANY]


def _in_a_rule(column: str) -> bool:
    return is_own(column) or column == "seconds"


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
        return [floor.statement for floor in analysis.floors]
    found = []
    for i, aim in enumerate(analysis.aims):
        if levels.facts[i]:
            found.append(Statement("noise.fact", f"Repeats give the same {aim.measure}."))
            continue
        sd, (low, high) = float(levels.noise[i]), levels.noise_between[i].tolist()
        text = f"Noise of {aim.measure}: sd {sd:.3g} [{low:.3g}, {high:.3g}] of {levels.one}."
        found.append(analysis.resting(Statement("noise", text, {"sd": sd, "low": low, "high": high})))
        found += [one.statement for one in unequal_spreads(analysis.deciding, aim.measure, analysis.folds)]
    return found


def health_sentences(analysis: Analysis, chosen: int) -> list[Statement]:
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
        text = "No hyperparameter separates the runs that completed from those that did not."
        lines.append(Statement("completion.no_driver", text))
    elif failing is not None:
        lines += driver_sentences(failing)
    for text, found in analysis.criteria(chosen).items():
        known = [c for c in found if c.met is not None]
        met = f"met in {sum(bool(c.met) for c in known)} of {len(known)} runs" if known else "not applicable"
        best = next((c.note for c in known or found), "it has no curves")
        lines.append(Statement("criterion", f"Criterion {text}: {met} of trial {chosen} ({best}).", {"trial": chosen}))
    return lines


def threshold_sentence(logged: Logged, chosen: int | None) -> Statement:
    """A threshold of the choice log in words."""
    text = f"Threshold {logged.threshold}, set {logged.when or 'at the start'}{', results had been seen' if logged.results_seen else ''}"
    if not np.isfinite(logged.step):
        return Statement("threshold.unknown", text + "; how firm the choice is against it is unknown, as the noise is.")
    moved = {"lower": logged.lower, "higher": logged.higher}
    changes = [f"trial {pick} if it were {logged.step:.3g} {way}" for way, pick in moved.items() if pick != chosen]
    text += f"; the rule would pick {' and '.join(changes)}." if changes else f"; moved by {logged.step:.3g} the pick stays."
    return Statement("threshold", text, {"step": logged.step, **moved})


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
