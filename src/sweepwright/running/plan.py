"""How large each step is: what the study file says, what the budget allows, and defaults that suit the space."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sweepwright.nouns.condition import Condition, ConditionKind
from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.nouns.plain import Plain
from sweepwright.running.sampler import PointSampler, sampler_named
from sweepwright.space import Configuration, Value
from sweepwright.study.study import Study
from sweepwright.study.study_file import Search, StudyFileError

FEWEST_EXPLORED, PER_DIMENSION = 50, 8
HALVING = ((15, 1), (7, 1), (4, 2), (2, 3))
SMALLER_FINALS = (((5, 4),), ((3, 3),), ((2, 2),), ())
HALVING_FROM = 100  # runs of the search
PAIRED = (ConditionKind.VIEW, ConditionKind.WORLD)

Rounds = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of each step: configurations, rounds of finalists as (how many, draws), and all runs by step."""

    audit: int
    explore: int
    exploit: Mapping[Phase, int]  # the whole space, or one stage of it after another and then all jointly
    finalists: Rounds
    confirm: int
    runs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def searched(self) -> int:
        """How many configurations the two searches propose together."""
        return self.explore + sum(self.exploit.values())


def plan(study: Study) -> Plan:
    """The plan of a study as its file asks for it, before anything has run."""
    found = _Planner(study).plan()
    outside = sum(_in_space(study, known) is None for known in study.problem.known)
    if not outside:
        return found
    text = f"{outside} of {len(study.problem.known)} known configurations lie outside the space of the study file and are left out."
    return replace(found, notes=(*found.notes, text))


