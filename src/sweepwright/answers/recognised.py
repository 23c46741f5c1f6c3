"""Which trials of an adopted sweep are one configuration: as stated, as proved, as repeats bound it; and what is not known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from sweepwright.choosing.effects.bounds import Bounded, bounded_at, bounded_parameters
from sweepwright.choosing.effects.inactivity import Ground, Inactive, inactive_parameters, matters
from sweepwright.choosing.effects.stated import stated_inactive
from sweepwright.choosing.effects.twins import configurations_as_text, merged
from sweepwright.choosing.encoding import Axes
from sweepwright.choosing.frame import completed
from sweepwright.choosing.noise.components import noise_floor
from sweepwright.choosing.rule import Aim
from sweepwright.errors import InputError
from sweepwright.nouns.statement import Statement, listed

FEWEST_BLOCKS = 2  # that bound what a parameter does which is stated to do nothing
AGAINST = 0.01  # a p value below this speaks against what was stated


@dataclass(eq=False)
class Recognised:
    """The trials of a sweep that are one configuration; `texts` are what the user stated, such as "margin where loss == a"."""

    search: pd.DataFrame
    aims: Sequence[Aim]
    axes: Axes
    texts: Sequence[str] = ()

    @property
    def _measures(self) -> list[str]:
        return [aim.measure for aim in self.aims]

    @cached_property
    def inactive(self) -> list[Inactive]:
        """Parameters whose values are repeats of one configuration: what was stated first, then what the runs show."""
        stated = stated_inactive(self.search, self.texts, self.axes)
        sites = {finding.site for finding in stated}
        found = inactive_parameters(self.search, self._measures, self.axes)
        return [*stated, *(finding for finding in found if finding.site not in sites)]

    @cached_property
    def bounded(self) -> list[Bounded]:
        """How much the parameters that no run shows to matter may matter, where no run was repeated."""
        if any(noise_floor(self.search, name).noise is not None for name in self._measures):
            return []
        return bounded_parameters(self.search, self._measures, self.axes, [finding.site for finding in self.inactive])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The search with the trials that are one configuration as one trial, the first."""
        return merged(self.search, tuple(group for finding in self.inactive for group in finding.groups))

    @property
    def statements(self) -> list[Statement]:
        """What is inactive, how that is known, and what is not known of it."""
        return [*map(self._said, self.inactive), *(found.statement for found in self.bounded)]

    def _said(self, finding: Inactive) -> Statement:
        """A finding; beside what the user stated stands what the runs show."""
        said = finding.statement
        if finding.ground is not Ground.STATED:
            return said
        p = matters(self.search, self._measures, finding.twins)
        if p is not None and p < AGAINST:
            text = f"{said.text} The runs say otherwise: by those that were repeated, changing it matters there (p = {p:.1g})."
            return replace(said, text=text, numbers={**said.numbers, "p": p})
        table = configurations_as_text(self.search, self.axes)
        found = bounded_at(self.search, self._measures, finding.twins, table, fewest=FEWEST_BLOCKS)
        shown = f"changing it moved {found.moved}" if found is not None else "what changing it does cannot be bounded"
        return replace(said, text=f"{said.text} By the runs alone, {shown}.")

    @property
    def is_stated(self) -> bool:
        """Whether any trials are one configuration because the user said so."""
        counting = set(completed(self.search)["trial"])
        stated = [finding for finding in self.inactive if finding.ground is Ground.STATED]
        return any(len(counting & set(group)) > 1 for finding in stated for group in finding.groups)

    def resting(self, said: Statement) -> Statement:
        """A sentence that needs repeats; where some of these are repeats by the user's statement only, it says so."""
        return replace(said, text=f"{said.text.removesuffix('.')} (repeats as stated).") if self.is_stated else said

    def as_compared(self, first: int, second: int) -> pd.DataFrame:
        """The merged runs, in which the configurations of two trials have their numbers; an InputError where these are one."""
        same = self.same_configuration(first)
        if second in same:
            raise InputError(
                f"Trials {first} and {second} are one configuration{self.as_stated}: there is nothing to compare. "
                f"Compare one of them with a trial that is none of {listed(same)}."
            )
        named = {int(self.roots.loc[trial]): trial for trial in (first, second)}
        return self.runs.assign(trial=self.runs["trial"].replace(named))

    def also(self, *trials: int) -> list[Statement]:
        """Of which others each of these trials is the same configuration; nothing of those that stand alone."""
        found = []
        for same in dict.fromkeys(map(self.same_configuration, trials)):
            if len(same) > 1:
                text = (
                    f"Trials {listed(same)} are one configuration: they differ only in what is inactive there{self.as_stated}."
                )
                found.append(Statement("replicates", text, {"trials": len(same)}))
        return found

    def as_merged(self, said: Statement) -> Statement:
        """A sentence of the choice where trials were merged: who is the only one, and whose runs are counted, is another then."""
        count, roots = len(self.roots), self.roots.unique()
        if len(roots) == count:
            return said
        if said.code == "choice.only" and len(roots) == 1:
            text = f"All {count} trials are one configuration{self.as_stated}: trial {roots[0]} stands for them."
            return replace(said, text=text, numbers={**said.numbers, "trials": count})
        if said.code in ("choice.failed", "choice.failed_itself"):
            return replace(
                said,
                text=f"{said.text} The runs of all trials that are one configuration{self.as_stated} are counted under the first of them.",
            )
        return said

    @property
    def as_stated(self) -> str:
        """What is added to a claim that rests on the user's statement."""
        return ", as stated" if self.is_stated else ""

    @cached_property
    def roots(self) -> pd.Series:
        """The trial that each trial counts as (index: trial): the first of its configuration."""
        return self.search.assign(root=self.runs["trial"].to_numpy()).drop_duplicates("trial").set_index("trial")["root"]

    def same_configuration(self, trial: int) -> tuple[int, ...]:
        """The trials that are one configuration with this one (itself included)."""
        return tuple(int(t) for t in self.roots.index[self.roots == self.roots.loc[trial]])
