"""Model-based proposals by Optuna. Proposal t comes from a new sampler, seeded from (root, stream, t)."""

import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from sweepwright.nouns.plain import Plain
from sweepwright.record.seeds import proposal_seed
from sweepwright.running.sampler import Values
from sweepwright.running.sampling import MOST_REJECTIONS, NoConfiguration, assembled
from sweepwright.space import Choice, Factorization, Float, Int, Slot, Space, Value, unit_of

FEWEST = 10  # finished proposals before a model is trusted


class OptunaModel:
    """One search by a sampler of Optuna's: told of finished proposals, shown those that run, asked for the next.

    What it proposes is a function of what it was told and shown, in the order in which it was shown them, and of
    (root, stream, number); so a search that was interrupted goes on as if it had not been. `make` gives a sampler for a seed.
    With `kept` its study stays in memory (TPE, whose new sampler per proposal costs nothing); else it is built anew each time.
    """

    def __init__(
        self,
        make: Callable[[int], BaseSampler],
        space: Space,
        root: int,
        stream: str,
        goals: int = 1,
        fixed: Mapping[str, Value] | None = None,
        kept: bool = False,
    ):
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._make, self.space, self.root, self.stream, self.fixed = make, space, root, stream, fixed
        self._goals, self._kept = goals, kept
        self._shown: dict[Hashable, tuple[Mapping[str, Value], Values | None, TrialState]] = {}
        self._study = self._new_study()
        self._trials: dict[Hashable, optuna.Trial | int] = {}  # in the study that is kept; an added one goes by its number

    def _new_study(self) -> optuna.Study:
        return optuna.create_study(
            directions=[StudyDirection.MAXIMIZE] * self._goals, sampler=optuna.samplers.RandomSampler(seed=0)
        )

    def show(self, key: Hashable, configuration: Mapping[str, Value]) -> None:
        """A proposal that was asked for and has not been told yet."""
        if key not in self._shown:
            self._shown[key] = (configuration, None, TrialState.RUNNING)
            if key not in self._trials and self._kept:
                self._trials[key] = self._add(self._study, key)

    def tell(self, key: Hashable, configuration: Mapping[str, Value], values: Values | None) -> None:
        """A proposal that is over, with the values of the goals; None if it has none."""
        if key in self._shown and self._shown[key][2] != TrialState.RUNNING:
            return
        self.show(key, configuration)
        state = TrialState.FAIL if values is None else TrialState.COMPLETE
        self._shown[key] = (configuration, values, state)
        if key in self._trials:
            self._study.tell(self._trials[key], None if values is None else list(values[: self._goals]), state=state)

    def propose(self, key: Hashable, number: int) -> dict[str, Value]:
        """Proposal `number`, which becomes known under `key`."""
        with _quiet():
            study = self._study if self._kept else self._rebuilt()
            seed = proposal_seed(self.root, self.stream, number)
            if not (study is self._study and _seeded_again(study.sampler, seed)):
                study.sampler = self._make(seed)
            sentence: str | None = None
            for _ in range(MOST_REJECTIONS):
                trial = study.ask()
                configuration, suggested = self._asked(trial)
                sentence = self.space.broken(configuration)
                if sentence is None:
                    break
                study.tell(trial, state=TrialState.FAIL)
            else:
                raise NoConfiguration(
                    f"{MOST_REJECTIONS} proposals in a row break a constraint ({sentence}). Narrow the space."
                )
            if study is self._study:
                if suggested == self._parameters(configuration)[0]:
                    self._trials[key] = trial
                else:  # what a proposal becomes in canonical form is what a rebuilt study would hold
                    study.tell(trial, state=TrialState.FAIL)
        self.show(key, configuration)
        return configuration

    def _rebuilt(self) -> optuna.Study:
        study = self._new_study()
        for key in self._shown:
            self._add(study, key)
        return study

    def _add(self, study: optuna.Study, key: Hashable) -> int:
        configuration, values, state = self._shown[key]
        parameters, distributions = self._parameters(configuration)
        complete = list(values[: self._goals]) if values is not None else None
        with _quiet():
            study.add_trial(create_trial(params=parameters, distributions=distributions, values=complete, state=state))
        return len(study.get_trials(deepcopy=False)) - 1

    def _parameters(self, configuration: Mapping[str, Value]) -> tuple[Plain, dict[str, BaseDistribution]]:
        """What Optuna would have suggested to arrive at a configuration."""
        parameters: Plain = {}
        distributions: dict[str, BaseDistribution] = {}
        for slot in self.space.slots:
            if slot.name not in configuration:
                continue
            held = self.fixed is not None and slot.name in self.fixed and self.fixed[slot.name] == configuration[slot.name]
            if not held:
                name, distribution = distribution_of(slot, configuration)
                value = configuration[slot.name]
                parameters[name] = value if not name.endswith(FRACTION) else unit_of(slot, configuration)
                distributions[name] = distribution
        return parameters, distributions

    def _asked(self, trial: optuna.Trial) -> tuple[dict[str, Value], Plain]:
        """The configuration that a trial stands for, and what Optuna suggested for it."""
        suggested: Plain = {}

        def pick(slot: Slot, values: Mapping[str, Value]) -> Value:
            name, distribution = distribution_of(slot, values)
            drawn = suggested[name] = _suggested(trial, name, distribution)
            if not name.endswith(FRACTION):
                return drawn
            return slot.parameter.from_unit(min(float(drawn), 1 - 1e-12), values, slot.index)

        return assembled(self.space, pick, self.fixed), suggested


FRACTION = " (fraction)"


def distribution_of(slot: Slot, values: Mapping[str, Value]) -> tuple[str, BaseDistribution]:
    """The name and the Optuna distribution of a parameter; a bound that depends on others becomes a fraction of the range.

    Optuna refuses or degrades when a distribution changes under one name, so each name keeps one.
    """
    parameter = slot.parameter
    if isinstance(parameter, Factorization):
        name = f"{slot.name}/{values[parameter.parts]}" if isinstance(parameter.parts, str) else slot.name
        return name, CategoricalDistribution(list(parameter.options(values, slot.index)))
    if isinstance(parameter, Choice):
        return slot.name, CategoricalDistribution(parameter.values)
    if isinstance(parameter, Float | Int) and not isinstance(parameter.low, str) and not isinstance(parameter.high, str):
        if isinstance(parameter, Float):
            return slot.name, FloatDistribution(float(parameter.low), float(parameter.high), log=parameter.log)
        low, high = int(parameter.low), int(parameter.high)
        high -= (high - low) % parameter.step
        return slot.name, IntDistribution(low, high, log=parameter.log and parameter.step == 1, step=parameter.step)
    return f"{slot.name}{FRACTION}", FloatDistribution(0.0, 1.0)


def _suggested(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> Any:
    match distribution:
        case FloatDistribution():
            return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
        case IntDistribution():
            return trial.suggest_int(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
        case CategoricalDistribution():
            return trial.suggest_categorical(name, distribution.choices)
    raise TypeError(f"There is no way to suggest {distribution!r}.")


def _seeded_again(sampler: BaseSampler, seed: int) -> bool:
    """Make a TPE sampler as good as new: it holds nothing but its two generators. False where it looks different.

    A new one draws entropy from the system before it takes its seed, which costs a tenth of a proposal.
    """
    generators = [getattr(part, "_rng", None) for part in (sampler, getattr(sampler, "_random_sampler", None))]
    if not isinstance(sampler, TPESampler) or not all(hasattr(generator, "rng") for generator in generators):
        return False
    for generator in generators:
        generator.rng.seed(seed)  # type: ignore[union-attr]
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        yield
