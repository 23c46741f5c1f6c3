"""The options of a phenotype study's data, read once into one value."""

from dataclasses import dataclass, field, fields
from typing import Any

from sweepwright.nouns.data import DataError
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.problem import Option

CLASS_WEIGHTS = ("none", "balanced", "both")
SOLVERS = ("own", "sklearn-saga")


def _said(help: str) -> dict[str, str]:
    return {"help": help}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What was asked of a table of cells."""

    data: str | None = field(
        default=None,
        metadata=_said("a table of cells: CSV, TSV, Parquet or .h5ad (none: breast-cancer nuclei of the UCI repository)"),
    )
    label: str | None = field(default=None, metadata=_said("the column with the class"))
    group: str | None = field(default=None, metadata=_said("the column whose cells stay together in every split, or none"))
    features: str | None = field(
        default=None, metadata=_said("feature columns: names, prefixes, or re:PATTERN, separated by commas")
    )
    feature_set: str | None = field(default=None, metadata=_said("CP,DP,CP+DP: compare sets of features"))
    class_weight: str = field(default="none", metadata=_said("none, balanced, or both to compare them"))
    folds: int = field(default=10, metadata=_said("folds of the cross-validation"))
    min_class: int = field(default=1, metadata=_said("drop classes with fewer members"))
    impute: str | None = field(default=None, metadata=_said("median: fill missing values, fitted inside the folds"))
    drop_unlabelled: bool = field(default=False, metadata=_said("leave out rows without a label"))
    split: str | None = field(default=None, metadata=_said("a column that says train or test: only train rows are studied"))
    weight: str | None = field(default=None, metadata=_said("a column of sample weights"))
    leave_one_group_out: bool = field(default=False, metadata=_said("test the chosen model on each group left out"))
    shuffle: bool | str = field(
        default=True, metadata=_said("shuffle before splitting (source: once, as the published analysis did)")
    )
    scale: bool = field(default=True, metadata=_said("scale the features inside the folds"))
    solver: str = field(default="own", metadata=_said("own, or sklearn-saga (slow; stops at 100 iterations)"))

    def __post_init__(self) -> None:
        """Values as they are meant, whatever they were typed as; a DataError says which cannot be."""
        for name, least in (("folds", 2), ("min_class", 1)):
            object.__setattr__(self, name, _whole(name, getattr(self, name), least))
        for name in ("leave_one_group_out", "scale"):
            object.__setattr__(self, name, _flag(getattr(self, name)))
        if self.shuffle != "source":
            object.__setattr__(self, "shuffle", _flag(self.shuffle))
        if self.class_weight not in CLASS_WEIGHTS:
            raise DataError(f"--class-weight is one of {', '.join(CLASS_WEIGHTS)}, but got {self.class_weight!r}.")
        if self.solver not in SOLVERS:
            raise DataError(f"--solver is {' or '.join(SOLVERS)}, but got {self.solver!r}.")


OPTIONS = {option.name: Option(option.default, option.metadata["help"]) for option in fields(TableOptions)}


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise DataError(f"--{name.replace('_', '-')} is a whole number, but got {value!r}.") from None
    if number < least:
        raise DataError(f"--{name.replace('_', '-')} is at least {least}, but got {number}.")
    return number


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("true", "yes", "1")


def unit_of(facts: Facts) -> str:
    """What the table calls a group of cells: the name of its column, in plain words.

    >>> unit_of({"group": "Metadata_Plate"}), unit_of({"group": None})
    ('plate', 'group')
    """
    return str(facts["group"] or "group").removeprefix("Metadata_").removesuffix("Number").replace("_", " ").lower()
