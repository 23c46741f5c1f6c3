"""Slots on a Dask cluster: one of this machine, jobs of PBS or SLURM through dask-jobqueue, or one that runs already."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from importlib.util import find_spec
from typing import Any, cast

from sweepwright.running.executor import ExecutorKind, room_for
from sweepwright.running.slots.slots import Slots, as_workers_start
from sweepwright.study.study_file import Cluster, ExecutorSettings, StudyFileError

CONNECT_SECONDS = 30
PAGE = "127.0.0.1:0"  # Dask always serves its state somewhere: on this machine alone, on a port that is free


class _Borrowed(Executor):
    """The cluster's executor in the hands of one slot, which may not shut it down for all."""

    def __init__(self, owner: Executor):
        self._owner = owner

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        return self._owner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        return None


class Dask(ExecutorKind):
    """Workers of a cluster, one run each."""

    def lacking(self, settings: ExecutorSettings) -> str:
        if find_spec("distributed") is None:
            return "executor: {kind: dask} needs Dask, which is not installed. Install it: pip install 'sweepwright[dask]'"
        kind = settings.cluster.kind if settings.cluster and not settings.address else "local"
        submits = {"pbs": "qsub", "slurm": "sbatch"}.get(kind)
        if submits is None or shutil.which(submits) is not None:
            return ""
        return (
            f"executor.cluster asks for {kind} jobs, but there is no {submits} on this machine. Run it where jobs are "
            "submitted, or use cluster: {kind: local}."
        )

    def count(self, settings: ExecutorSettings) -> int:
        return settings.cluster.workers if settings.cluster is not None else room_for(settings)

    def slots(self, settings: ExecutorSettings, devices: Sequence[str]) -> Slots:
        """Slots on the cluster that the study file names; closing them closes a cluster that was started here."""
        import dask.config
        from distributed import Client
        from distributed.scheduler import KilledWorker

        dask.config.set({"distributed.scheduler.allowed-failures": 0})  # a lost run is an attempt, which the ledger counts
        cluster = None if settings.address else _started(settings.cluster or Cluster(), settings.threads)
        try:
            client = Client(cluster if cluster is not None else settings.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise StudyFileError(
                f"The Dask scheduler {settings.address} does not answer ({type(error).__name__}). Start one, or leave out the address."
            ) from None
        executor = client.get_executor(pure=False, retries=0)
        workers = settings.cluster.workers if settings.cluster else 2
        if settings.address:
            workers = max(1, sum(cast(dict[str, int], client.nthreads()).values()))

        def close() -> None:
            client.close()
            if cluster is not None:
                cluster.close()

        died = (KilledWorker, BrokenExecutor)
        return Slots(lambda: _Borrowed(executor), settings.slots or workers, devices, died, close)


def _started(cluster: Cluster, threads: int) -> Any:
    if cluster.kind == "local":
        from distributed import LocalCluster

        with as_workers_start(threads):
            return LocalCluster(
                n_workers=cluster.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=PAGE,
                silence_logs=50,
            )
    started = jobqueue(cluster)
    if cluster.adaptive:
        started.adapt(minimum=0, maximum=cluster.workers)
    else:
        started.scale(cluster.workers)
    return started


def jobqueue(cluster: Cluster) -> Any:
    """The dask-jobqueue cluster of a study file; nothing is submitted before it is scaled."""
    try:
        from dask_jobqueue.pbs import PBSCluster
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError:
        raise StudyFileError(
            "executor.cluster needs dask-jobqueue, which is not installed. Install it: pip install 'sweepwright[dask]'"
        ) from None
    common = {
        "cores": cluster.cores,
        "processes": 1,
        "memory": cluster.memory,
        "walltime": cluster.walltime,
        "queue": cluster.queue,
        "account": cluster.account,
        "job_script_prologue": list(cluster.before),
        "worker_extra_args": ["--nthreads", "1"],
        "scheduler_options": {"dashboard": False, "dashboard_address": PAGE},
    }
    return PBSCluster(**common) if cluster.kind == "pbs" else SLURMCluster(**common)


KEEPER = Dask()
