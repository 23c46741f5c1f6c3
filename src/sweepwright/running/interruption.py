"""Ctrl-C once: running runs end, then the study stops. Twice, or a scheduler's SIGTERM: it stops at once."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(SystemExit):
    """The scheduler or the system asked this process to end."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class Stop:
    """Whether somebody asked the study to stop."""

    def __init__(self, say: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)):
        self.asked = False
        self._say = say

    @contextmanager
    def listening(self) -> Iterator["Stop"]:
        """Listen to Ctrl-C and SIGTERM while the study runs; only the main thread of a process can."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        signal.signal(signal.SIGINT, self._interrupted)
        signal.signal(signal.SIGTERM, self._terminated)
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say("\nStopping when the running runs have ended. Press Ctrl-C again to stop at once; they will run again.")

    def _terminated(self, number: int, frame: FrameType | None) -> None:
        raise Terminated
