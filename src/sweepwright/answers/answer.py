"""The whole answer of `choose`: the verdict with its probabilities, noise, drivers, trade-offs and health; as text and data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sweepwright.answers.analysis import Analysis, configuration
from sweepwright.answers.as_json import logged_data, loss_data, noise_data, within_data
from sweepwright.answers.estimates import Estimate, believed, best_run, estimates
from sweepwright.answers.explaining import (
    driver_sentences,
    health_sentences,
    noise_sentences,
    rank_sentences,
    threshold_sentence,
)
from sweepwright.answers.naming import as_named, run_sets, with_runs
from sweepwright.answers.verdict import Answer, verdict
from sweepwright.choosing.frame import completed, is_own, measures_in, short_name
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
        """The trials in each tranche of the study file, by their levels, numeric hyperparameters and mean seconds."""
        done = completed(self.analysis.search)
        if not self.study.file.tranches:
            return {}
        others = [c for c in done if is_own(c) and short_name(c) not in measures_in(done)] + ["seconds"]
        numbers = {str(c): pd.to_numeric(done[c], errors="coerce") for c in others}
        table = pd.DataFrame(numbers).groupby(done["trial"]).mean()
        levels = {name: self.analysis.level(name).reindex(table.index) for name in measures_in(done)}
        table = pd.DataFrame(levels, index=table.index).join(table.rename(columns=short_name))
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
        """What all runs say beyond what was recorded with the choice: an older choice says less, a later round looks at more.

        Nothing, where the goals or the trials that count have changed since, or the chosen trial can no longer be chosen: they would
        be about another choice.
        """
        if self.analysis.weighing.chosen != self.verdict.chosen or any(
            said.code == "made_before" for said in self.verdict.warnings
        ):
            return []
        recorded = {said.text for said in self.verdict.sentences}
        return [said for said in self.analysis.weighing.sentences if said.text not in recorded]

    def _explanations(self) -> list[Statement]:
        analysis = self.analysis
        return [
            *rank_sentences(analysis, self.verdict.chosen),
            *noise_sentences(analysis),
            *self._findings(),
            *(threshold_sentence(logged, self.verdict.chosen) for logged in analysis.weighing.log),
        ]

    def _findings(self) -> list[Statement]:
        """Drivers, edges, changes of scale, associations and reversals."""
        analysis = self.analysis
        warned = {warning.text for warning in self.verdict.warnings}
        at_ends = [edge for edge in analysis.edges if edge.statement.text not in warned]
        steps = [analysis.ablation] if analysis.ablation is not None else []
        found = (*steps, *at_ends, *analysis.unit_effects)
        merged = [
            analysis.resting(one.statement) for one in (*analysis.associations, *analysis.reversals)
        ]  # one mean per configuration
        return [*driver_sentences(analysis.drivers_of_goals), *(finding.statement for finding in found), *merged]

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
        found["loss"] = loss_data(weighing, self.verdict.chosen) if weighing else None
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
        sets = self.run_sets
        found["sentences"] = [as_named(said, sets) for said in self.statements]
        found["procedure"] = [str(said) for said in self.verdict.procedure]
        found["warnings"] = [as_named(said, sets) for said in self.warnings]
        found["run_sets"] = {name: list(runs) for name, runs in sets.items()} if weighing else {}
        return found

    @cached_property
    def run_sets(self) -> dict[str, tuple[int, ...]]:
        """The runs of each set that sentences name."""
        return run_sets(self.analysis)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Everything that is said of the choice, each sentence with the runs behind it."""
        said = [*self.verdict.expect, *self.verdict.sentences, *self.verdict.procedure]
        if self.verdict.chosen is not None:
            said += () if self.study.adopted else self._since()
            said += [*self._explanations(), *health_sentences(self.analysis, self.verdict.chosen)]
        return tuple(with_runs(one, self.run_sets) for one in said)

    @cached_property
    def warnings(self) -> tuple[Statement, ...]:
        """What to be careful about, each sentence with the runs behind it."""
        return tuple(with_runs(one, self.run_sets) for one in self.verdict.warnings)

    def _trial(self, trial: int | None) -> Plain | None:
        if trial is None:
            return None
        return {
            "trial": trial,
            "configuration": configuration(self.study, trial),
            "estimates": [
                {"measure": e.measure, "kind": e.code, "value": e.value, "low": e.low, "high": e.high}
                | {"level": LEVEL, "runs": e.runs, "run_numbers": list(e.numbers)}
                | ({"reason": f"no interval: {e.meaning}"} if e.low is None else {})
                | (e.ahead.as_data() if e.ahead is not None else {})
                for e in self.estimates(trial)
            ],
        }

    def estimates(self, trial: int) -> list[Estimate]:
        """All that is known of a trial; what was confirmed of the procedure is said of the chosen one only."""
        study, decided = self.study, self.analysis.deciding
        own = [*estimates(study, trial, study.choice()), *believed(self.analysis.weighing, study.goals, trial, decided)]
        own += [best for goal in study.goals if (best := best_run(decided, goal, trial)) is not None]
        return own if trial == self.verdict.chosen else [e for e in own if e.code in OF_ANY]
