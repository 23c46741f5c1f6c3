"""The sections that a problem adds to the report, found by their address."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from sweepwright.errors import InputError
from sweepwright.nouns.figure import Section
from sweepwright.report.part import Part
from sweepwright.running.products import product
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a section of a problem may read of a study: all that the study reads, and products, made when first asked for."""

    study: Study

    def product(self, name: str) -> dict[str, np.ndarray]:
        """A product of the problem by name."""
        return product(self.study, name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.study, name)


def problem_parts(study: Study) -> list[Part]:
    """The sections of the problem, in its order."""
    return [_part(section, study, k) for k, section in enumerate(_sections(study))]


def _sections(study: Study) -> Sequence[Section]:
    if study.problem.sections is None:
        return ()
    module, _, name = study.problem.sections.partition(":")
    return getattr(import_module(module), name)


def _part(section: Section, study: Study, k: int) -> Part:
    """A section of the problem; where it cannot be made it says why, and the rest of the report stands."""
    part = Part(f"part-{k + 1}", section.title)
    if study.chosen is None:
        part.missing.append("This section comes when the study has chosen.")
        return part
    try:
        part.figures += section.build(Results(study))
    except InputError as error:
        part.lack(error)
    except Exception as error:  # a problem's own code must not cost the report
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}, line {place.lineno}"
        part.missing.append(
            f"This section of {study.problem.name} could not be made: {type(error).__name__}: {error} ({where})."
        )
    return part
