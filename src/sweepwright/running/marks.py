"""Marks on trials: a note, a star, not to be used."""

from sweepwright.record.events import Noted, TrialInvalidated
from sweepwright.running.writing import append, writing
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError


def note(study: Study, trial: int, text: str = "", star: bool | None = None, hide: bool | None = None) -> None:
    """Write a sentence about a trial into the ledger, star it, or hide it in the report; None leaves a mark as it is.

    `status` and the report show notes; a hidden trial keeps its part in every number.
    """
    check_trial(study, trial)
    if not text.strip() and star is None and hide is None:
        raise StudyFileError("A note needs a text, --star or --hide (or --no-star, --no-hide).")
    with writing(study.folder):
        append(study.folder, [Noted(trial=trial, text=text.strip(), star=star, hide=hide)])


def invalidate(study: Study, trial: int, why: str) -> bool:
    """Mark a trial as not to be used: samplers and choosing ignore it, the record stays. False if it was so already."""
    check_trial(study, trial)
    if not why.strip():
        raise StudyFileError("Say why the trial is not to be used: --why 'its images were mislabelled'.")
    with writing(study.folder):
        if trial in Study.open(study.folder, study.problem).state.invalid:
            return False
        append(study.folder, [TrialInvalidated(trial=trial, why=why.strip())])
    study.reread()
    return True


def check_trial(study: Study, trial: int) -> None:
    """A StudyFileError where the study has no such trial."""
    if trial not in study.state.trials:
        last = len(study.state.trials) - 1
        has = f"It has trials 0 to {last}." if last >= 0 else "It has none yet."
        raise StudyFileError(f"{study.folder} has no trial {trial}. {has}")
