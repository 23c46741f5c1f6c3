"""What the running runs of a study last showed."""

import json
from pathlib import Path


def shown(folder: Path) -> dict[int, dict]:
    """What the running runs of a study last showed, by run number."""
    found = {}
    for path in sorted((folder / "progress").glob("[0-9]*.json")):
        try:
            found[int(path.stem)] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # it ended meanwhile
    return found
