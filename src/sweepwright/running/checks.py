"""Checks of a problem, asked before compute is spent."""

from sweepwright.errors import InputError
from sweepwright.nouns.check import Check
from sweepwright.nouns.data import Data
from sweepwright.nouns.finding import Finding, Status
from sweepwright.record.events import Checked
from sweepwright.running.dispatch import Journal
from sweepwright.study.study import Study


class CheckFailed(InputError):
    """A check of the problem failed and was not accepted."""


def ask_checks(study: Study, data: Data, journal: Journal) -> None:
    """Ask the problem's checks that have not been asked; a failed one stops the study unless it was accepted."""
    for check in study.problem.checks:
        if check.name not in journal.state.findings:
            journal.tell(Checked(name=check.name, question=check.question, finding=_asked(check, data)))
        found = journal.state.findings[check.name]
        if found.status is Status.FAILED and check.name not in journal.state.accepted:
            raise CheckFailed(
                f"The check {check.name!r} failed ({check.question}): {found.measured} {found.advice} "
                f"To go on all the same: --accept {check.name}".replace("  ", " ")
            )


def _asked(check: Check, data: Data) -> Finding:
    """What a check finds; one that raises has failed."""
    try:
        return check.ask(data)
    except Exception as error:  # the problem's own code may raise anything
        text = f"it raised {type(error).__name__}: {error}."
        return Finding(status=Status.FAILED, measured=text, advice="Mend the check or the data.")
