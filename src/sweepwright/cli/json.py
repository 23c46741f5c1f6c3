"""JSON as the verbs print it: numbers that are not finite become null."""

import json
import math
from collections.abc import Mapping
from typing import Any


def as_json_text(value: Any) -> str:
    """A value as indented JSON."""

    def plain(item: Any) -> Any:
        if hasattr(item, "item") and not hasattr(item, "__len__"):  # a NumPy scalar
            item = item.item()
        if isinstance(item, float) and not math.isfinite(item):
            return None
        if isinstance(item, Mapping):
            return {str(k): plain(v) for k, v in item.items()}
        return [plain(v) for v in item] if isinstance(item, list | tuple) else item

    return json.dumps(plain(value), indent=1, ensure_ascii=False, default=str)
