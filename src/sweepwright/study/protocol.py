"""The steps of a study: before, audit, explore, exploit, finalists, confirm, keep. Each is planned, run and recorded.

A plan is a pure function of what the ledger held when the step began, so a step that was interrupted is planned again
the same, and only what is missing is done.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.choosing import Choice, bias_corrected, choose
from sweepwright.errors import InputError
from sweepwright.problem import Data, Of, Status, lookups
from sweepwright.runs import Condition, ConditionKind, Job, Run
from sweepwright.space import Configuration
from sweepwright.study import sampling
from sweepwright.study.dispatch import Dispatcher, Journal, stored_records
from sweepwright.study.frames import aims, runs_frame
from sweepwright.study.seeds import data_seed, measure_seed, run_seed
from sweepwright.study.settings import Search, StudyFileError
from sweepwright.study.state import BASELINE_TRIAL, Planned, State
from sweepwright.study.study import Study
from sweepwright.study.worker import Task, measured

PAIRED = (ConditionKind.VIEW, ConditionKind.WORLD)
FEWEST_EXPLORED, PER_DIMENSION = 50, 8


@dataclass(frozen=True, slots=True)
class Ask:
    """A configuration to run: on (condition, replicate, folds) each, at one effort. A baseline has no configuration."""

    configuration: Configuration | None
    places: tuple[tuple[str, int, int], ...]
    effort: str
    baseline: str | None = None


class CheckFailed(InputError):
    """A check of the problem failed and was not accepted."""


class Protocol:
    """Runs the steps of one study that are not finished yet."""

    def __init__(self, study: Study, data: Data, journal: Journal, dispatcher: Dispatcher, options: str, address: str):
        self.study = study
        self.data = data
        self.journal = journal
        self.dispatcher = dispatcher
        self.options = options
        self.address = address
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
            ("audit", lambda: self.fixed("audit", self.audit_plan())),
            ("explore", lambda: self.search("explore", self.file.explore)),
            ("exploit", lambda: self.search("exploit", self.file.exploit)),
            ("finalists", self.finalists),
            ("confirm", self.confirm),
            ("keep", self.keep),
            ("study", lambda: None),
        ]

    # --- steps --------------------------------------------------------------------------------------------------------

    def before(self) -> None:
        """Checks, then baselines on every draw and fold of the search."""
        ask_checks(self.study, self.data, self.journal)
        places = self._places("explore", range(self.file.explore.draws))
        effort = self.study.effort(self.file.explore.effort).name
        self.fixed("before", [Ask(None, places, effort, baseline.name) for baseline in self.study.resolved.baselines])

    def audit_plan(self) -> list[Ask]:
        known = self._known()[: self.file.audit.trials]
        places = self._places("audit", range(self.file.audit.draws))
        return [Ask(c, places, self.study.effort(self.file.audit.effort).name) for c in known]

    def finalists(self) -> None:
        """The best few again on fresh draws; then the choice, from the fresh draws alone."""
        settings = self.file.finalists
        searched = self._runs("explore", "exploit")
        if settings.trials and not searched.empty:
            first = self._choose(searched)
            picks = _finalists(first, settings.trials)
            start = self._first_fresh_draw("finalists")
            places = self._places("finalists", range(start, start + settings.draws))
            effort = self.study.effort(settings.effort or self.file.explore.effort).name
            self.fixed("finalists", [Ask(self.state.trials[t].configuration, places, effort) for t in picks])
        if self.state.choice("study") is None:
            fresh = self._runs("finalists")
            self._record_choice("study", "finalists" if not fresh.empty else "explore", searched if fresh.empty else fresh)
        self._correct_selection()

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
            self.fixed("confirm/controls", self._control_plan(choice["chosen"]))

    def keep(self) -> None:
        """The model that `predict` applies: a refit where a condition asks for it, else the run nearest the median."""
        choice = self.state.choice("study")
        if choice is None or choice["chosen"] is None or not self.file.keep.model:
            return
        conditions = [c for c in self.study.resolved.conditions if "keep" in c.steps]
        if conditions:
            effort = self.study.effort(self.file.keep.effort).name
            places = tuple((c.name, 0, self.study.folds(c)) for c in conditions)
            self.fixed("keep", [Ask(self.state.trials[choice["chosen"]].configuration, places, effort)])
            candidates = [self.state.ended[plan.number] for plan in self.state.runs_of("keep")]
        else:
            candidates = self._nearest_median(choice["chosen"])
        if self.state.kept is None and candidates and candidates[0].ending.succeeded:
            self.journal.tell({"event": "model kept", "run": candidates[0].number})
            self.study.write_model()

    # --- search -------------------------------------------------------------------------------------------------------

    def search(self, step: str, settings: Search) -> None:
        """Propose and train; a model-based sampler waits for what it must be told, the others are planned at once."""
        if settings.trials == 0:
            return
        places = self._places(step, range(settings.draws))
        effort = self.study.effort(settings.effort).name
        if settings.sampler != "tpe":
            self.fixed(step, [Ask(c, places, effort) for c in self._proposals(step, settings)])
            return
        space, lag = self.study.space, self.study.file.lag or 4
        trials = settings.trials or default_trials(self.study)
        self._resend(step)
        while len(self.state.proposals.get(step, ())) < trials or self.dispatcher.busy:
            number = len(self.state.proposals.get(step, ()))
            if number >= trials or not self.dispatcher.slots.free or not self._may_propose(step, number, lag):
                self.dispatcher.collect()
                continue
            told, pending = self._told(step, number, lag)
            known = self._known() if step == "explore" else []
            configuration = (
                known[number] if number < len(known) else sampling.tpe(space, self.state.root, step, number, told, pending)
            )
            self._propose(step, Ask(configuration, self._fresh_places(step, configuration, places), effort))
            for task in self._tasks([p for p in self.state.waiting(step) if p.number >= self._first_run]):
                self.dispatcher.start(task)
        self._pool(step)

    def _proposals(self, step: str, settings: Search) -> list[dict[str, Any]]:
        space, root = self.study.space, self.state.root
        if settings.sampler == "grid":
            return sampling.grid(space, settings.trials)
        trials = settings.trials or default_trials(self.study)
        known = self._known()[:trials]
        draw = sampling.random if settings.sampler == "random" else sampling.quasi_random
        return [*known, *draw(space, root, step, 0, trials - len(known))]

    def _may_propose(self, step: str, number: int, lag: int) -> bool:
        told = {proposal.trial for proposal in self.state.proposals.get(step, ())[: max(0, number - lag + 1)]}
        return not any(plan.trial in told for plan in self.state.waiting(step))

    def _told(self, step: str, number: int, lag: int):
        """What the sampler of proposal `number` is told: earlier steps, and proposals 0..number - lag of this one."""
        goal = self.study.goals[0]
        own = self.state.proposals.get(step, ())
        old = [p for name in ("audit", "explore", "exploit") if name != step for p in self.state.proposals.get(name, ())]
        sure, pending = own[: max(0, number - lag + 1)], own[max(0, number - lag + 1) : number]

        def value(trial: int) -> float | None:
            runs = [
                r
                for r in self.state.ended.values()
                if r.trial == trial and r.condition == self.reference and r.step in ("audit", "explore", "exploit")
            ]
            values = [r.measured.get(goal.name) for r in runs]
            found = [v for v in values if v is not None]
            return goal.sign * float(np.mean(found)) if found and len(found) == len(values) else None

        told = [sampling.Told(self.state.trials[p.trial].configuration, value(p.trial)) for p in (*old, *sure)]
        return told, [self.state.trials[p.trial].configuration for p in pending]

    def _fresh_places(self, step: str, configuration: Configuration, places):
        """A configuration that was proposed before gets the next draws, so that its new runs are replicates."""
        trial = self.state.by_identity.get(self.study.space.identity(configuration))
        used = [plan.draw for plan in self.state.runs_of(step) if plan.trial == trial]
        if trial is None or not used:
            return places
        shift = max(used) + 1
        return tuple((condition, replicate + shift * folds, folds) for condition, replicate, folds in places)

    # --- fixed plans --------------------------------------------------------------------------------------------------

    def fixed(self, phase: str, asks: Sequence[Ask]) -> None:
        """Record what is not recorded of a plan, then train what is not trained."""
        done = len(self.state.proposals.get(phase, ()))
        seen: dict[str, int] = {}
        for i, ask in enumerate(asks):
            if ask.configuration is not None and phase in ("explore", "exploit"):
                identity = self.study.space.identity(ask.configuration)
                again = seen.get(identity, 0)
                seen[identity] = again + 1
                draws = 1 + max(r // f for _, r, f in ask.places) if ask.places else 1
                places = tuple((c, r + again * draws * f, f) for c, r, f in ask.places)
                ask = Ask(ask.configuration, places, ask.effort)
            if i >= done:
                self._propose(phase, ask)
        self._resend(phase)
        self._pool(phase)

    def _propose(self, phase: str, ask: Ask) -> None:
        self._first_run = self.state.next_run
        runs = [[self._first_run + i, c, r, f, ask.effort] for i, (c, r, f) in enumerate(ask.places)]
        event: dict[str, Any] = {"event": "proposal asked", "step": phase, "trial": BASELINE_TRIAL, "runs": runs}
        if ask.configuration is None:
            event["baseline"] = ask.baseline
        else:
            configuration = self.study.space.canonical(ask.configuration)
            identity = self.study.space.identity(configuration)
            trial = self.state.by_identity.get(identity, self.state.next_trial)
            event |= {"trial": trial, "identity": identity, "configuration": configuration}
        self.journal.tell(event)

    def _resend(self, phase: str) -> None:
        """Train the runs of a phase that have not ended; those stored by a killed batch are believed first."""
        tasks = [task for task in self._tasks(self.state.runs_of(phase)) if self._open(task)]
        for task in tasks:
            self.dispatcher.believe(stored_records(self.study.folder, task.jobs, self.state))
        self.dispatcher.run([task for task in tasks if self._open(task)])

    def _open(self, task: Task) -> bool:
        return any(job.number not in self.state.ended for job in task.jobs)

    def _tasks(self, plans: Sequence[Planned]) -> list[Task]:
        """Batches in the problem's own groups; the groups depend on what was planned, never on what has ended."""
        tasks = []
        for baseline, group in groupby(plans, key=lambda plan: plan.baseline):
            jobs = [self._job(plan) for plan in group]
            batches = [[job] for job in jobs] if baseline else self.study.problem.batches(jobs)
            tasks += [self._task(tuple(batch), baseline) for batch in batches]
        return tasks

    def _task(self, jobs: tuple[Job, ...], baseline: str | None) -> Task:
        return Task(
            problem=self.address,
            options=self.options,
            data_hash=self.data.hash,
            folder=str(self.study.folder),
            jobs=jobs,
            root=self.state.root,
            baseline=baseline,
            keep=("outcome",)
            if jobs[0].condition.kind in (ConditionKind.HELD, ConditionKind.CONTROL)
            else ("outcome", "curves", "weights"),
        )

    def _job(self, plan: Planned) -> Job:
        executor, root = self.study.file.executor, self.state.root
        trial = self.state.trials.get(plan.trial)
        identity = trial.identity if trial else f"baseline {plan.baseline}"
        return Job(
            number=plan.number,
            configuration=trial.configuration if trial else {},
            condition=self.study.condition(plan.condition),
            replicate=plan.replicate,
            folds=plan.folds,
            seed=run_seed(root, identity, plan.condition, plan.replicate),
            data_seed=data_seed(root, plan.draw),
            effort=self.study.effort(plan.effort),
            device=executor.device,
            threads=executor.threads,
        )

    def _places(self, step: str, draws: range) -> tuple[tuple[str, int, int], ...]:
        """(condition, replicate, folds) for every condition that can be paired and asks for this step."""
        places = []
        for condition in self.study.resolved.conditions:
            if step in condition.steps and condition.kind in PAIRED:
                folds = self.study.folds(condition)
                places += [(condition.name, r, folds) for r in range(draws.start * folds, draws.stop * folds)]
        return tuple(places)

    def _known(self) -> list[dict[str, Any]]:
        """The incumbent, then the problem's known configurations, as far as the space contains them."""
        known = [c for c in (self.study.file.incumbent, *self.study.problem.known) if c]
        space = self.study.space
        found = {}
        for configuration in known:
            try:
                canonical = space.canonical(configuration)
            except ValueError:
                if configuration is self.study.file.incumbent:
                    raise
                continue  # a narrowed space may leave out what the problem knows
            if space.broken(canonical) is None:
                found.setdefault(space.identity(canonical), canonical)
        return list(found.values())

    def _first_fresh_draw(self, phase: str) -> int:
        """The first draw that no earlier step has used for the reference condition."""
        used = [
            p.draw for p in self.state.planned.values() if p.step != phase and p.trial >= 0 and p.condition == self.reference
        ]
        return max(used, default=-1) + 1

    # --- confirm ------------------------------------------------------------------------------------------------------

    def _confirm_trials(self, choice: dict[str, Any]) -> None:
        incumbent = self.study.file.incumbent
        configurations = [self.state.trials[t].configuration for t in (choice["chosen"], choice["runner_up"]) if t is not None]
        if incumbent:
            configurations.append(self.study.space.canonical(incumbent))
        unique = {self.study.space.identity(c): c for c in configurations}
        start = self._first_fresh_draw("confirm/fresh")
        places = self._places("confirm", range(start, start + self.file.confirm.draws))
        effort = self.study.effort(self.file.confirm.effort or self.file.explore.effort).name
        self.fixed("confirm/fresh", [Ask(c, places, effort) for c in unique.values()])

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
        self.fixed("confirm/inner", [Ask(self.state.trials[t].configuration, places, effort) for t in searched])
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
        self.fixed("confirm/outer", asks)

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

    # --- measures of several runs -------------------------------------------------------------------------------------

    def _pool(self, phase: str) -> None:
        """Measures of all folds of one draw together, once per group; of all refits of a procedure together."""
        if phase == "confirm/inner":  # a stage of the procedure, not a result
            return
        done = {(e["step"], e.get("trial"), e["condition"], e["draw"], e.get("baseline")) for e in self.state.pooled}
        groups = [(key, list(runs)) for key, runs in self._groups(phase)]
        for (trial, condition, draw, baseline), plans in groups:
            runs = [self.state.ended[plan.number] for plan in plans if plan.number in self.state.ended]
            complete = len(runs) == len(plans) > 0 and all(run.ending.succeeded for run in runs)
            if complete and (phase, trial, condition, draw, baseline) not in done:
                event = {
                    "event": "measured",
                    "of": "procedure" if trial is None else "pooled",
                    "step": phase,
                    "condition": condition,
                }
                values, reasons = self._pooled_values(runs)
                if values:
                    self.journal.tell(
                        event | {"trial": trial, "draw": draw, "baseline": baseline, "values": values, "reasons": reasons}
                    )

    def _groups(self, phase: str) -> Iterator[tuple[tuple, list[Planned]]]:
        plans = self.state.runs_of(phase)
        if phase == "confirm/outer":
            yield (None, "outer", 0, None), plans
            return
        found: dict[tuple, list[Planned]] = {}
        for plan in plans:
            if plan.folds > 1:
                found.setdefault((plan.trial, plan.condition, plan.draw, plan.baseline), []).append(plan)
        yield from found.items()

    def _pooled_values(self, runs: list[Run]):
        looking = [m for m in self.study.problem.all_measures() if m.looks_at is Of.POOLED]
        if not looking or not (self.study.run_folder(runs[0].number) / "outcome.npz").exists():
            return {}, {}
        outcome = self.study.pooled_outcome(runs)
        return measured([(measure, lookups(outcome, self.data)) for measure in looking], self.state.root)

    def _correct_selection(self) -> None:
        """The bootstrap bias-corrected score of the search, from the predictions of draw 0 (folds only)."""
        goal = self.study.goals[0]
        measure = next((m for m in self.study.problem.all_measures() if m.name == goal.name and m.looks_at is Of.OUTCOME), None)
        done = any(event["of"] == "corrected" for event in self.state.pooled)
        if measure is None or done or self.study.folds(self.study.reference) < 2:
            return
        by_trial: dict[int, list[Run]] = {}
        for run in sorted(self.state.ended.values(), key=lambda run: run.replicate):
            if run.step == "explore" and run.draw == 0 and run.condition == self.reference and run.ending.succeeded:
                by_trial.setdefault(run.trial, []).append(run)
        whole = [runs for runs in by_trial.values() if len(runs) == self.study.folds(self.study.reference)]
        if len(whole) < 2:
            return
        pooled = [self.study.pooled_outcome(runs) for runs in whole]
        tables = [[_lookup(name, outcome, self.data) for name in measure.reads] for outcome in pooled]
        columns = [[column for column in table if column is not None] for table in tables]
        if any(len(found) < len(measure.reads) for found in columns):
            return
        units = self.data.samples.get("group", np.arange(len(self.data.samples["sample_id"])))[pooled[0].sample]

        def score(rows: np.ndarray) -> np.ndarray:
            return np.array([float(measure.function(*(column[rows] for column in table))) for table in columns])

        units = np.unique(units, return_inverse=True)[1]
        result = bias_corrected(score, units, measure_seed(self.state.root, "corrected"), goal.sign)
        if result.resamples:
            self.journal.tell(
                {
                    "event": "measured",
                    "of": "corrected",
                    "step": "explore",
                    "trial": None,
                    "condition": self.reference,
                    "draw": 0,
                }
                | {"values": {goal.name: result.value, f"{goal.name}.low": result.low, f"{goal.name}.high": result.high}}
            )


