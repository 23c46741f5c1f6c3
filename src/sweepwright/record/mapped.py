"""Data that several workers share: its arrays as files that each process maps instead of loading a copy."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import numpy as np

from sweepwright.nouns.data import Data
from sweepwright.nouns.hashing import is_array
from sweepwright.nouns.plain import is_mapping
from sweepwright.record.storage import flush

LEAST_BYTES = 2**23  # smaller data are loaded by each worker


def share(data: Data, folder: Path) -> Path | None:
    """Put the data's arrays into `folder`, once per hash, and return where they lie; None where they cannot be shared.

    Data can be shared if its content is a mapping of arrays and its facts are plain JSON. Anything else is loaded by each
    worker itself.
    """
    arrays = data.content
    if not _are_arrays(arrays):
        return None
    columns = {**arrays, **data.samples}
    if sum(a.nbytes for a in arrays.values()) < LEAST_BYTES or any(a.dtype == object for a in columns.values()):
        return None
    about = {"hash": data.hash, "facts": data.facts, "notes": list(data.notes), "warnings": list(data.warnings)}
    about |= {"content": list(arrays), "samples": list(data.samples)}
    try:
        if json.loads(json.dumps(about)) != about:
            return None
    except (TypeError, ValueError):
        return None
    place = folder / f"data-{data.hash[:20]}"
    if not place.exists():
        aside = folder / f".{place.name}.{os.getpid()}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for kind, group in (("content", arrays), ("samples", data.samples)):
            for i, array in enumerate(group.values()):
                np.save(aside / f"{kind}-{i}.npy", array, allow_pickle=False)
        (aside / "about.json").write_text(json.dumps(about), encoding="utf-8")
        for file in aside.iterdir():
            flush(file)
        try:
            aside.rename(place)
        except OSError:  # another study was faster
            shutil.rmtree(aside, ignore_errors=True)
    return place


def _are_arrays(content: object) -> TypeGuard[Mapping[str, np.ndarray]]:
    return is_mapping(content) and len(content) > 0 and all(map(is_array, content.values()))


def open_shared(place: Path) -> Data | None:
    """The data that was put there, its arrays mapped read-only; None if it is gone."""
    try:
        about = json.loads((place / "about.json").read_text(encoding="utf-8"))
        mapped = {
            kind: {
                name: np.load(place / f"{kind}-{i}.npy", mmap_mode="r", allow_pickle=False)
                for i, name in enumerate(about[kind])
            }
            for kind in ("content", "samples")
        }
    except (OSError, ValueError):
        return None
    return Data(
        hash=about["hash"],
        facts=about["facts"],
        notes=tuple(about["notes"]),
        warnings=tuple(about["warnings"]),
        samples=mapped["samples"],
        content=mapped["content"],
    )