class _Planner:
    def __init__(self, study: Study):
        self.study, self.file, self.budget = study, study.file.protocol, study.file.budget
        self.sampler = sampler_named(study.file.protocol.explore.sampler)
        self.known = len(known_configurations(study))
        self.audit = min(self.file.audit.trials, self.known)

    def plan(self) -> Plan:
        explore, exploit = self._asked_for()
        if self.budget.trials is not None:
            explore, exploit = _capped(explore, exploit, self.budget.trials, self.file.explore.trials)
        if self.budget.runs is not None:
            return self._within(self.budget.runs, explore, exploit)
        return self._sized(self.audit, explore, exploit, self._rounds(self._search_runs(self.audit, explore, exploit)))

    def _asked_for(self) -> tuple[int, int]:
        """Configurations to explore and to exploit where the budget does not matter."""
        explore, exploit = self.file.explore, self.file.exploit
        if explore.trials == 0:
            first = 0
        elif isinstance(self.sampler, PointSampler) and self.sampler.exhaustive:
            first = len(self.sampler.points(self.study.space, 0, "", 0, explore.trials))
        else:
            first = explore.trials or default_trials(self.study)
        if exploit.trials is not None:
            return first, exploit.trials
        return first, 0 if self.sampler.exhaustive else (first or default_trials(self.study))

    # --- sizes --------------------------------------------------------------------------------------------------------

    def _per_draw(self, step: Step) -> int:
        """Runs of one configuration on one draw in a step."""
        conditions = [c for c in self.study.resolved.conditions if c.kind in PAIRED and step in c.steps]
        return sum(self.study.folds(c) for c in conditions)

    def _search_runs(self, audit: int, explore: int, exploit: int) -> int:
        runs = self._sized(audit, explore, exploit, ()).runs
        return sum(runs.get(step, 0) for step in SEARCH)

    def _audited_again(self, audit: int, explore: int) -> int:
        """Explored configurations whose first draw the audit has run already, at the same effort."""
        same = self.study.effort(audit_effort(self.study)).name == self.study.effort(self.file.explore.effort).name
        return min(audit, explore) if same and not self.sampler.exhaustive else 0

    def _rounds(self, searching: int) -> Rounds:
        own = self.file.finalists
        if own.trials == 0:
            return ()
        if own.rounds is not None:
            return tuple((count, draws_of) for count, draws_of in own.rounds)
        if own.trials is not None or own.draws is not None:
            return ((own.trials or 5, own.draws or 4),)
        return HALVING if searching >= HALVING_FROM else SMALLER_FINALS[0]

    def _sized(self, audit: int, explore: int, exploit: int, rounds: Rounds, notes: tuple[str, ...] = ()) -> Plan:
        candidates = audit + explore + exploit
        capped = tuple((min(count, candidates), draws_of) for count, draws_of in rounds if candidates)
        phases = _phases(self.study, exploit, self.file.exploit.joint)
        found = Plan(audit, explore, phases, capped, self._confirmed(), notes=notes)
        return replace(found, runs=self._runs(found))

    def _confirmed(self) -> int:
        return self.file.confirm.trials + (1 if self.study.file.incumbent else 0) if self.file.confirm.how == "fresh" else 0

    def _runs(self, found: Plan) -> dict[str, int]:
        """All runs by step; what depends on choices counts at its largest."""
        study, file = self.study, self.file
        explore_draws = draws_of(study, file.explore)
        again = self._audited_again(found.audit, found.explore) * self._per_draw(Step.EXPLORE)
        counts: dict[str, int] = {
            Step.BEFORE: len(study.resolved.baselines) * self._per_draw(Step.EXPLORE) * explore_draws,
            Step.AUDIT: found.audit * self._per_draw(Step.AUDIT) * file.audit.draws,
            Step.EXPLORE: found.explore * self._per_draw(Step.EXPLORE) * explore_draws - again,
            Step.EXPLOIT: sum(found.exploit.values()) * self._per_draw(Step.EXPLOIT) * draws_of(study, file.exploit),
            Step.FINALISTS: sum(count * n for count, n in found.finalists) * self._per_draw(Step.FINALISTS),
            Step.CONFIRM: found.confirm * self._per_draw(Step.CONFIRM) * file.confirm.draws,
        }
        if file.confirm.how == "nested":
            held = [c for c in study.resolved.conditions if c.chosen_on]
            counts[Step.CONFIRM] = sum(found.searched * study.folds(study.condition(c.chosen_on or "")) + 1 for c in held)
        if file.confirm.how != "off" and file.confirm.controls:
            controls: list[Condition] = [c for c in study.resolved.conditions if c.kind is ConditionKind.CONTROL]
            counts[Part.CONTROLS] = sum((c.draws or 1) * study.folds(c) for c in controls)
        counts[Step.KEEP] = sum(Step.KEEP in c.steps for c in study.resolved.conditions) if file.keep.model else 0
        return {step: count for step, count in counts.items() if count}

    # --- a budget of runs ---------------------------------------------------------------------------------------------

    def _within(self, runs: int, explore: int, exploit: int) -> Plan:
        """The plan for a number of runs: everything else first, the search gets the rest, at least half if it can be."""
        automatic = self.file.finalists.model_copy(update={"effort": None}) == type(self.file.finalists)()
        first = self._rounds(runs)
        choices: list[tuple[int, Rounds]] = [(self.audit, first)]
        if automatic:
            choices += [(self.audit, rounds) for rounds in SMALLER_FINALS] + [(0, rounds) for rounds in SMALLER_FINALS]
        best = None
        for audit, rounds in choices:
            rest = runs - sum(self._sized(audit, 0, 0, ()).runs.values()) - self._final_runs(rounds)
            best = (audit, rounds, rest) if best is None or rest > best[2] else best
            if rest >= runs / 2:
                break
        assert best is not None
        audit, rounds, rest = best
        per_explored = max(1, self._per_draw(Step.EXPLORE) * draws_of(self.study, self.file.explore))
        per_exploited = max(1, self._per_draw(Step.EXPLOIT) * draws_of(self.study, self.file.exploit))
        if rest < per_explored:
            raise StudyFileError(
                f"budget.runs is {runs}, but what is not search takes {runs - rest} and one configuration {per_explored}. "
                "Raise it, or switch off or shrink steps under protocol."
            )
        rest += self._audited_again(audit, audit) * self._per_draw(Step.EXPLORE)
        if exploit or (self.file.exploit.trials is None and not self.sampler.exhaustive):
            fitting = min(explore, max(1, min(rest, runs // 2) // per_explored))
            left = (rest - fitting * per_explored) // per_exploited
            more = max(0, left if self.file.exploit.trials is None else min(exploit, left))
            if self.budget.trials is not None:
                more = min(more, max(0, self.budget.trials - fitting))
        else:
            fitting, more = min(explore, rest // per_explored), 0
        notes = ()
        if fitting < min(explore, default_trials(self.study)) and self.file.explore.trials is None:
            notes = (f"Effects of hyperparameters rest on few trials: {fitting} explored, {explore} would be better.",)
        return self._sized(audit, fitting, more, rounds, notes)

    def _final_runs(self, rounds: Rounds) -> int:
        return sum(count * n for count, n in rounds) * self._per_draw(Step.FINALISTS)


def _capped(explore: int, exploit: int, trials: int, explicit: int | None) -> tuple[int, int]:
    """Both searches within a number of configurations: half for exploring, or what the file says explicitly."""
    if exploit == 0:
        return min(explore, trials), 0
    first = min(explore, trials if explicit is not None else max(1, trials // 2))
    return first, min(exploit, trials - first)


def _phases(study: Study, exploit: int, joint: int) -> dict[Phase, int]:
    """The exploiting search by stage of the space, evenly; one phase where there are no stages."""
    stages = stages_of(study)
    found: dict[Phase, int] = {}
    if exploit and len(stages) == 1:
        found[Phase(Step.EXPLOIT)] = exploit
    elif exploit:
        share, more = divmod(exploit, len(stages))
        found = {Phase(Step.EXPLOIT, stage=stage): share + (i < more) for i, stage in enumerate(stages)}
    return found | ({Phase(Step.EXPLOIT, Part.JOINT): joint} if joint else {})


def stages_of(study: Study) -> list[int]:
    """The stages of the space that have something to search."""
    free = set(study.space.dimensions)
    return sorted({slot.parameter.stage for slot in study.space.slots if slot.name in free}) or [1]


def draws_of(study: Study, search: Search) -> int:
    """How many draws of the data a search gives each configuration."""
    return search.draws or study.file.replicates


def audit_effort(study: Study) -> str | None:
    """The audit measures the noise at the effort of the search, unless it is told otherwise."""
    return study.file.protocol.audit.effort or study.file.protocol.explore.effort


def known_configurations(study: Study) -> list[Plain]:
    """The incumbent, then the problem's known configurations, as far as the space contains them."""
    incumbent = [study.space.canonical(study.file.incumbent)] if study.file.incumbent else []
    known = [inside for known in study.problem.known if (inside := _in_space(study, known)) is not None]
    found: dict[str, Plain] = {}
    for configuration in (*incumbent, *known):
        found.setdefault(study.space.identity(configuration), configuration)
    return list(found.values())


def _in_space(study: Study, configuration: Configuration) -> dict[str, Value] | None:
    """The canonical form, or None where the study file's space, which may be narrower than the problem's, has none."""
    try:
        return study.space.canonical(configuration)
    except ValueError:
        return None


def default_trials(study: Study) -> int:
    """Configurations of a search that names none: 50, or 8 per dimension."""
    return max(FEWEST_EXPLORED, PER_DIMENSION * len(study.space.dimensions))
