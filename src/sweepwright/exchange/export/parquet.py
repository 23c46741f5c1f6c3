"""Every run of a study as a Parquet table."""

from pathlib import Path

from sweepwright.exchange.exporting import Form
from sweepwright.study.frames import runs_frame
from sweepwright.study.study import Study


class Parquet(Form):
    """The `runs` frame, one row per run."""

    file = "runs.parquet"

    def write(self, study: Study, path: Path) -> None:
        runs_frame(study.state).to_parquet(path, index=False)


KEEPER = Parquet()
