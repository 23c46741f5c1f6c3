"""What can be said of a study's runs, ours or adopted: the frames that choosing reads, and its answers together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import pandas as pd

from sweepwright.answers.oddities import oddities
from sweepwright.answers.recognised import Recognised
from sweepwright.answers.thresholds import when_set
from sweepwright.choosing.decision import Weighing, decide
from sweepwright.choosing.effects.ablation import Ablation, ablation
from sweepwright.choosing.effects.drivers import Drivers, drivers
from sweepwright.choosing.effects.edges import Edge, edges
from sweepwright.choosing.effects.shapes import UnitEffect, unit_effects
from sweepwright.choosing.encoding import Axes, Kind
from sweepwright.choosing.estimator.level_table import level_table
from sweepwright.choosing.estimator.levels import Levels, levels
from sweepwright.choosing.frame import (
    comparable,
    completed,
    measure_column,
    measures_in,
    parameter_column,
)
from sweepwright.choosing.noise.components import NoiseFloor, noise_floor
from sweepwright.choosing.rule import Aim
from sweepwright.choosing.tradeoffs import Association, Reversal, association, reversals
from sweepwright.errors import InputError, has_no
from sweepwright.measures.criteria import Criterion, criteria
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import Statement
from sweepwright.record.events import Event
from sweepwright.record.ledger import read_events
from sweepwright.record.seeds import measure_seed
from sweepwright.study.frames import aims as aims_of
from sweepwright.study.frames import searched, that_confirm, that_decide
from sweepwright.study.study import Study

# sentences of a choice that need to know the noise
RESTING = (
    "choice.as_good", "choice.best", "choice.bounds", "choice.failed", "choice.fact", "choice.loss", "choice.most_often", "choice.once", "choice.preferred"
)  # fmt: skip
FEWEST_FAILED = 5  # runs: fewer say nothing about their cause
MOST_GOALS = 4  # that `choose` explains; `drivers --all` does the rest


@dataclass(eq=False)
class Analysis:
    """All answers about one study, each computed when it is asked for."""

    study: Study
    _levels: dict[str, pd.Series] = field(default_factory=dict[str, pd.Series], init=False, repr=False)

    @cached_property
    def events(self) -> list[Event]:
        """The ledger's events as they stood when they were first asked for."""
        return read_events(self.study.folder / "ledger.jsonl")[0]

    @cached_property
    def aims(self) -> list[Aim]:
        return aims_of(self.study.goals)

    @cached_property
    def all_runs(self) -> pd.DataFrame:
        """Every run of the search's effort that a choice may look at: the reference condition, or all of an adopted sweep."""
        return self.every if self.study.adopted else comparable(self.every, self.study.reference.name, self.study.searching)

    @cached_property
    def every(self) -> pd.DataFrame:
        """Every run that ended, with a column for every goal."""
        runs = self.study.runs()
        if runs.empty:
            raise InputError(f"{self.study.folder} has no run that ended yet. Run it: sweepwright run {self.study.folder}")
        ended = self.study.state.runs
        started = {run.number: run.provenance.started or None for run in ended if run.provenance is not None}
        if any(started.values()):
            runs["started"] = runs["run"].map(started)
        for aim in self.aims:
            if measure_column(aim.measure) not in runs:
                runs[measure_column(aim.measure)] = float("nan")
        return runs

    @cached_property
    def recognised(self) -> Recognised:
        """Which trials of an adopted sweep are one configuration.

        A search of ours leaves out what is inactive, and gathers what is good: twins would mislead.
        """
        return Recognised(self.search, self.aims, self.axes, self.study.file.inactive)

    @cached_property
    def search(self) -> pd.DataFrame:
        """What the search and its finalists found: runs that confirm or are kept are no part of it."""
        return self.every if self.study.adopted else searched(self.every, self.study.reference.name, self.study.searching)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The search, with the trials of an adopted sweep that are one configuration as one trial."""
        return self.recognised.runs if self.study.adopted else self.search

    def level(self, measure: str) -> pd.Series:
        """What each trial of the search gives by a measure on an average draw (index: trial): what tables and plots show.

        Trials that are one configuration have one level. Where finalists ran with another effort, it is the level at the search's.
        """
        if measure not in self._levels:
            found = level_table(self.runs, [measure], self.folds)[measure]
            self._levels[measure] = self.recognised.roots.map(found).sort_index() if self.study.adopted else found
        return self._levels[measure]

    @property
    def at_effort(self) -> str:
        """What is added where levels are not those that the choice was made by, as finalists ran with another effort."""
        study = self.study
        return (
            ""
            if study.adopted or study.searching == study.deciding
            else f" (at effort {study.searching}, without the finalists' runs)"
        )

    def resting(self, said: Statement) -> Statement:
        """A sentence that needs repeats; where some of these are repeats by the user's statement only, it says so."""
        return self.recognised.resting(said) if self.study.adopted else said

    def best_by_condition(self) -> dict[str, int]:
        """The trial with the best mean of the first goal in each condition that has several trials."""
        aim = self.aims[0]
        known = completed(self.runs)
        means = known.groupby(["condition", "trial"])[measure_column(aim.measure)].mean().dropna().mul(aim.sign)
        found = {}
        for condition, values in means.groupby(level=0):
            if len(values) > 1:
                found[str(condition)] = int(str(values.idxmax()[1]))
        return found

    def top_raw(self, count: int) -> list[int]:
        """The best trials by their raw means of the first goal, as the table has them."""
        aim = self.aims[0]
        known = completed(self.search)
        means = known.groupby("trial")[measure_column(aim.measure)].mean().dropna()
        return [int(t) for t in (aim.sign * means).sort_values(ascending=False, kind="stable").index[:count]]

    @property
    def axes(self) -> Axes:
        return self.study.axes

    @property
    def folds(self) -> int:
        return 1 if self.study.adopted else self.study.folds(self.study.reference)

    @cached_property
    def deciding(self) -> pd.DataFrame:
        """The runs that a choice may look at: the search and the finalists of all rounds at one effort, that of the finalists."""
        if self.study.adopted:
            return self.runs
        return that_decide(self.every, self.study.reference.name, self.study.searching, self.study.deciding)

    @property
    def finalists_ran(self) -> bool:
        """Whether the runs that a choice may look at are finalists' runs, or of the effort that finalists would have."""
        return self.study.adopted or bool((self.deciding["effort"] == self.study.deciding).all())

    @cached_property
    def weighing(self) -> Weighing:
        """The choice among all trials; a choice that the protocol made is kept."""
        seed = measure_seed(self.study.state.root, "choice")
        found = decide(self.deciding, self.aims, self.axes, self.folds, seed, self.thresholds, self.study.chosen)
        said = tuple(self.resting(one) if found.levels.is_known and one.code in RESTING else one for one in found.sentences)
        return replace(found, sentences=tuple(map(self.recognised.as_merged, said)) if self.study.adopted else said)

    @cached_property
    def levels_of_search(self) -> Levels:
        """The levels of all trials of the search at its effort, jointly; those that the choice was made by where efforts are one."""
        if self.study.adopted or not self.at_effort:
            return self.weighing.levels
        names, signs = [aim.measure for aim in self.aims], [aim.sign for aim in self.aims]
        wanted = [trial for trial in (self.study.chosen, self.weighing.best) if trial is not None]
        return levels(self.search, names, self.folds, measure_seed(self.study.state.root, "choice"), wanted, signs)

    @property
    def incumbent(self) -> int | None:
        """The trial that is the study file's incumbent, where there is one and it ran."""
        asked = self.study.file.incumbent
        return self.study.state.by_identity.get(self.study.space.identity(asked)) if asked else None

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Rank intervals of those that could be chosen, by the first goal: columns low, high; empty where they are unknown."""
        known = self.weighing.table.rename(columns={"rank_low": "low", "rank_high": "high"}).reindex(columns=["low", "high"])
        return known.dropna().astype(int).rename_axis("trial")

    @cached_property
    def floors(self) -> list[NoiseFloor]:
        return [noise_floor(self.runs, aim.measure) for aim in self.aims]

    @cached_property
    def thresholds(self) -> dict[str, tuple[str, bool]]:
        """When each goal's bound was set, and whether results had been seen then."""
        asked = when_set(self.events, self.study.goals)
        if not self.study.adopted:
            return {name: (one.when, one.seen) for name, one in asked.items()}
        return {name: (f"{'when' if one.is_recorded else 'after'} the sweep was adopted", True) for name, one in asked.items()}

    def drivers(self, measures: Sequence[str] | None = None) -> Drivers:
        """Drivers of the goals (at most four), or of the measures that are named."""
        names = list(measures or [aim.measure for aim in self.aims[:MOST_GOALS]])
        runs = self.search  # configurations as they were run: merging would hide what a parameter does
        for name in names:
            if name != "completed" and measure_column(name) not in runs:
                raise InputError(has_no(self.study.folder, "measure", name, [*measures_in(runs), "completed"]))
        signs = {aim.measure: aim.sign for aim in self.aims}
        return drivers(runs, names, self.axes, seed=self.study.file.seed, signs=signs)

    @cached_property
    def drivers_of_goals(self) -> Drivers:
        return self.drivers()

    @cached_property
    def ablation(self) -> Ablation | None:
        """Where the gain over the incumbent, else over the problem's own configuration, comes from; None where neither ran."""
        known = [self.study.space.canonical(one) for one in self.study.problem.known[:1]] if not self.study.adopted else []
        ran = [self.study.state.by_identity.get(self.study.space.identity(one)) for one in known]
        start = self.incumbent if self.incumbent is not None else next(iter(ran), None)
        aim, chosen = self.aims[0], self.study.chosen
        if start is None or chosen is None:
            return None
        return ablation(self.drivers_of_goals.fits.get(aim.measure, ()), self.search, aim.measure, start, chosen, aim.sign)

    @cached_property
    def edges(self) -> list[Edge]:
        return [edge for aim in self.aims[:1] for edge in edges(self.search, aim.measure, aim.sign, self.axes)]

    @cached_property
    def unit_effects(self) -> list[UnitEffect]:
        """Drivers that are only a change of scale, for measures whose scale is known."""
        scales: Mapping[str, str] = dict(self.study.file.data.get("scales") or {})
        scales = {**{m.name: m.scale for m in self.study.problem.all_measures() if m.scale}, **scales}
        return [e for measure, scale in scales.items() for e in unit_effects(self.runs, measure, scale, self.axes)[0]]

    @cached_property
    def associations(self) -> list[Association]:
        """Every pair of goals, given the next goal where there is one."""
        names = [aim.measure for aim in self.aims[:MOST_GOALS]]
        found = []
        for first, second in combinations(names, 2):
            given = next((name for name in names if name not in (first, second)), None)
            found.append(association(self.runs, first, second, given, self.study.file.seed))
        return found

    @cached_property
    def reversals(self) -> list[Reversal]:
        by = [parameter_column(axis.name) for axis in self.axes.axes if axis.kind is not Kind.CONTINUOUS]
        by += ["condition"] if self.runs["condition"].nunique() > 1 else []
        names = [aim.measure for aim in self.aims[:MOST_GOALS]]
        return [r for first, second in combinations(names, 2) for r in reversals(self.runs, first, second, by)]

    @cached_property
    def anomalies(self) -> list[Statement]:
        """What is odd about an adopted sweep; our own studies are made so that it cannot be."""
        return oddities(self.study, self.all_runs, self.aims, self.axes) if self.study.adopted else []

    @property
    def confirming(self) -> pd.DataFrame | None:
        """The fresh runs of the newest round that confirms, of all trials in it; none of an adopted sweep."""
        if self.study.adopted:
            return None
        return that_confirm(self.every, self.study.reference.name, self.study.state.round)

    def criteria(self, trial: int) -> dict[str, list[Criterion]]:
        """The study file's criteria by the runs of a trial, from their curves."""
        texts = self.study.file.criteria
        if not texts:
            return {}
        curves = self.study.curves_frame()
        curves = curves[curves["trial"] == trial]
        found: dict[str, list[Criterion]] = {text: [] for text in texts}
        for _, run in curves.groupby("run"):
            known = {str(n): (c["epoch"].to_numpy(float), c["value"].to_numpy(float)) for n, c in run.groupby("name")}
            for criterion in criteria(known, texts):
                found[criterion.text].append(criterion)
        return found

    @cached_property
    def drivers_of_completion(self) -> Drivers | None:
        """What separates runs that completed from those that did not; None where hardly any failed."""
        failed = ~self.search["ending"].isin(["COMPLETED", "STOPPED"])
        return self.drivers(["completed"]) if failed.sum() >= FEWEST_FAILED else None

    def health(self) -> dict[str, int]:
        """How many runs of the search have which verdict."""
        return {str(k): int(v) for k, v in self.search["verdict"].value_counts().items()}


def configuration(study: Study, trial: int) -> Plain:
    """A trial's configuration as plain data."""
    return dict(study.state.trials[trial].configuration)
