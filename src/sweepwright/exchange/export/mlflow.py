"""MLflow runs, in a database of its own."""

import logging
from datetime import datetime
from pathlib import Path

from sweepwright.exchange.exporting import ExportError, Form
from sweepwright.record.events import RunEnded
from sweepwright.record.ledger import read_events
from sweepwright.study.study import Study


class MLflow(Form):
    """One MLflow run per run, with its parameters, measures and curves."""

    file = "mlflow.db"

    def opens(self, path: Path) -> str:
        return f"mlflow ui --backend-store-uri sqlite:///{path}"

    def write(self, study: Study, path: Path) -> None:
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
        for run in study.state.runs:
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
            tags = {"trial": run.trial, "step": str(run.phase), "condition": run.condition, "replicate": run.replicate}
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
    ended = [event for event in events if isinstance(event, RunEnded)]
    return {event.run: int(datetime.fromisoformat(event.at).timestamp() * 1000) for event in ended}


KEEPER = MLflow()
