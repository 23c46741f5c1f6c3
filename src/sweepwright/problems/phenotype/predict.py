"""The chosen model on new cells: in memory (`apply`), or streamed from a file of any size (`predict`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sweepwright.measures.classification import confusion_matrix
from sweepwright.nouns.data import Data, DataError
from sweepwright.nouns.model import Model
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import Facts, Plain
from sweepwright.nouns.statement import listed
from sweepwright.problems.phenotype.data import Content
from sweepwright.problems.phenotype.hashing import hash_columns
from sweepwright.problems.phenotype.scoring import by_class, scores_of
from sweepwright.problems.phenotype.table import read_table

ROWS = 32_768


class Labeller:
    """A kept model, ready to label rows of its features."""

    def __init__(self, model: Model):
        if "features" not in model.facts:
            raise DataError(
                "This run keeps no feature names, so it cannot label new cells. Finish the study first: its kept model can."
            )
        weights = model.weights
        self.features: list[str] = list(model.facts["features"])
        self.classes: list[str] = list(model.facts["classes"])
        self.group: str | None = model.facts.get("group")  # models of earlier versions do not say
        self.present = weights["present"].astype(int)
        self.median = weights["median"].astype(np.float32) if "median" in weights else None
        # The scaling folded into the coefficients: one product per block of rows.
        self.coefficients = (weights["coefficients"] / weights["scale"]).astype(np.float32)
        self.intercepts = (
            weights["intercepts"] - (weights["coefficients"] * weights["mean"] / weights["scale"]).sum(axis=1)
        ).astype(np.float32)
        self.low, self.high = weights["low"], weights["high"]
        self.known = weights["cells"]

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """(classes, cells) for raw features (features, cells) in the model's order, as float32."""
        if self.median is not None:
            values = np.where(np.isnan(values), self.median[:, None], values)
        logits = self.coefficients @ values + self.intercepts[:, None]
        if len(logits) == 1:
            logits = np.concatenate([np.zeros_like(logits), logits])
        logits -= logits.max(axis=0)
        shares = np.exp(logits, out=logits)
        shares /= shares.sum(axis=0)
        if len(shares) == len(self.classes):
            return shares
        found = np.zeros((len(self.classes), values.shape[1]), np.float32)
        found[self.present] = shares
        return found

    def seen(self, values: np.ndarray) -> np.ndarray:
        """Which cells were in training, by the key of their features."""
        keys = hash_columns(values)
        places = np.minimum(np.searchsorted(self.known, keys), len(self.known) - 1)
        return self.known[places] == keys


def apply(data: Data, model: Model) -> Outcome:
    """The model's outcome on data that `load` returned."""
    labeller, content = Labeller(model), data.content
    assert isinstance(content, Content)
    places = {name: i for i, name in enumerate(content.names)}
    _require(labeller.features, places)
    values = content.values[:, [places[name] for name in labeller.features]].astype(np.float32)
    found = np.ascontiguousarray(labeller.probabilities(np.ascontiguousarray(values.T)).T)
    return Outcome(arrays={"probability": found, "predicted": found.argmax(axis=1)}, sample=np.arange(len(found)))


