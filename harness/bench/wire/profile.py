"""Where the server's time goes: perf where it may be used, callgrind where not."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass

from wire import servers, workloads
from wire.load import LoadGenerator
from wire.servers import Running, Server
from wire.workloads import Workload

TOP = 15


@dataclass(frozen=True)
class Profile:
    """Shares in percent, largest first."""

    tool: str
    objects: list[tuple[str, float]]  # by program, library and kernel; empty for callgrind
    functions: list[tuple[str, float]]


def measure(server: Server, generator: LoadGenerator, workload: Workload) -> Profile:
    """Profiles one workload on a fresh server. Raises NotAvailable when neither tool can be used."""
    if shutil.which("perf") and _perf_works():
        return _with_perf(server, generator, workload)
    if shutil.which("valgrind"):
        return _with_callgrind(server, workload)
    raise servers.NotAvailable("neither perf nor valgrind can be used here")


def _perf_works() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        probe = subprocess.run(["perf", "record", "-e", "cpu-clock", "-o", f"{folder}/probe", "true"],
                               capture_output=True, check=False)
    return probe.returncode == 0


def _prepare(running: Running) -> None:
    client = running.client()
    workloads.prepare(client, filled=True)
    client.close()


def _with_perf(server: Server, generator: LoadGenerator, workload: Workload) -> Profile:
    with servers.started(server) as running, tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        _prepare(running)
        data = f"{folder}/perf.data"
        recorder = subprocess.Popen(["perf", "record", "-e", "cpu-clock", "-F", "999", "-o", data, "-p",
                                     str(running.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        generator.measure(running, workload)
        recorder.terminate()
        recorder.wait()
        return Profile("perf", _perf_shares(data, "dso"), _perf_shares(data, "symbol"))


def _perf_shares(data: str, key: str) -> list[tuple[str, float]]:
    output = subprocess.run(["perf", "report", "--stdio", "--no-children", "-g", "none", "-i", data, "--fields",
                             f"overhead,{key}", "--percent-limit", "0.5"], capture_output=True, text=True,
                            check=True).stdout
    shares = []
    for line in output.splitlines():
        # `  12.34%  [.] name`, then columns of other events, which are empty.
        if found := re.match(r"\s*([\d.]+)%\s+(?:\[[k.]\]\s+)?(.+?)(\s+-)*\s*$", line):
            shares.append((found[2], float(found[1])))
    return shares[:TOP]


def _with_callgrind(server: Server, workload: Workload, requests: int = 2000) -> Profile:
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        wrapped = Server(server.name, server.title,
                         ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}",
                          *server.command], server.working_folder)
        with servers.started(wrapped) as running:
            _prepare(running)
            subprocess.run(["callgrind_control", "--instr=on", str(running.pid)], check=True, capture_output=True)
            client = running.client()
            for version in range(requests):
                body = workloads.request_body(workload, version % workload.bodies, workloads.FIRST_VERSION + version)
                client.send(workload.target, body)
            client.close()
        output = subprocess.run(["callgrind_annotate", str(out)], capture_output=True, text=True, check=True).stdout
    functions = []
    for line in output.splitlines():
        if found := re.match(r"\s*[\d,]+ \(\s*([\d.]+)%\)\s+(?:\S+?:)?(.+?)(?: \[.*\])?$", line):
            if "PROGRAM TOTALS" not in line:
                functions.append((found[2], float(found[1])))
    return Profile("callgrind: instructions of user code", [], functions[:TOP])
