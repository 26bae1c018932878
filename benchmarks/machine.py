"""What the numbers were measured on."""

import os
import platform
import time
from pathlib import Path
from typing import Any

from benchmarks.measurements import median, percentile

SYNCS = 200
BLOCK = b"\0" * 4096
QUIET = 0.25


def describe(folder: Path) -> dict[str, Any]:
    """Return cores, memory, the latency of making 4 KB durable in the folder, and how busy others keep us."""
    latencies = sync_latencies(folder)
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "processor": processor(),
        "python": platform.python_version(),
        "file_system": file_system(folder),
        "sync_median_ms": round(median(latencies), 2),
        "sync_p99_ms": round(percentile(latencies, 0.99), 2),
        "busy_share": round(busy_share(), 2),
    }


def line(machine: dict[str, Any]) -> str:
    """Return the description as a line."""
    said = (
        f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['processor']},"
        f" Python {machine['python']}, {machine['file_system']},"
        f" 4 KB durable in {machine['sync_median_ms']} ms (99 %: {machine['sync_p99_ms']} ms)"
    )
    if machine["busy_share"] > QUIET:
        said += f"\n  Busy machine: other programs used {machine['busy_share']:.0%} of it before we began."
    return said


def sync_latencies(folder: Path) -> list[float]:
    """Return how many milliseconds each of 200 small appends took to be durable."""
    path = folder / "sync-probe"
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        return [_sync(file) for _ in range(SYNCS)]
    finally:
        os.close(file)
        path.unlink()


def _sync(file: int) -> float:
    started = time.perf_counter()
    os.write(file, BLOCK)
    os.fdatasync(file)
    return (time.perf_counter() - started) * 1000


def busy_share(seconds: float = 1.0) -> float:
    """Return the share of all cores that is in use while we do nothing."""
    before = _idle_and_all()
    time.sleep(seconds)
    idle, all_ = (after - earlier for after, earlier in zip(_idle_and_all(), before, strict=True))
    return 1 - idle / all_ if all_ else 0.0


def _idle_and_all() -> tuple[int, int]:
    ticks = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def processor() -> str:
    """Return the processor's name as the kernel knows it."""
    for each in Path("/proc/cpuinfo").read_text().splitlines():
        if each.startswith("model name"):
            return " ".join(each.partition(":")[2].split())
    return platform.machine()


def file_system(folder: Path) -> str:
    """Return the kind of file system the folder is on; on `tmpfs`, which is memory, syncing means nothing."""
    mounts = [one.split()[1:3] for one in Path("/proc/mounts").read_text().splitlines()]
    inside = [(place, kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(inside, key=lambda one: len(one[0]))[1] if inside else "unknown"
