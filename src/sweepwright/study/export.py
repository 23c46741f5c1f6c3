"""A study for other tools: an Optuna journal (optuna-dashboard), MLflow runs, Parquet or CSV."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sweepwright.errors import InputError
from sweepwright.runs import Run
from sweepwright.space import unit_of
from sweepwright.study.frames import runs_frame
from sweepwright.study.ledger import read_events
from sweepwright.study.models import FRACTION, distribution_of
from sweepwright.study.settings import StudyFileError
from sweepwright.study.study import Study

FORMATS = ("optuna", "mlflow", "parquet", "csv")


class ExportError(InputError):
    """An export that cannot be written."""


def export(study: Study, form: str, out: Path | None = None) -> Path:
    """Write a study in another tool's form and return where; what is there is never overwritten.

    The form comes with where it goes by default: ``optuna.journal`` and ``mlflow.db`` inside ``export/``, ``runs.parquet``
    or ``runs.csv`` there too. One Optuna trial or MLflow run per trial or run of the study; failed ones stay failed.
    """
    if form not in FORMATS:
        raise ExportError(f"There is no export {form!r}. It is one of {', '.join(FORMATS)}.")
    if not study.state.ended:
        raise StudyFileError(f"{study.folder} has no finished run to export yet.")
    names = {"optuna": "optuna.journal", "mlflow": "mlflow.db", "parquet": "runs.parquet", "csv": "runs.csv"}
    target = out or study.folder / "export" / names[form]
    if target.exists():
        raise ExportError(f"{target} exists already. Choose another place with --out, or remove it.")
    writers: Mapping[str, Callable[[Study, Path], None]] = {
        "optuna": _optuna,
        "mlflow": _mlflow,
        "parquet": lambda study, path: runs_frame(study.state).to_parquet(path, index=False),
        "csv": lambda study, path: runs_frame(study.state).to_csv(path, index=False),
    }
    aside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        writers[form](study, aside)
        aside.replace(target)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        if aside.is_file():
            aside.unlink()
    return target


def _reference_runs(study: Study) -> Iterator[tuple[int, list[Run]]]:
    """Each trial with its finished runs in the reference condition."""
    for number in sorted(study.state.trials):
        runs = study.select(trial=number, condition=study.reference.name)
        if runs:
            yield number, runs


def _mean(runs: list[Run], name: str) -> float | None:
    values = [value for value in (run.measured.get(name) for run in runs) if value is not None]
    return sum(values) / len(values) if values else None


def _optuna(study: Study, path: Path) -> None:
    """One Optuna trial per trial, its values the means of the goals over its runs in the reference condition."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.study import StudyDirection
    from optuna.trial import TrialState, create_trial

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
            "steps": list(dict.fromkeys(run.step for run in runs)),
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


def _mlflow(study: Study, path: Path) -> None:
    """One MLflow run per run, with its parameters, measures and curves."""
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise ExportError("The export to MLflow needs it: pip install 'sweepwright[mlflow]'") from None
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    client = MlflowClient(tracking_uri=f"sqlite:///{path.resolve()}")
    artifacts = path.parent / "mlflow-artifacts"
    experiment = client.create_experiment(study.folder.name, artifact_location=artifacts.resolve().as_uri())
    stamps = _times(study)
    for run in sorted(study.state.ended.values(), key=lambda run: run.number):
        if run.trial < 0:
            continue
        ended = stamps.get(run.number, 0)
        created = client.create_run(
            experiment, start_time=max(0, ended - int(run.seconds * 1000)), run_name=f"trial {run.trial} run {run.number}"
        ).info.run_id
        measured = [Metric(_key(name), value, ended, 0) for name, value in run.measured.items() if value is not None]
        curves = [
            Metric(_key(name), float(value), ended, epoch)
            for name, values in study.curves(run.number).items()
            for epoch, value in enumerate(values)
            if value == value
        ]
        tags = {"trial": run.trial, "step": run.step, "condition": run.condition, "replicate": run.replicate}
        tags |= {"seed": run.seed, "ending": run.ending.name, "cause": run.cause, "study": str(study.folder)}
        client.log_batch(
            created,
            metrics=(measured + curves)[:1000],
            params=[Param(_key(name), str(value)) for name, value in run.configuration.items()][:100],
            tags=[RunTag(f"sweepwright.{name}", str(value)) for name, value in tags.items()],
        )
        client.set_terminated(created, "FINISHED" if run.ending.succeeded else "FAILED", end_time=ended)


def _key(name: str) -> str:
    """A name that MLflow accepts."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)


def _times(study: Study) -> dict[int, int]:
    """When each run ended, in milliseconds of the epoch."""
    events = read_events(study.folder / "ledger.jsonl")[0]
    return {e["run"]: int(datetime.fromisoformat(e["at"]).timestamp() * 1000) for e in events if e["event"] == "run ended"}
