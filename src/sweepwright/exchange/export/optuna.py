"""An Optuna journal, for optuna-dashboard and for Optuna's own analyses."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from sweepwright.exchange.exporting import Form
from sweepwright.nouns.run import Run
from sweepwright.running.optuna_model import FRACTION, distribution_of
from sweepwright.space import unit_of
from sweepwright.study.study import Study


class Optuna(Form):
    """One Optuna trial per trial, its values the means of the goals over its runs in the reference condition."""

    file = "optuna.journal"

    def opens(self, path: Path) -> str:
        return f"optuna-dashboard {path}"

    def write(self, study: Study, path: Path) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        directions = [StudyDirection.MAXIMIZE if goal.sign > 0 else StudyDirection.MINIMIZE for goal in study.goals]
        storage = JournalStorage(JournalFileBackend(str(path)))
        written = optuna.create_study(study_name=study.folder.name, storage=storage, directions=directions)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            written.set_metric_names([goal.name for goal in study.goals])
        written.set_user_attr("problem", study.problem.name)
        for number, runs in _reference_runs(study):
            configuration = study.state.trials[number].configuration
            parameters, distributions = {}, {}
            for slot in study.space.slots:
                if slot.name in configuration:
                    name, distribution = distribution_of(slot, configuration)
                    fraction = name.endswith(FRACTION)
                    parameters[name] = unit_of(slot, configuration) if fraction else configuration[slot.name]
                    distributions[name] = distribution
            values = [_mean(runs, goal.name) for goal in study.goals]
            found = [value for value in values if value is not None]
            complete = len(found) == len(values) and all(run.ending.succeeded for run in runs)
            attributes = {
                "configuration": dict(configuration),
                "runs": [run.number for run in runs],
                "endings": sorted({run.ending.name for run in runs}),
                "steps": list(dict.fromkeys(str(run.phase) for run in runs)),
                "measured": {name: _mean(runs, name) for name in runs[0].measured},
            }
            state = TrialState.COMPLETE if complete else TrialState.FAIL
            written.add_trial(
                create_trial(
                    params=parameters,
                    distributions=distributions,
                    values=found if complete else None,
                    state=state,
                    user_attrs={"trial": number, **attributes},
                )
            )
        Path(f"{path}.lock").unlink(missing_ok=True)


def _reference_runs(study: Study) -> Iterator[tuple[int, list[Run]]]:
    """Each trial with its finished runs in the reference condition."""
    for number in sorted(study.state.trials):
        runs = study.select(trial=number, condition=study.reference.name)
        if runs:
            yield number, runs


def _mean(runs: list[Run], name: str) -> float | None:
    values = [value for value in (run.measured.get(name) for run in runs) if value is not None]
    return sum(values) / len(values) if values else None


KEEPER = Optuna()
