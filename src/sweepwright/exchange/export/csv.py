"""Every run of a study as CSV."""

from pathlib import Path

from sweepwright.exchange.exporting import Form
from sweepwright.study.frames import runs_frame
from sweepwright.study.study import Study


class CSV(Form):
    """The `runs` frame, one row per run."""

    file = "runs.csv"

    def write(self, study: Study, path: Path) -> None:
        runs_frame(study.state).to_csv(path, index=False)


KEEPER = CSV()
