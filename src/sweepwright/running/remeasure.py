"""New measures over old runs: computed from stored outcomes and curves, nothing is trained."""

from collections.abc import Mapping
from dataclasses import dataclass

from sweepwright.errors import has_no
from sweepwright.nouns.data import Data
from sweepwright.nouns.measure import Measure, Of, lookups
from sweepwright.nouns.run import Run
from sweepwright.record.events import RunsMeasured
from sweepwright.record.plans import Values
from sweepwright.running.slots.worker import measured
from sweepwright.running.writing import append, writing
from sweepwright.study.outcomes import complete_outcome
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError


@dataclass(frozen=True, slots=True)
class Measuring:
    """What `measure` did: values written by measure, runs whose outcome was not kept, measures that look at several runs."""

    written: Mapping[str, int]
    undefined: Mapping[str, int]
    not_kept: int
    left_out: tuple[str, ...]


def measure(study: Study, names: tuple[str, ...] = ()) -> Measuring:
    """Measure every finished run by what is new: measures that it has no value of, or whose version went up.

    `names` limits which. The values go into the ledger; no run is trained, no data loaded beyond the stored samples.
    """
    known = {m.name: m for m in study.problem.all_measures()}
    for name in names:
        if name not in known:
            raise StudyFileError(has_no(repr(study.problem.name), "measure", name, known))
    wanted = [m for name, m in known.items() if not names or name in names]
    own = [m for m in wanted if m.looks_at in (Of.OUTCOME, Of.CURVES)]
    left_out = tuple(m.name for m in wanted if m not in own and names)
    with writing(study.folder):
        study.reread()
        values, not_kept = _values(study, own)
        if values:
            versions = {m.name: m.version for m in own}
            append(study.folder, [RunsMeasured(values=tuple(values), versions=versions)])
    study.reread()
    written = {m.name: sum(_has(entry.measured, m.name) for entry in values) for m in own}
    undefined = {m.name: sum(_has(entry.reasons, m.name) for entry in values) for m in own}
    return Measuring({k: v for k, v in written.items() if v}, {k: v for k, v in undefined.items() if v}, not_kept, left_out)


def _has(found: Mapping[str, object], name: str) -> bool:
    return any(key == name or key.startswith(f"{name}[") for key in found)


def _values(study: Study, measures: list[Measure]) -> tuple[list[Values], int]:
    """The values of every run that lacks something, and how many of these have kept nothing to measure."""
    data: Data | None = None
    found: list[Values] = []
    not_kept = 0
    for number in sorted(study.state.ended):
        run = study.state.ended[number]
        new = [m for m in measures if _is_new(study, run, m)]
        if not new or not run.ending.succeeded:
            continue
        if not (study.run_folder(number) / "outcome.npz").exists():
            not_kept += 1
            continue
        data = data or Data(hash=study.data_hash, facts=study.facts, samples=study.samples)
        outcome, curves = complete_outcome(study, run), study.curves(number)
        looking = [(m, (curves,) if m.looks_at is Of.CURVES else lookups(outcome, data)) for m in new]
        values, reasons = measured(looking, study.state.root)
        found.append(Values(number, values, reasons))
    return found, not_kept


def _is_new(study: Study, run: Run, measure: Measure) -> bool:
    known = _has(run.measured, measure.name) or measure.name in run.reasons
    return not known or measure.version > study.state.versions.get(measure.name, 1)