def _lookup(name: str, outcome, data: Data):
    """A column of the pooled outcome or of the samples, one entry per row; None if there is none."""
    if name in outcome.arrays:
        return outcome.arrays[name]
    return data.samples[name][outcome.sample] if name in data.samples else None


def _finalists(choice: Choice, count: int) -> list[int]:
    """The rule's own pick, the best by the first goal, then the next best by the first goal: sparse models get a hearing."""
    if choice.chosen is None:
        return []
    by_first = choice.table.sort_values("behind", kind="stable").index
    picks = dict.fromkeys([choice.chosen, choice.best, *(int(t) for t in by_first)])
    return [trial for trial in picks if trial is not None][:count]


def default_trials(study: Study) -> int:
    """Trials of a search that names none: 50, or 8 per dimension."""
    return max(FEWEST_EXPLORED, PER_DIMENSION * len(study.space.dimensions))


def ask_checks(study: Study, data: Data, journal: Journal) -> None:
    """Ask the problem's checks that have not been asked; a failed one stops the study unless it was accepted."""
    for check in study.problem.checks:
        if check.name not in journal.state.findings:
            finding = check.ask(data)
            found = {
                "status": str(finding.status),
                "measured": finding.measured,
                "threshold": finding.threshold,
                "advice": finding.advice,
            }
            journal.tell({"event": "checked", "name": check.name, "question": check.question, **found})
        found = journal.state.findings[check.name]
        if found["status"] == Status.FAILED and check.name not in journal.state.accepted:
            raise CheckFailed(
                f"The check {check.name!r} failed ({check.question}): {found['measured']} {found['advice']} "
                f"To go on all the same: --accept {check.name}".replace("  ", " ")
            )


