"""The event by which a study's ledger begins."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sweepwright.nouns.data import Data
from sweepwright.record.events import StudyDeclared
from sweepwright.record.storage import no_space_is_said
from sweepwright.running.dispatch import Journal
from sweepwright.study.study import Study


def declare(study: Study, data: Data, journal: Journal) -> None:
    """Store the columns of the data by sample, and tell the event by which the ledger begins; a StorageError on a full disk."""
    columns = {name: (column if column.dtype != object else column.astype(str)) for name, column in data.samples.items()}
    with no_space_is_said(study.folder / "samples.parquet"):
        aside = study.folder / ".samples.parquet"
        pq.write_table(pa.table({name: pa.array(np.asarray(column)) for name, column in columns.items()}), aside)
        aside.replace(study.folder / "samples.parquet")
    journal.tell(declaration(study, data))


def declaration(study: Study, data: Data) -> StudyDeclared:
    """The event by which a study's ledger begins."""
    return StudyDeclared(
        problem=study.problem.name,
        seed=study.file.seed,
        data_hash=data.hash,
        facts=data.facts,
        notes=tuple(data.notes),
        warnings=tuple(data.warnings),
        conditions=tuple(condition.name for condition in study.resolved.conditions),
        folds=study.resolved.folds,
        goals=tuple(str(goal) for goal in study.goals),
        measures={measure.name: measure.version for measure in study.problem.all_measures()},
    )
