"""A study for other tools. What a form of export must do: one file in `export/` per keeper, found by the file's name."""

from abc import ABC, abstractmethod
from pathlib import Path

from sweepwright.errors import InputError
from sweepwright.study.keepers import keeper, names_in
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError

FORMS = "sweepwright.exchange.export"


class ExportError(InputError):
    """An export that cannot be written."""


class Form(ABC):
    """A form of export: `file` is its name inside ``export/``."""

    file: str

    @abstractmethod
    def write(self, study: Study, path: Path) -> None:
        """Write the study to a path where nothing is."""

    def opens(self, path: Path) -> str:
        """The command by which the other tool opens what was written; empty where any tool does."""
        return ""


def form_named(name: str) -> Form:
    """The form of this name; a StudyFileError names the nearest where there is none."""
    return keeper(FORMS, name, Form, "export")  # type: ignore[type-abstract]


def form_names() -> tuple[str, ...]:
    """The forms that there are."""
    return names_in(FORMS)


def export(study: Study, form: str, out: Path | None = None) -> Path:
    """Write a study in another tool's form and return where; what is there is never overwritten.

    By default ``optuna.journal``, ``mlflow.db``, ``runs.parquet`` or ``runs.csv`` inside ``export/``. One Optuna trial or
    MLflow run per trial or run of the study; failed ones stay failed.
    """
    wanted = form_named(form)
    if not study.state.ended:
        raise StudyFileError(f"{study.folder} has no finished run to export yet.")
    target = out or study.folder / "export" / wanted.file
    if target.exists():
        raise ExportError(f"{target} exists already. Choose another place with --out, or remove it.")
    aside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        wanted.write(study, aside)
        aside.replace(target)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        if aside.is_file():
            aside.unlink()
    return target
