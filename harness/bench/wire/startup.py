"""Cold start and idle memory: what a server costs before it has done anything."""

import pathlib
import statistics
import tempfile
import time
from dataclasses import dataclass

from wire import process, servers
from wire.servers import Server


@dataclass(frozen=True)
class Startup:
    cold_start_ms: float  # from spawning the process to the first answer; the median
    runs: int
    resident_kib: int  # one second after a start, nothing done


def measure(server: Server, runs: int) -> Startup:
    times = []
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        for run in range(runs):
            begin = time.monotonic()
            running = servers.spawn(server, pathlib.Path(folder) / f"log-{run}")
            try:
                servers.wait_until_it_answers(running)
                times.append((time.monotonic() - begin) * 1000)
            finally:
                servers.stop(running)
    with servers.started(server) as running:
        time.sleep(1)
        resident = process.resident_kib(running.pid)
    return Startup(statistics.median(times), runs, resident)