def predict(model: Model, source: Path, out: Path, *, label: str | None = None) -> Facts:
    """Label every row of `source` and write `out` (Parquet or CSV, by its ending); memory does not grow with the rows.

    The output keeps every column that is no feature and adds Predicted_Class, Probability_<class>, Margin, Entropy,
    In_Training and Model. Where the source has `label`, the summary holds scores and a confusion matrix, apart for cells
    that were not in training, with the scores of every class and from how many groups of the training's kind they come. Raises DataError for missing features (listed); nothing is written then.
    """
    labeller = Labeller(model)
    pieces = _pieces(source)
    first = next(pieces, None)
    if first is None:
        raise DataError(f"{source} has no rows.")
    _require(labeller.features, first.schema.names)
    label = _label(label, first.schema.names)
    other = [name for name in first.schema.names if name not in set(labeller.features)]
    tally = _Tally(labeller, label)
    aside = out.with_name(f".{out.name}.part")
    writer = None
    try:
        for piece in _chain(first, pieces):
            table = _labelled(piece, labeller, other, model.name, tally)
            writer = writer or _writer(aside, out, table.schema)
            writer.write(table)
        assert writer is not None
        writer.close()
        aside.replace(out)
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror or error}.") from None
    finally:
        aside.unlink(missing_ok=True)
    return tally.summary()


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _pieces(source: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a file in pieces of one size."""
    name = source.name.lower()
    if not source.exists():
        raise DataError(f"There is no file {source}.")
    try:
        if source.is_dir():
            yield from ds.dataset(source, format="parquet").to_batches(batch_size=ROWS)
        elif name.endswith(".parquet"):
            yield from pq.ParquetFile(source).iter_batches(batch_size=ROWS, use_threads=False)
        elif name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
            separator = "\t" if ".tsv" in name else ","
            with pc.open_csv(source, parse_options=pc.ParseOptions(delimiter=separator)) as reader:
                yield from reader
        else:
            yield from pa.Table.from_pandas(read_table(source), preserve_index=False).to_batches(max_chunksize=ROWS)
    except pa.ArrowInvalid as error:
        raise DataError(f"{source} cannot be read: {str(error).splitlines()[0]}") from None


def _require(features: list[str], names: Any) -> None:
    present = set(names)
    missing = [name for name in features if name not in present]
    if missing:
        raise DataError(
            f"{len(missing)} of the model's {len(features)} features are missing: {listed(missing, most=10)}. Features are matched by name."
        )


def _label(label: str | None, names: list[str]) -> str | None:
    if label is not None and label not in names:
        raise DataError(f"There is no label column {label!r} to compare with. The table has {', '.join(names[:8])}, ...")
    return label or next(
        (name for name in names if name.endswith("Phenotypic_Class") or name.lower() in ("label", "class", "target")), None
    )


def _labelled(piece: pa.RecordBatch, labeller: Labeller, other: list[str], name: str, tally: "_Tally") -> pa.Table:
    values = _matrix(piece, labeller.features)
    found = labeller.probabilities(values)
    predicted = found.argmax(axis=0).astype(np.int32)
    broken = ~np.isfinite(found[0])  # a cell without a number has none in any class
    mask = broken if broken.any() else None
    entropy = -np.einsum("kn,kn->n", found, np.log(np.maximum(found, np.float32(1e-37))))
    seen = labeller.seen(values)
    tally.add(piece, values, found, predicted, broken, seen)
    classes = pa.array(labeller.classes)
    columns: Plain = {column: piece.column(column) for column in other}
    columns["Predicted_Class"] = pa.DictionaryArray.from_arrays(_indices(predicted, mask), classes)
    for k, text in enumerate(labeller.classes):
        columns[f"Probability_{text}"] = pa.array(found[k], mask=mask)
    columns["Margin"] = pa.array(_margin(found), mask=mask)
    columns["Entropy"] = pa.array(entropy, mask=mask)
    columns["In_Training"] = pa.array(seen)
    columns["Model"] = pa.DictionaryArray.from_arrays(_indices(np.zeros(len(predicted), np.int32)), pa.array([name]))
    return pa.table(columns)


def _indices(predicted: np.ndarray, mask: np.ndarray | None = None) -> pa.IntegerArray:
    """Which class each cell has; none where it could not be computed."""
    found = pa.array(predicted, mask=mask)
    assert isinstance(found, pa.IntegerArray)
    return found


def _matrix(piece: pa.RecordBatch, features: list[str]) -> np.ndarray:
    """(features, cells) in float32."""
    values = np.empty((len(features), piece.num_rows), np.float32)
    for i, name in enumerate(features):
        column = piece.column(name)
        try:
            values[i] = column.to_numpy(zero_copy_only=column.null_count == 0 and pa.types.is_floating(column.type))
        except (ValueError, TypeError, pa.ArrowInvalid):
            raise DataError(f"The feature {name!r} holds {column.type} where numbers are needed.") from None
    return values


def _margin(found: np.ndarray) -> np.ndarray:
    """The largest probability less the second largest."""
    first = second = np.zeros(found.shape[1], np.float32)
    for row in found:
        second = np.maximum(second, np.minimum(first, row))
        first = np.maximum(first, row)
    return first - second


class _CsvWriter:
    def __init__(self, path: Path, schema: pa.Schema):
        self._schema = pa.schema([f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in schema])
        self._writer = pc.CSVWriter(str(path), self._schema)

    def write(self, table: pa.Table) -> None:
        self._writer.write(table.cast(self._schema))

    def close(self) -> None:
        self._writer.close()


def _writer(aside: Path, out: Path, schema: pa.Schema) -> Any:
    if out.suffix == ".csv":
        return _CsvWriter(aside, schema)
    if out.suffix == ".parquet":
        return pq.ParquetWriter(
            aside,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=["Predicted_Class", "Model"],  # type: ignore[arg-type]
        )
    raise DataError(f"--out ends in .parquet or .csv, but got {out.name}.")


class _Tally:
    """What is said about the new cells as a whole."""

    def __init__(self, labeller: Labeller, label: str | None):
        self.labeller, self.label = labeller, label
        self.rows = self.seen = self.outside = self.cells = self.broken = 0
        self.counts = np.zeros(len(labeller.classes), np.int64)
        self.truth: list[np.ndarray] = []
        self.found: list[np.ndarray] = []
        self.fresh: list[np.ndarray] = []
        self.groups: list[np.ndarray] = []  # of labelled cells, where the table says it
        self.unknown: set[str] = set()

    def add(self, piece, values, found, predicted, broken, seen) -> None:
        self.rows += len(predicted)
        self.seen += int(seen.sum())
        self.broken += int(broken.sum())
        every = values[:, :: max(1, len(predicted) // 500)]  # the share outside the training range is estimated on a sample
        self.outside += int(((every < self.labeller.low[:, None]) | (every > self.labeller.high[:, None])).sum())
        self.cells += every.size
        self.counts += np.bincount(predicted if not broken.any() else predicted[~broken], minlength=len(self.counts))
        if self.label is not None:
            codes = {text: k for k, text in enumerate(self.labeller.classes)}
            text = piece.column(self.label).cast(pa.string()).to_pylist()
            truth = np.array([codes.get(t, -1) for t in text])
            self.unknown |= {str(t) for t in text if t is not None and t not in codes}
            usable = (truth >= 0) & ~broken
            self.truth.append(truth[usable])
            self.found.append(found[:, usable].T)
            self.fresh.append(~seen[usable])
            if self.labeller.group in piece.schema.names:
                names = np.array(piece.column(self.labeller.group).cast(pa.string()).to_pylist(), dtype=object)
                self.groups.append(names[usable])

    def summary(self) -> Plain:
        classes = self.labeller.classes
        result: Plain = {
            "rows": self.rows,
            "in_training": self.seen,
            "not_predicted": self.broken,
            "share_outside_training_range": self.outside / max(self.cells, 1),
            "predicted": {name: int(n) for name, n in zip(classes, self.counts, strict=True)},
        }
        if self.truth and sum(map(len, self.truth)):
            truth, found, fresh = map(np.concatenate, (self.truth, self.found, self.fresh))
            result["labels_unknown_to_the_model"] = sorted(self.unknown)
            result["scores"] = scores_of(truth, found)
            result["scores_of_cells_not_in_training"] = scores_of(truth[fresh], found[fresh])
            scored = by_class(truth[fresh], found[fresh].argmax(axis=1), classes)
            group = np.concatenate(self.groups)[fresh] if self.groups else None
            if group is not None and any(name is None for name in group):
                group = None  # rows of unknown groups may be of one or of many
            for name, scores in scored.items():
                scores["groups"] = None if group is None else len(set(group[truth[fresh] == classes.index(name)].tolist()))
            result["classes_of_cells_not_in_training"] = scored
            result["groups_not_in_training"] = None if group is None else len(set(group.tolist()))
            table = confusion_matrix(truth, found.argmax(axis=1), len(classes))
            result["confusion"] = pd.DataFrame(table, index=classes, columns=classes).to_dict("index")
        return result
