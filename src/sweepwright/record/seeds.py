"""Seeds derived from what a run is, never from when or where it runs."""

import hashlib
from functools import lru_cache

import numpy as np


@lru_cache(maxsize=1024)
def _word(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


@lru_cache(maxsize=4096)  # a run's seeds are asked for when it is sent and again when it has ended
def _draw(*parts: int) -> int:
    return int(np.random.SeedSequence(list(parts)).generate_state(1, np.uint32)[0])


def data_seed(root: int, draw: int) -> int:
    """The seed of one draw of the data: the same for every configuration and condition."""
    return _draw(root, 1, draw)


def run_seed(root: int, identity: str, condition: str, replicate: int) -> int:
    """The seed of a run's initialisation and order."""
    return _draw(root, 2, _word(identity), _word(condition), replicate)


def measure_seed(root: int, measure: str) -> int:
    """The seed of a measure's own randomness: the same for all trials."""
    return _draw(root, 3, _word(measure))


def proposal_seed(root: int, stream: str, number: int) -> int:
    """The seed of the sampler that makes proposal `number` of a search: `stream` is the name of its sequence."""
    return _draw(root, 4, _word(stream), number)
