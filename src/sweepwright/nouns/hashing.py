"""A hash of what was put in: arrays, text and plain data."""

import hashlib
import json
from typing import Any

import numpy as np


def content_hash(*parts: Any) -> str:
    """The SHA-256 of arrays and plain data, in order, as text.

    >>> content_hash(np.arange(3), {"a": 1}) == content_hash(np.arange(3), {"a": 1}) != content_hash(np.arange(4), {"a": 1})
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype != object:
            digest.update(repr((part.dtype.str, part.shape)).encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            plain = part.tolist() if isinstance(part, np.ndarray) else part
            digest.update(json.dumps(plain, sort_keys=True, default=str).encode())
    return digest.hexdigest()
