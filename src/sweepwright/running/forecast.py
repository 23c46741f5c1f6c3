"""What a study will cost, before it is begun: the runs of each step, and the time of one run that is made now and not stored."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sweepwright.nouns.job import Job
from sweepwright.nouns.watch import Silent
from sweepwright.record.seeds import data_seed, run_seed
from sweepwright.running.refusals import check_plan
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True)
class Forecast:
    """Runs by step, what the plan notes, the seconds of one run and the bytes of what it leaves; or why that run failed."""

    runs: Mapping[str, int]
    notes: tuple[str, ...]
    seconds: float = 0.0
    size: int = 0
    failed: str = ""

    def lines(self) -> list[str]:
        """The forecast as text: runs by step, notes, and the cost (seconds and MiB) or why it is not known."""
        total = sum(self.runs.values())
        steps = [f"{step:>10}  {count:6d} runs" for step, count in self.runs.items()]
        cost = (
            f"One run took {self.seconds:.2f} s: about {total * self.seconds / 60:.1f} CPU minutes, "
            f"and {total * self.size / 2**20:.0f} MiB on disk. Nothing was written."
        )
        if self.failed:
            cost = f"The run that was to be timed failed ({self.failed}), so no time is told. Nothing was written."
        return [*steps, *(f"note: {note}" for note in self.notes), f"{'together':>10}  {total:6d} runs", cost]


def forecast(study: Study) -> Forecast:
    """The cost of a study by its plan and by one run in the middle of its space, made twice: the first warms caches."""
    planned = check_plan(study)
    job = _middle(study)
    data = study.data
    try:
        study.problem.train(data, job, Silent())
        began = time.perf_counter()
        trained = study.problem.train(data, job, Silent())
    except Exception as error:  # the user's code may raise anything
        return Forecast(planned.runs, planned.notes, failed=f"{type(error).__name__}: {error}")
    seconds = time.perf_counter() - began
    arrays = [*(trained.outcome.arrays.values() if trained.outcome else ()), *(trained.weights or {}).values()]
    return Forecast(planned.runs, planned.notes, seconds, sum(array.nbytes for array in arrays))


def _middle(study: Study) -> Job:
    """A run of the first known configuration; without one, of the middle of the space."""
    known, slots = study.problem.known, study.space.slots
    return Job(
        number=0,
        configuration=study.space.canonical(known[0]) if known else study.space.at({slot.name: 0.5 for slot in slots}),
        condition=study.reference,
        replicate=0,
        folds=study.folds(study.reference),
        seed=run_seed(study.file.seed, "forecast", study.reference.name, 0),
        data_seed=data_seed(study.file.seed, 0),
        effort=study.effort(study.file.protocol.explore.effort),
        device=study.file.executor.device,
        threads=study.file.executor.threads,
    )
