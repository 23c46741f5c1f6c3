"""The steps of a study: before, audit, explore, exploit, finalists, confirm, keep. Each is planned, run and recorded.

A plan is a pure function of what the ledger held when the step began, so a step that was interrupted is planned again
the same, and only what is missing is done. A study that was extended goes through its steps once more, under names of
their own (``explore/+1``), and chooses from everything that it has.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.choosing import Choice, choose, shrunken_means
from sweepwright.runs import ConditionKind, Run
from sweepwright.study.checks import ask_checks
from sweepwright.study.clock import Clock
from sweepwright.study.frames import aims, evidence, runs_frame
from sweepwright.study.phases import Ask, Phases
from sweepwright.study.plan import Plan, audit_effort, draws, known_configurations, plan
from sweepwright.study.pooling import correct_selection
from sweepwright.study.search import exploit, explore
from sweepwright.study.seeds import measure_seed
from sweepwright.study.settings import ADAPTIVE, StudyFileError
from sweepwright.study.state import SEARCHED, State, comes_before, round_of
from sweepwright.study.study import Study


class Protocol:
    """Runs the steps of the current round of a study that are not finished yet."""

    def __init__(self, study: Study, phases: Phases):
        self.study = study
        self.phases = phases
        self.journal = phases.journal
        self.file = study.file.protocol
        self.reference = study.reference.name
        self.plan = plan(study)
        if self.state.round:
            extension = self.state.extensions[-1]
            self.plan = _extended(self.plan, extension.explore, extension.exploit)
        self.clock = Clock(study.file.budget.hours, self.plan, self.state.seconds_worked())

    @property
    def state(self) -> State:
        return self.journal.state

    def run(self) -> None:
        """Every step in order; finished ones are passed over."""
        for phase in [name for name in self.state.proposals if round_of(name) < self.state.round]:
            self.phases.resend(phase)  # nothing, unless a repair lost runs of an earlier round
        for base, step in self.steps():
            name = self.state.in_round(base)
            if name not in self.state.finished:
                if name not in self.state.begun:
                    self.journal.tell({"event": "step begun", "step": name})
                step()
                self.journal.tell({"event": "step ended", "step": name})

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        later = [
            ("explore", lambda: explore(self.phases, self.file.explore, self.plan, self.clock)),
            ("exploit", lambda: exploit(self.phases, self.file.exploit, self.plan, self.clock)),
            ("finalists", self.finalists),
            ("confirm", self.confirm),
            ("keep", self.keep),
            ("study", lambda: None),
        ]
        if self.state.round:
            return [("explore/replicates", self.replicates), *later]
        return [("before", self.before), ("audit", lambda: self.phases.fixed("audit", self.audit_plan())), *later]

    # --- steps --------------------------------------------------------------------------------------------------------

    def before(self) -> None:
        """Checks, then baselines on every draw and fold of the search."""
        ask_checks(self.study, self.phases.data, self.journal)
        places = self.phases.places("explore", range(draws(self.study, self.file.explore)))
        effort = self.study.effort(self.file.explore.effort).name
        self.phases.fixed("before", [Ask(None, places, effort, baseline.name) for baseline in self.study.resolved.baselines])

    def audit_plan(self) -> list[Ask]:
        known = known_configurations(self.study)[: self.plan.audit]
        places = self.phases.places("audit", range(self.file.audit.draws))
        return [Ask(c, places, self.study.effort(audit_effort(self.study)).name) for c in known]

    def replicates(self) -> None:
        """More draws for every configuration of the search, where the study file asks for more than it did."""
        extra = self.state.extensions[-1].draws
        if extra is None:
            return
        for step, settings in (("explore", self.file.explore), ("exploit", self.file.exploit)):
            searched = dict.fromkeys(p.trial for p in self.state.asked_in(step) if "/replicates" not in p.step)
            places = self.phases.places(step, range(*extra))
            effort = self.study.effort(settings.effort).name
            asks = [Ask(self.state.trials[t].configuration, places, effort) for t in searched]
            self.phases.fixed(self.state.in_round(f"{step}/replicates"), asks)

    def finalists(self) -> None:
        """The best few again on fresh draws, fewer and fewer of them; then the choice, from what all of them shared."""
        survivors, out = self._final_rounds() if self.plan.finalists else ([], [])
        if self._to_choose("study"):
            fresh = self._runs("finalists")
            runs = self._final_runs(survivors) if survivors else self._runs(*SEARCHED)
            step = "finalists" if survivors and not fresh.empty else "explore"
            self._record_choice("study", step, runs, eliminated=out)
        correct_selection(self.study, self.journal)

    def _final_rounds(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Runs the rounds; who is left, best first, and (trial, round) of those that left, the last to leave first."""
        searched = self._runs(*SEARCHED)
        ranked = [] if searched.empty else self._ranked(self._choose(searched))
        if not ranked:
            return [], []
        start = self._first_fresh_draw("finalists")
        effort = self.study.effort(self.file.finalists.effort or self.file.explore.effort).name
        out: list[tuple[int, int]] = []
        phases: list[str] = []
        rounds = self.plan.finalists
        for i, (count, fresh) in enumerate(rounds):
            stay, leave = ranked[:count], ranked[count:]
            out = [(trial, i) for trial in leave] + out if i else []
            places = self.phases.places("finalists", range(start, start + fresh))
            phase = self.state.in_round("finalists" if len(rounds) == 1 else f"finalists/{i + 1}")
            self.phases.fixed(phase, [Ask(self.state.trials[t].configuration, places, effort) for t in stay])
            start += fresh
            failed = {run.trial for p in self.state.runs_of(phase) if not (run := self.state.ended[p.number]).ending.succeeded}
            phases.append(phase)
            ranked = sorted(self._by_worth(stay, effort, phases), key=failed.__contains__)  # who failed goes behind
        return ranked, out

    def _ranked(self, first: Choice) -> list[int]:
        """The rule's own pick and the best by the first goal, then all others by their shrunken means.

        With one goal these agree; with several, a sparse model that is as good gets a hearing.
        """
        if first.chosen is None:
            return []
        allowed = [trial for trial in first.order if trial not in self.state.invalid]
        effort = self.study.effort(self.file.explore.effort).name
        leaders = [first.chosen, first.best] if len(self.study.goals) > 1 else []
        ranked = dict.fromkeys([*leaders, *self._by_worth(allowed, effort)])
        return [trial for trial in ranked if trial is not None]

    def _by_worth(self, trials: Sequence[int], effort: str, phases: Sequence[str] = ()) -> list[int]:
        """Trials by the first goal after shrinkage, best first; what is equal keeps its order.

        From everything that was there when the finalists began, and these phases of theirs: so it can be found again later.
        """
        goal, now = self.study.goals[0], self.state.in_round("finalists")
        known = evidence(self.state, self.reference, goal.name, lambda name: name in phases or comes_before(name, now), effort)
        means = shrunken_means(known) if len(known) else pd.Series(dtype=float)
        worth = {trial: goal.sign * float(means.get(trial, -goal.sign * np.inf)) for trial in trials}
        return sorted(trials, key=lambda trial: -worth[trial])

    def _final_runs(self, survivors: Sequence[int]) -> pd.DataFrame:
        """What the choice is made from: the fresh draws of who is left, and their search where its effort is the same.

        The search's runs made the finalists look good, but all of them alike; leaving them out would waste evidence.
        """
        effort = self.study.effort(self.file.finalists.effort or self.file.explore.effort).name
        runs = self._runs(*SEARCHED, "finalists", "confirm")
        mine = runs["trial"].isin(survivors) & (runs["effort"] == effort)
        fresh = runs["step"].eq("finalists")
        return runs[mine & (fresh | (self.study.folds(self.study.reference) == 1))]

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
            self.phases.fixed(self.state.in_round("confirm/controls"), self._control_plan(choice["chosen"]))

    def keep(self) -> None:
        """The model that `predict` applies: a refit where a condition asks for it, else the run nearest the median."""
        choice = self.state.choice("study")
        if choice is None or choice["chosen"] is None or not self.file.keep.model:
            return
        conditions = [c for c in self.study.resolved.conditions if "keep" in c.steps]
        phase = self.state.in_round("keep")
        if conditions:
            effort = self.study.effort(self.file.keep.effort).name
            places = tuple((c.name, 0, self.study.folds(c)) for c in conditions)
            self.phases.fixed(phase, [Ask(self.state.trials[choice["chosen"]].configuration, places, effort)])
            [proposal] = self.state.asked(phase)
            candidates = [self.state.ended[number] for number in proposal.runs]
        else:
            candidates = self._nearest_median(choice["chosen"])
        stored = [run for run in candidates if (self.study.run_folder(run.number) / "weights.safetensors").exists()]
        if stored and stored[0].ending.succeeded and self.state.kept != stored[0].number:
            self.journal.tell({"event": "model kept", "run": stored[0].number})
        if self.state.kept is not None:  # again after a kill in between: the copy is made from what the ledger believes
            self.study.write_model()

    # --- confirm ------------------------------------------------------------------------------------------------------

    def _confirm_trials(self, choice: dict[str, Any]) -> None:
        incumbent = self.study.file.incumbent
        leaders = choice["order"][: self.file.confirm.trials]
        configurations = [self.state.trials[trial].configuration for trial in leaders]
        if incumbent:
            configurations.append(self.study.space.canonical(incumbent))
        unique = {self.study.space.identity(c): c for c in configurations}
        start = self._first_fresh_draw("confirm/fresh")
        places = self.phases.places("confirm", range(start, start + self.file.confirm.draws))
        effort = self.study.effort(self.file.confirm.effort or self.file.explore.effort).name
        self.phases.fixed(self.state.in_round("confirm/fresh"), [Ask(c, places, effort) for c in unique.values()])

    def _confirm_procedure(self) -> None:
        """On each inner condition the search and its own choice by the same rule; one refit on its outer condition."""
        if self.file.explore.sampler in ADAPTIVE or any(self.plan.exploit.values()):
            raise StudyFileError(
                "Nested confirmation repeats the search and needs a grid, random or qmc sampler and nothing to exploit, but the "
                "search goes by results. Use confirm: {how: fresh}, or explore: {sampler: qmc} and exploit: {trials: 0}."
            )
        held = [c for c in self.study.resolved.conditions if c.chosen_on is not None and "confirm" in c.steps]
        if not held:
            raise StudyFileError(
                f"Nested confirmation needs held conditions, and {self.study.problem.name!r} has none. Use confirm: {{how: fresh}}."
            )
        searched = {p.trial: None for p in self.state.asked_in("explore") if p.trial not in self.state.invalid}
        effort = self.study.effort(self.file.explore.effort).name
        inner = [self.study.condition(c.chosen_on) for c in held if c.chosen_on]
        places = tuple((c.name, r, self.study.folds(c)) for c in inner for r in range(self.study.folds(c)))
        self.phases.fixed(
            self.state.in_round("confirm/inner"), [Ask(self.state.trials[t].configuration, places, effort) for t in searched]
        )
        asks = []
        for outer in held:
            assert outer.chosen_on is not None
            if self._to_choose(outer.name):
                runs = self._frame("confirm/inner", outer.chosen_on)
                self._record_choice(outer.name, "confirm/inner", runs, self.study.folds(self.study.condition(outer.chosen_on)))
            choice = self.state.choice(outer.name)
            if choice is not None and choice["chosen"] is not None:
                refit = self.study.effort(self.file.confirm.effort or self.file.explore.effort).name
                asks.append(
                    Ask(self.state.trials[choice["chosen"]].configuration, ((outer.name, 0, self.study.folds(outer)),), refit)
                )
        self.phases.fixed(self.state.in_round("confirm/outer"), asks)

    def _control_plan(self, chosen: int) -> list[Ask]:
        controls = [c for c in self.study.resolved.conditions if c.kind is ConditionKind.CONTROL and "confirm" in c.steps]
        effort = self.study.effort(self.file.explore.effort).name
        places = tuple((c.name, r, self.study.folds(c)) for c in controls for r in range((c.draws or 1) * self.study.folds(c)))
        return [Ask(self.state.trials[chosen].configuration, places, effort)] if places else []

    def _nearest_median(self, trial: int) -> list[Run]:
        goal = self.study.goals[0].name
        for steps in (("confirm",), ("finalists",), SEARCHED):
            plans = [plan for plan in self.state.runs_of_trial(trial) if plan.step.split("/")[0] in steps]
            runs = [self.state.ended[p.number] for p in plans if p.condition == self.reference and p.number in self.state.ended]
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
            frame[frame["step"].isin(steps) & (frame["condition"] == self.reference) & frame["used"]] if len(frame) else frame
        )

    def _frame(self, phase: str, condition: str) -> pd.DataFrame:
        frame = runs_frame(self.state)
        return frame[frame["phase"].str.startswith(phase) & (frame["condition"] == condition) & frame["used"]]

    def _to_choose(self, purpose: str) -> bool:
        """Whether the choice for a purpose has not been made in this round."""
        choice = self.state.choice(purpose)
        return choice is None or choice.get("round", 0) != self.state.round

    def _choose(self, runs: pd.DataFrame, folds: int | None = None) -> Choice:
        folds = self.study.folds(self.study.reference) if folds is None else folds
        return choose(runs, aims(self.study.goals), folds, measure_seed(self.state.root, "choice"))

    def _record_choice(
        self,
        purpose: str,
        step: str,
        runs: pd.DataFrame,
        folds: int | None = None,
        eliminated: Sequence[tuple[int, int]] = (),
    ) -> None:
        choice = self._choose(runs, folds)
        rows = choice.table.reset_index().to_dict("records")
        order, sentences = list(choice.order), list(choice.sentences)
        if choice.chosen is not None and eliminated:
            order += [trial for trial, _ in eliminated]
            rows += self._rows_of_eliminated(eliminated)
            sentences.append(
                f"{len(choice.order)} of {len(order)} finalists were left after {len(self.plan.finalists)} rounds on fresh draws."
            )
        self.journal.tell(
            {
                "event": "choice made",
                "purpose": purpose,
                "round": self.state.round,
                "step": step,
                "goals": [str(goal) for goal in self.study.goals],
                "chosen": choice.chosen,
                "runner_up": choice.runner_up if choice.runner_up is not None or len(order) < 2 else order[1],
                "best": choice.best,
                "order": order,
                "indistinguishable": list(choice.indistinguishable),
                "sentences": sentences,
                "rows": [{key: _json_number(value) for key, value in row.items()} for row in rows],
            }
        )

    def _rows_of_eliminated(self, eliminated: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        """Finalists that left: their means, which are those of fewer draws, and after which round they left."""
        runs = self._runs(*SEARCHED, "finalists")
        means = runs[runs["trial"].isin([trial for trial, _ in eliminated])].groupby("trial")
        goals = [goal.name for goal in self.study.goals]
        columns = means[[f"measure.{name}" for name in goals]].mean(numeric_only=True)
        return [
            {"trial": trial, "eliminated_after": after}
            | {f"mean.{name}": columns.at[trial, f"measure.{name}"] for name in goals}
            for trial, after in eliminated
        ]

    def _first_fresh_draw(self, base: str) -> int:
        """The first draw that nothing before this step of this round has used for the reference condition."""
        now = self.state.in_round(base)
        earlier = {name for name in self.state.proposals if comes_before(name, now)}
        plans = self.state.planned.values()
        used = [p.draw for p in plans if p.step in earlier and p.trial >= 0 and p.condition == self.reference]
        return max(used, default=-1) + 1


def _extended(plan: Plan, explored: int, exploited: int) -> Plan:
    """The plan of an extension: so many more configurations; the steps after the search as in the first round."""
    total = sum(plan.exploit.values()) or 1
    shares = {name: exploited * size // total for name, size in plan.exploit.items()} or {"exploit": 0}
    first = next(iter(shares))
    shares[first] += exploited - sum(shares.values())
    return replace(plan, audit=0, explore=explored, exploit=shares)


def _json_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
