"""The verb `run`: a study that was asked for is found or made, and worked to its end."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sweepwright.nouns.data import Data
from sweepwright.nouns.plain import Settings
from sweepwright.nouns.problem import Problem
from sweepwright.record.lock import Lock
from sweepwright.record.storage import no_space_is_said, write_text
from sweepwright.running.changes import changed, wanting
from sweepwright.running.dispatch import Observer, Unseen
from sweepwright.running.executor import executor_named
from sweepwright.running.interruption import Stop
from sweepwright.running.options import RunOptions
from sweepwright.running.plan import Plan, plan
from sweepwright.running.provenance import provenance
from sweepwright.running.refusals import check_plan
from sweepwright.running.session import Session, run_session
from sweepwright.study.origin import Origin
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError, complete, merged, write_file

ROOT = Path("studies")
LookingOn = Callable[[Study, Plan], AbstractContextManager[Observer]]


def _nobody(study: Study, planned: Plan) -> AbstractContextManager[Observer]:
    return nullcontext(Unseen())


def start(
    problem: str | Problem,
    options: RunOptions = RunOptions(),
    settings: Settings | None = None,
    command: str | None = None,
    observer: Observer | None = None,
) -> Study:
    """Run a study to its end, or go on with one, and return it; raises InputError for input that cannot be used."""
    study = prepare(problem, options, settings, command)
    work(study, options, lambda study, planned: nullcontext(observer or Unseen()))
    return study


def prepare(
    asked: str | Problem | Origin,
    options: RunOptions = RunOptions(),
    settings: Settings | None = None,
    command: str | None = None,
) -> Study:
    """The study that was asked for: a new one (nothing is written yet), or the one that stands in the folder."""
    origin, changes = Origin.of(asked), merged(settings or {}, options.settings())
    if origin.stands is not None:
        return _with_changes(origin.stands, changes)
    problem = origin.problem
    file = complete(problem, origin.with_settings(changes), origin.said)
    place = Path(options.folder) if options.folder else ROOT / problem.name
    if (place / "study.yaml").exists():
        return _with_changes(Study.open(place, problem), file.model_dump(exclude_unset=False), whole=True)
    lag = file.lag or max(4, file.executor.slots or executor_named(file.executor.kind).count(file.executor))
    return Study(place, file.model_copy(update={"lag": lag, "made": provenance(command)}), problem.settled(file.data))


def _with_changes(study: Study, asked: Settings, whole: bool = False) -> Study:
    """The study that stands, with what may change changed; another question is refused."""
    if asked:
        study.file = changed(study, asked, whole)
    return study


def work(study: Study, options: RunOptions = RunOptions(), looking_on: LookingOn = _nobody) -> bool:
    """Load the data, declare the study if it is new, and run every step that is not finished; False: nothing was left to do.

    `looking_on` gives whoever looks on, once it is sure that there is work; all that can be refused has been by then.
    """
    if study.adopted:
        raise StudyFileError(
            f"{study.folder} was adopted: its runs were made elsewhere, so nothing can be trained. Choose from it with: "
            f"sweepwright choose {study.folder}"
        )
    more = _still_to_add(study, options.more)
    if study.finished and more is None and wanting(study, plan(study)) is None:
        return False
    data = _same_data(study)
    planned = check_plan(study, options.accept)
    with looking_on(study, planned) as observer, _held(study, options.wait) as lock:
        with no_space_is_said(study.folder / "study.yaml"):
            write_text(study.folder / "study.yaml", write_file(study.file))
        with Stop().listening() as stop:
            run_session(Session(study, data, planned, options.accept, more), observer, stop, lock.notice)
    return True


def _same_data(study: Study) -> Data:
    """The data of a study, which must be those that it began with."""
    data, before = study.data, study.data_hash
    if before and before != data.hash:
        raise StudyFileError(
            f"The data of {study.folder} changed: hash {data.hash[:12]} now, {before[:12]} when the study began. "
            f"Restore the data, or start a new study: --folder {study.folder}-2"
        )
    return data


def _still_to_add(study: Study, more: int | None) -> int | None:
    """How many configurations an extension adds now: none where the same extension was begun and interrupted."""
    if more is None:
        return None
    if not study.state.declared:
        raise StudyFileError(f"There is no study at {study.folder} to extend. Run it first, then add: --trials +{more}")
    if study.finished:
        return more
    last = study.state.extensions[-1] if study.state.extensions else None
    if last is not None and last.why == f"{more} more configurations":
        return None
    raise StudyFileError(
        f"{study.folder} has not come to its end, so it cannot be extended yet. Go on with: sweepwright run {study.folder}"
    )


@contextmanager
def _held(study: Study, wait: float) -> Iterator[Lock]:
    """Make the study's folder and hold its lock."""
    lock = Lock(study.folder)
    try:
        (study.folder / "runs").mkdir(parents=True, exist_ok=True)
        lock.acquire(wait)
    except OSError as error:
        raise StudyFileError(
            f"The folder {study.folder} cannot be written: {error.strerror}. Choose another with --folder."
        ) from None
    try:
        yield lock
    finally:
        lock.release()
