"""Checks of a problem, asked before compute is spent."""

from sweepwright.errors import InputError
from sweepwright.problem import Data, Status
from sweepwright.study.dispatch import Journal
from sweepwright.study.study import Study


class CheckFailed(InputError):
    """A check of the problem failed and was not accepted."""


def ask_checks(study: Study, data: Data, journal: Journal) -> None:
    """Ask the problem's checks that have not been asked; a failed one stops the study unless it was accepted."""
    for check in study.problem.checks:
        if check.name not in journal.state.findings:
            finding = check.ask(data)
            found = {
                "status": str(finding.status),
                "measured": finding.measured,
                "threshold": finding.threshold,
                "advice": finding.advice,
            }
            journal.tell({"event": "checked", "name": check.name, "question": check.question, **found})
        found = journal.state.findings[check.name]
        if found["status"] == Status.FAILED and check.name not in journal.state.accepted:
            raise CheckFailed(
                f"The check {check.name!r} failed ({check.question}): {found['measured']} {found['advice']} "
                f"To go on all the same: --accept {check.name}".replace("  ", " ")
            )
