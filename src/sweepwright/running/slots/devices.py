"""Which devices the slots of a study use."""

import os
import shutil
import subprocess


def devices_of(device: str) -> tuple[str, ...]:
    """The devices that slots take in turn: all GPUs for ``cuda``, else the one that is named.

    >>> devices_of("cpu"), devices_of("cuda:1")
    (('cpu',), ('cuda:1',))
    """
    if device != "cuda":
        return (device,)
    return tuple(f"cuda:{number}" for number in range(gpus())) or ("cuda:0",)


def gpus() -> int:
    """How many GPUs this process may use, found without loading a framework."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    listed = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False)
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
