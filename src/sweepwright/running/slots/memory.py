"""Memory of worker processes: a limit that turns a runaway run into an error, and signs that the kernel killed one."""

import resource
from pathlib import Path

OUT_OF_MEMORY_ERRORS = ("OutOfMemoryError",)  # torch.cuda's, by name: torch is not imported for it


def limit(gigabytes: float | None) -> None:
    """Let allocations beyond so many GiB fail in this process (private memory, not files that are mapped)."""
    if gigabytes is not None:
        most = int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the host or on a device."""
    return isinstance(error, MemoryError) or type(error).__name__ in OUT_OF_MEMORY_ERRORS


def kernel_kills() -> int:
    """How many processes of this control group the kernel has killed for memory; 0 where it does not say."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[-1].rpartition(":")[2].lstrip("/")
    except (OSError, IndexError):
        return 0
    for folder in (Path("/sys/fs/cgroup") / own, Path("/sys/fs/cgroup")):
        try:
            lines = (folder / "memory.events").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        found = dict(line.split() for line in lines)
        return int(found.get("oom_kill", 0))
    return 0
