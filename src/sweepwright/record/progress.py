"""What the running runs of a study last showed."""

import json
from pathlib import Path

from sweepwright.nouns.plain import Plain


def shown(folder: Path) -> dict[int, Plain]:
    """What the running runs of a study last showed, by run number."""
    found: dict[int, Plain] = {}
    for path in sorted((folder / "progress").glob("[0-9]*.json")):
        try:
            found[int(path.stem)] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # it ended meanwhile
    return found
