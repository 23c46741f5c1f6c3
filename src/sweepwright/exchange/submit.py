"""Job scripts for PBS and SLURM: each job goes on with the study until it is finished or the walltime ends it."""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from sweepwright.errors import InputError
from sweepwright.record.storage import write_text

WALLTIME = re.compile(r"^\d{1,3}:\d{2}:\d{2}$")
STALE_SECONDS = 120  # a job that was killed is believed to be gone after a minute without a sign of life


class SubmitError(InputError):
    """A job that cannot be described."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the scheduler for each job, and how many jobs follow one another."""

    scheduler: str
    walltime: str = "24:00:00"
    memory: str = "8gb"
    cores: int = 1
    gpus: int = 0
    jobs: int = 1
    queue: str | None = None
    account: str | None = None
    activate: str | None = None  # a shell line that makes the environment available

    def __post_init__(self) -> None:
        if self.scheduler not in ("pbs", "slurm"):
            raise SubmitError(f"The scheduler is pbs or slurm, but got {self.scheduler!r}.")
        if not WALLTIME.match(self.walltime):
            raise SubmitError(f"A walltime is written hours:minutes:seconds such as 24:00:00, but got {self.walltime!r}.")
        for name in ("cores", "jobs"):
            if getattr(self, name) < 1:
                raise SubmitError(f"{name} must be 1 or more, but got {getattr(self, name)}.")
        for name in ("queue", "account", "memory"):
            value = getattr(self, name)
            if value is not None and not re.fullmatch(r"[\w.:/@+-]+", value):
                raise SubmitError(f"{name} is a plain word such as long, but got {value!r}.")


def job_script(study: str, folder: Path, request: Request, python: str = sys.executable) -> str:
    """The script of one job. A study file or problem's name starts the study; later jobs find its folder and go on.

    Jobs of a chain run one at a time (an array of which one runs at once). A job that finds the study finished ends at
    once, so asking for more jobs than are needed costs nothing.
    """
    command = shlex.join([python, "-m", "sweepwright", "run", study, "--folder", str(folder), "--quiet"])
    command += f" --wait {STALE_SECONDS}"
    if request.gpus:
        command += " --device cuda"
    name = re.sub(r"\W+", "-", folder.name)[:15] or "study"
    lines = ["#!/bin/bash", *(_pbs(request, name) if request.scheduler == "pbs" else _slurm(request, name))]
    lines += ["", "# Written by sweepwright submit. Submit it again at any time: it goes on where the study stopped.", "set -u"]
    lines += [f'cd "${{{"PBS_O_WORKDIR" if request.scheduler == "pbs" else "SLURM_SUBMIT_DIR"}:-$PWD}}"']
    lines += [request.activate] if request.activate else []
    return "\n".join([*lines, f"exec {command}", ""])


def _pbs(request: Request, name: str) -> list[str]:
    gpus = f":ngpus={request.gpus}" if request.gpus else ""
    return [
        f"#PBS -N {name}",
        f"#PBS -l select=1:ncpus={request.cores}:mem={request.memory}{gpus}",
        f"#PBS -l walltime={request.walltime}",
        "#PBS -j oe",
        *([f"#PBS -q {request.queue}"] if request.queue else []),
        *([f"#PBS -A {request.account}"] if request.account else []),
        *([f"#PBS -J 1-{request.jobs}%1"] if request.jobs > 1 else []),
    ]


def _slurm(request: Request, name: str) -> list[str]:
    return [
        f"#SBATCH --job-name={name}",
        "#SBATCH --nodes=1",
        "#SBATCH --ntasks=1",
        f"#SBATCH --cpus-per-task={request.cores}",
        f"#SBATCH --mem={request.memory.upper().removesuffix('B')}",
        f"#SBATCH --time={request.walltime}",
        *([f"#SBATCH --gres=gpu:{request.gpus}"] if request.gpus else []),
        *([f"#SBATCH --partition={request.queue}"] if request.queue else []),
        *([f"#SBATCH --account={request.account}"] if request.account else []),
        *([f"#SBATCH --array=1-{request.jobs}%1"] if request.jobs > 1 else []),
    ]


def write_job(study: str, folder: Path, request: Request, out: Path) -> str:
    """Write the script and return the one command that submits it."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, job_script(study, folder, request))
    except OSError as error:
        raise SubmitError(f"{out} cannot be written: {error.strerror}.") from None
    return f"{'qsub' if request.scheduler == 'pbs' else 'sbatch'} {shlex.quote(str(out))}"
