"""A hash of what was put in: arrays, text and plain data."""

import hashlib
import json
from typing import TypeGuard

import numpy as np


def content_hash(*parts: object) -> str:
    """The SHA-256 of arrays and plain data, in order, as text.

    >>> content_hash(np.arange(3), {"a": 1}) == content_hash(np.arange(3), {"a": 1}) != content_hash(np.arange(4), {"a": 1})
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        array = part if is_array(part) else None
        if array is not None and array.dtype != object:
            digest.update(repr((array.dtype.str, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).data)
        else:
            plain = part if array is None else array.tolist()
            digest.update(json.dumps(plain, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def is_array(value: object) -> TypeGuard[np.ndarray]:
    """Whether it is an array."""
    return isinstance(value, np.ndarray)
