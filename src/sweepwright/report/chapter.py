"""One section of a report on its way: what it says, what it draws, and what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sweepwright.errors import InputError
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.statement import Statement


@dataclass(slots=True)
class Chapter:
    """A section ready to be written: sentences, figures, and what is missing and why; `folded`: shown by a click."""

    id: str
    title: str
    sentences: list[Statement] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    folded: bool = False

    def say(self, sentences: Callable[[], list[Statement]]) -> None:
        """Add sentences; an answer that cannot be given is said once."""
        try:
            self.sentences += sentences()
        except InputError as error:
            self.lack(error)

    def draw(
        self,
        name: str,
        caption: str | Callable[[], str],
        chart: Callable[[], Any],
        table: Callable[[], Any],
        turning: Callable[[], Any] = lambda: None,
    ) -> None:
        """Add a figure with its table; one that cannot be drawn is missing, and it is said why."""
        try:
            said = caption if isinstance(caption, str) else caption()
            self.figures.append(Figure(name=name, caption=said, chart=chart(), table=table(), turning=turning()))
        except InputError as error:
            self.lack(error)

    def lack(self, error: InputError) -> None:
        if str(error) not in self.missing:
            self.missing.append(str(error))

    @property
    def empty(self) -> bool:
        return not (self.sentences or self.figures or self.missing)
