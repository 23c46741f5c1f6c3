"""The steps of a study: before, audit, explore, exploit, finalists, confirm, keep. Each is planned, run and recorded.

A plan is a pure function of what the ledger held when the step began, so a step that was interrupted is planned again
the same, and only what is missing is done.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.choosing import Choice, choose
from sweepwright.runs import ConditionKind, Run
from sweepwright.study.checks import ask_checks
from sweepwright.study.frames import aims, runs_frame
from sweepwright.study.phases import Ask, Phases
from sweepwright.study.pooling import correct_selection
from sweepwright.study.search import known_configurations, search
from sweepwright.study.seeds import measure_seed
from sweepwright.study.settings import StudyFileError
from sweepwright.study.state import State
from sweepwright.study.study import Study


class Protocol:
    """Runs the steps of one study that are not finished yet."""

    def __init__(self, study: Study, phases: Phases):
        self.study = study
        self.phases = phases
        self.journal = phases.journal
        self.file = study.file.protocol
        self.reference = study.reference.name

    @property
    def state(self) -> State:
        return self.journal.state

    def run(self) -> None:
        """Every step in order; finished ones are passed over."""
        for name, step in self.steps():
            if name not in self.state.finished:
                if name not in self.state.begun:
                    self.journal.tell({"event": "step begun", "step": name})
                step()
                self.journal.tell({"event": "step ended", "step": name})

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("before", self.before),
            ("audit", lambda: self.phases.fixed("audit", self.audit_plan())),
            ("explore", lambda: search(self.phases, "explore", self.file.explore)),
            ("exploit", lambda: search(self.phases, "exploit", self.file.exploit)),
            ("finalists", self.finalists),
            ("confirm", self.confirm),
            ("keep", self.keep),
            ("study", lambda: None),
        ]

    # --- steps --------------------------------------------------------------------------------------------------------

    def before(self) -> None:
        """Checks, then baselines on every draw and fold of the search."""
        ask_checks(self.study, self.phases.data, self.journal)
        places = self.phases.places("explore", range(self.file.explore.draws))
        effort = self.study.effort(self.file.explore.effort).name
        self.phases.fixed("before", [Ask(None, places, effort, baseline.name) for baseline in self.study.resolved.baselines])

    def audit_plan(self) -> list[Ask]:
        known = known_configurations(self.study)[: self.file.audit.trials]
        places = self.phases.places("audit", range(self.file.audit.draws))
        return [Ask(c, places, self.study.effort(self.file.audit.effort).name) for c in known]

    def finalists(self) -> None:
        """The best few again on fresh draws; then the choice, from the fresh draws alone."""
        settings = self.file.finalists
        searched = self._runs("explore", "exploit")
        if settings.trials and not searched.empty:
            first = self._choose(searched)
            picks = _finalists(first, settings.trials)
            start = self._first_fresh_draw("finalists")
            places = self.phases.places("finalists", range(start, start + settings.draws))
            effort = self.study.effort(settings.effort or self.file.explore.effort).name
            self.phases.fixed("finalists", [Ask(self.state.trials[t].configuration, places, effort) for t in picks])
        if self.state.choice("study") is None:
            fresh = self._runs("finalists")
            self._record_choice("study", "finalists" if not fresh.empty else "explore", searched if fresh.empty else fresh)
        correct_selection(self.study, self.journal)

    def confirm(self) -> None:
        """Fresh draws for the chosen, the runner-up and the incumbent; or the whole procedure in each held condition."""
        choice = self.state.choice("study")
        if choice is None or choice["chosen"] is None or self.file.confirm.how == "off":
            return
        if self.file.confirm.how == "nested":
            self._confirm_procedure()
        else:
            self._confirm_trials(choice)
        if self.file.confirm.controls:
            self.phases.fixed("confirm/controls", self._control_plan(choice["chosen"]))

    def keep(self) -> None:
        """The model that `predict` applies: a refit where a condition asks for it, else the run nearest the median."""
        choice = self.state.choice("study")
        if choice is None or choice["chosen"] is None or not self.file.keep.model:
            return
        conditions = [c for c in self.study.resolved.conditions if "keep" in c.steps]
        if conditions:
            effort = self.study.effort(self.file.keep.effort).name
            places = tuple((c.name, 0, self.study.folds(c)) for c in conditions)
            self.phases.fixed("keep", [Ask(self.state.trials[choice["chosen"]].configuration, places, effort)])
            candidates = [self.state.ended[plan.number] for plan in self.state.runs_of("keep")]
        else:
            candidates = self._nearest_median(choice["chosen"])
        stored = [run for run in candidates if (self.study.run_folder(run.number) / "weights.safetensors").exists()]
        if self.state.kept is None and stored and stored[0].ending.succeeded:
            self.journal.tell({"event": "model kept", "run": stored[0].number})
        if self.state.kept is not None:  # again after a kill in between: the copy is made from what the ledger believes
            self.study.write_model()

    # --- confirm ------------------------------------------------------------------------------------------------------

    def _confirm_trials(self, choice: dict[str, Any]) -> None:
        incumbent = self.study.file.incumbent
        configurations = [self.state.trials[t].configuration for t in (choice["chosen"], choice["runner_up"]) if t is not None]
        if incumbent:
            configurations.append(self.study.space.canonical(incumbent))
        unique = {self.study.space.identity(c): c for c in configurations}
        start = self._first_fresh_draw("confirm/fresh")
        places = self.phases.places("confirm", range(start, start + self.file.confirm.draws))
        effort = self.study.effort(self.file.confirm.effort or self.file.explore.effort).name
        self.phases.fixed("confirm/fresh", [Ask(c, places, effort) for c in unique.values()])

    def _confirm_procedure(self) -> None:
        """On each inner condition the search and its own choice by the same rule; one refit on its outer condition."""
        if self.file.explore.sampler == "tpe":
            raise StudyFileError(
                "Nested confirmation repeats the search and needs a grid, random or qmc sampler, but explore uses tpe. Use confirm: {how: fresh}."
            )
        held = [c for c in self.study.resolved.conditions if c.chosen_on is not None and "confirm" in c.steps]
        if not held:
            raise StudyFileError(
                f"Nested confirmation needs held conditions, and {self.study.problem.name!r} has none. Use confirm: {{how: fresh}}."
            )
        searched = {p.trial: None for p in self.state.proposals.get("explore", ())}
        effort = self.study.effort(self.file.explore.effort).name
        inner = [self.study.condition(c.chosen_on) for c in held if c.chosen_on]
        places = tuple((c.name, r, self.study.folds(c)) for c in inner for r in range(self.study.folds(c)))
        self.phases.fixed("confirm/inner", [Ask(self.state.trials[t].configuration, places, effort) for t in searched])
        asks = []
        for outer in held:
            assert outer.chosen_on is not None
            if self.state.choice(outer.name) is None:
                runs = self._frame("confirm/inner", outer.chosen_on)
                self._record_choice(outer.name, "confirm/inner", runs, self.study.folds(self.study.condition(outer.chosen_on)))
            choice = self.state.choice(outer.name)
            if choice is not None and choice["chosen"] is not None:
                refit = self.study.effort(self.file.confirm.effort or self.file.explore.effort).name
                asks.append(
                    Ask(self.state.trials[choice["chosen"]].configuration, ((outer.name, 0, self.study.folds(outer)),), refit)
                )
        self.phases.fixed("confirm/outer", asks)

    def _control_plan(self, chosen: int) -> list[Ask]:
        controls = [c for c in self.study.resolved.conditions if c.kind is ConditionKind.CONTROL and "confirm" in c.steps]
        effort = self.study.effort(self.file.explore.effort).name
        places = tuple((c.name, r, self.study.folds(c)) for c in controls for r in range((c.draws or 1) * self.study.folds(c)))
        return [Ask(self.state.trials[chosen].configuration, places, effort)] if places else []

    def _nearest_median(self, trial: int) -> list[Run]:
        goal = self.study.goals[0].name
        for steps in (("confirm/fresh",), ("finalists",), ("explore", "exploit")):
            runs = [
                r for r in self.state.ended.values() if r.trial == trial and r.condition == self.reference and r.step in steps
            ]
            scored = [(run, run.measured.get(goal)) for run in runs if run.ending.succeeded]
            values = [(run, value) for run, value in scored if value is not None]
            if values:
                middle = float(np.median([value for _, value in values]))
                return sorted((run for run, _ in values), key=lambda run: (abs((run.measured[goal] or 0) - middle), run.number))
        return []

    # --- choosing -----------------------------------------------------------------------------------------------------

    def _runs(self, *steps: str) -> pd.DataFrame:
        frame = runs_frame(self.state)
        return (
            frame[frame["phase"].isin(steps) & (frame["condition"] == self.reference) & frame["used"]] if len(frame) else frame
        )

    def _frame(self, phase: str, condition: str) -> pd.DataFrame:
        frame = runs_frame(self.state)
        return frame[(frame["phase"] == phase) & (frame["condition"] == condition)]

    def _choose(self, runs: pd.DataFrame, folds: int | None = None) -> Choice:
        folds = self.study.folds(self.study.reference) if folds is None else folds
        return choose(runs, aims(self.study.goals), folds, measure_seed(self.state.root, "choice"))

    def _record_choice(self, purpose: str, step: str, runs: pd.DataFrame, folds: int | None = None) -> None:
        choice = self._choose(runs, folds)
        rows = choice.table.reset_index().to_dict("records")
        self.journal.tell(
            {
                "event": "choice made",
                "purpose": purpose,
                "step": step,
                "goals": [str(goal) for goal in self.study.goals],
                "chosen": choice.chosen,
                "runner_up": choice.runner_up,
                "best": choice.best,
                "order": list(choice.order),
                "indistinguishable": list(choice.indistinguishable),
                "sentences": list(choice.sentences),
                "rows": [{key: _json_number(value) for key, value in row.items()} for row in rows],
            }
        )

    def _first_fresh_draw(self, phase: str) -> int:
        """The first draw that no earlier step has used for the reference condition."""
        used = [
            p.draw for p in self.state.planned.values() if p.step != phase and p.trial >= 0 and p.condition == self.reference
        ]
        return max(used, default=-1) + 1


def _finalists(choice: Choice, count: int) -> list[int]:
    """The rule's own pick, the best by the first goal, then the next best by the first goal: sparse models get a hearing."""
    if choice.chosen is None:
        return []
    by_first = choice.table.sort_values("behind", kind="stable").index
    picks = dict.fromkeys([choice.chosen, choice.best, *(int(t) for t in by_first)])
    return [trial for trial in picks if trial is not None][:count]


def _json_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
