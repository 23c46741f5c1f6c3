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
from sweepwright.answers.places import Place, in_places, place_of
from sweepwright.answers.verdict import Answer, lines_of, verdict
from sweepwright.choosing.frame import completed, is_own, measures_in, short_name
from sweepwright.choosing.tranches import tranche
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import LEVEL, Statement
from sweepwright.study.study import Study

OF_ANY = ("confirmed", "shrunken", "measured", "best_run")  # estimates that any trial has


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
        """Everything that can be said of the choice: the verdict, how it was decided, and what the runs show; a sentence a line."""
        chosen = self.verdict.chosen
        lines = self.verdict.headline()
        lines += [f"  {e.kind}: {e.meaning}" for e in self.verdict.estimates if e.measure == self.study.goals[0].name]
        lines += lines_of(in_places(self.statements))
        if chosen is None:
            return lines
        return lines + [f"Tranche {name}: trials {', '.join(map(str, t[:20])) or 'none'}." for name, t in self.tranches.items()]

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
        warned = {said.text for said in self.verdict.said}
        at_ends = [edge for edge in analysis.edges if edge.statement.text not in warned]
        steps = [analysis.ablation] if analysis.ablation is not None else []
        found = (*steps, *at_ends, *analysis.unit_effects)
        merged = [
            analysis.resting(one.statement) for one in (*analysis.associations, *analysis.reversals)
        ]  # one mean per configuration
        return [*driver_sentences(analysis.drivers_of_goals), *(finding.statement for finding in found), *merged]

    # --- data ---------------------------------------------------------------------------------------------------------

    def as_data(self) -> Plain:
        """The same as plain data (schema ``choose/3``)."""
        study, choice = self.study, self.study.choice()
        found: Plain = {
            "schema": "choose/3",
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
        for name, said in (("statements", self._others()), ("cautions", Place.CAREFUL), ("checks", Place.PASSED)):
            own = self.at(said) if isinstance(said, Place) else said
            found[name] = [as_named(one, sets) | {"place": place_of(one).name.lower()} for one in own]
        found["run_sets"] = {name: list(runs) for name, runs in sets.items()} if weighing else {}
        return found

    def at(self, place: Place) -> tuple[Statement, ...]:
        """All sentences of one place, each with the runs behind it."""
        return in_places(self.statements).get(place, ())

    def _others(self) -> list[Statement]:
        """All sentences but cautions and checks, in the order of reading."""
        return [
            one
            for place, own in in_places(self.statements).items()
            for one in own
            if place not in (Place.CAREFUL, Place.PASSED)
        ]

    @cached_property
    def run_sets(self) -> dict[str, tuple[int, ...]]:
        """The runs of each set that sentences name."""
        return run_sets(self.analysis)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Everything that is said of the choice, each sentence with the runs behind it."""
        said = [*self.verdict.said]
        if self.verdict.chosen is not None:
            said += [*self._explanations(), *health_sentences(self.analysis, self.verdict.chosen)]
            return tuple(with_runs(one, self.run_sets) for one in said)
        return tuple(said)

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
        own = [*estimates(study, trial, study.choice()), *believed(self.analysis.weighing.levels, study.goals, trial, decided)]
        own += [best for goal in study.goals if (best := best_run(decided, goal, trial)) is not None]
        return own if trial == self.verdict.chosen else [e for e in own if e.code in OF_ANY]
