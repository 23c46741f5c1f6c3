"""Keys of single cells: to notice copies, and cells that were in training."""

import numpy as np
from numba import njit


def hash_rows(values: np.ndarray) -> np.ndarray:
    """A 64-bit key per row of (cells, features): equal for rows whose float32 values are equal bit for bit.

    A random projection of the mixed bits of each value; unequal rows share a key once in 2^64 pairs or so.
    """
    return hash_columns(np.ascontiguousarray(np.asarray(values, dtype=np.float32).T))


def hash_columns(values: np.ndarray) -> np.ndarray:
    """The same for (features, cells) in float32, which is how a Parquet file is read."""
    factors = np.random.default_rng(20_240_501).integers(1, 2**63, size=len(values), dtype=np.uint64) | np.uint64(1)
    return _mix(values.view(np.uint32), factors)


@njit(cache=True, nogil=True)
def _mix(bits, factors):
    keys = np.zeros(bits.shape[1], np.uint64)
    negative_zero = np.uint32(0x80000000)
    for j in range(bits.shape[0]):
        factor, row = factors[j], bits[j]
        for i in range(bits.shape[1]):
            word = np.uint64(0) if row[i] == negative_zero else np.uint64(row[i])  # -0.0 and 0.0 are one value
            mixed = (word ^ (word >> np.uint64(15))) * factor
            keys[i] += mixed ^ (mixed >> np.uint64(29))
    return keys