def _json_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def count_runs(study: Study) -> dict[str, int]:
    """How many runs each step would make, before anything runs (what depends on choices counts at its largest)."""
    file, space = study.file.protocol, study.space
    reference = [c for c in study.resolved.conditions if c.kind in PAIRED]

    def places(step: str, draws: int) -> int:
        return sum(draws * study.folds(c) for c in reference if step in c.steps)

    def size(settings: Search) -> int:
        if settings.trials == 0:
            return 0
        return (
            len(sampling.grid(space, settings.trials))
            if settings.sampler == "grid"
            else settings.trials or default_trials(study)
        )

    explored = size(file.explore)
    counts = {
        "before": len(study.resolved.baselines) * places("explore", file.explore.draws),
        "audit": min(file.audit.trials, len(study.problem.known)) * places("audit", file.audit.draws),
        "explore": explored * places("explore", file.explore.draws),
        "exploit": size(file.exploit) * places("exploit", file.exploit.draws),
        "finalists": min(file.finalists.trials, explored) * places("finalists", file.finalists.draws),
    }
    if file.confirm.how == "nested":
        held = [c for c in study.resolved.conditions if c.chosen_on]
        counts["confirm"] = sum(explored * study.folds(study.condition(c.chosen_on or "")) + 1 for c in held)
    elif file.confirm.how == "fresh":
        counts["confirm"] = (3 if study.file.incumbent else 2) * places("confirm", file.confirm.draws)
    if file.confirm.how != "off" and file.confirm.controls:
        controls: list[Condition] = [c for c in study.resolved.conditions if c.kind is ConditionKind.CONTROL]
        counts["controls"] = sum((c.draws or 1) * study.folds(c) for c in controls)
    counts["keep"] = sum("keep" in c.steps for c in study.resolved.conditions) if file.keep.model else 0
    return {step: count for step, count in counts.items() if count}
