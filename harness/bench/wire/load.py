"""Runs wrk against a server and reads what both of them spent."""

import json
import pathlib
import subprocess
from dataclasses import dataclass

from wire import process, workloads
from wire.servers import Running
from wire.workloads import Workload

REPLAY = pathlib.Path(__file__).resolve().parents[1] / "wrk" / "replay.lua"


@dataclass(frozen=True)
class LoadSettings:
    seconds: int
    warm_up_seconds: int
    connections: int


@dataclass(frozen=True)
class Measurement:
    """One run of one workload against one server."""

    requests: int
    seconds: float
    cpu_seconds: float
    p50_us: int
    p99_us: int
    refused: int
    socket_errors: int

    @property
    def void(self) -> bool:
        """A run with errors measures something else than the workload."""
        return self.requests == 0 or self.refused > 0 or self.socket_errors > 0

    @property
    def errors(self) -> str:
        return f"{self.requests} answered, {self.refused} refused, {self.socket_errors} socket errors"

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """The server's CPU time for each request, in microseconds."""
        return self.cpu_seconds * 1e6 / max(self.requests, 1)

    @property
    def cores(self) -> float:
        """How many cores the server used on average."""
        return self.cpu_seconds / self.seconds


class LoadGenerator:
    """Keeps the request bodies, and hands out version numbers so that no write repeats what is stored."""

    def __init__(self, settings: LoadSettings, folder: pathlib.Path) -> None:
        self._settings = settings
        self._bodies = {workload.name: workloads.write_bodies(workload, folder) for workload in workloads.WORKLOADS}
        self._version = workloads.FIRST_VERSION

    def measure(self, running: Running, workload: Workload) -> Measurement:
        """Warms the server up, then measures. Blocks for both."""
        if self._settings.warm_up_seconds > 0:
            self._run(running, workload, self._settings.warm_up_seconds)
        before = process.cpu_seconds(running.pid)
        summary = self._run(running, workload, self._settings.seconds)
        spent = process.cpu_seconds(running.pid) - before
        return Measurement(summary["requests"], summary["seconds"], spent, summary["p50_us"], summary["p99_us"],
                           summary["refused"], summary["socket_errors"])

    def check(self, running: Running, workload: Workload) -> None:
        """Sends one request and looks at the answer; raises RequestFailed or ValueError when it is wrong."""
        self._version += 1
        client = running.client()
        answer = json.loads(client.send(workload.target, workloads.request_body(workload, 0, self._version)))
        client.close()
        expected = answer == {} if running.server.name == "bare" else workload.plausible(answer)
        if not expected:
            raise ValueError(f"{running.server.title} answers {workload.title} with {str(answer)[:200]}")

    def _run(self, running: Running, workload: Workload, seconds: int) -> dict:
        command = ["wrk", "--threads", "1", "--connections", str(workload.connections or self._settings.connections),
                   "--duration", f"{seconds}s", "--timeout", "10s", "--script", str(REPLAY), f"http://127.0.0.1:{running.port}/",
                   "--", workload.target, str(self._bodies[workload.name]), str(self._version)]
        self._version += 200_000 * seconds  # more than any run can send
        output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
        return json.loads(output.strip().splitlines()[-1])
