"""The sections that a problem adds to the report, found by their address."""

import traceback
from collections.abc import Sequence
from importlib import import_module

from sweepwright.answers.results import ResultsOfStudy
from sweepwright.errors import InputError
from sweepwright.nouns.figure import Section
from sweepwright.report.chapter import Chapter
from sweepwright.study.study import Study


def problem_chapters(study: Study) -> list[Chapter]:
    """The sections of the problem, in its order."""
    return [_chapter(section, study, k) for k, section in enumerate(_sections(study))]


def _sections(study: Study) -> Sequence[Section]:
    if study.problem.sections is None:
        return ()
    module, _, name = study.problem.sections.partition(":")
    return getattr(import_module(module), name)


def _chapter(section: Section, study: Study, k: int) -> Chapter:
    """A section of the problem; where it cannot be made it says why, and the rest of the report stands."""
    chapter = Chapter(f"part-{k + 1}", section.title, folded=section.folded)
    if study.chosen is None:
        chapter.missing.append("This section comes when the study has chosen.")
        return chapter
    try:
        chapter.figures += section.build(ResultsOfStudy(study))
    except InputError as error:
        chapter.lack(error)
    except Exception as error:  # a problem's own code must not cost the report
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}, line {place.lineno}"
        chapter.missing.append(
            f"This section of {study.problem.name} could not be made: {type(error).__name__}: {error} ({where})."
        )
    return chapter
