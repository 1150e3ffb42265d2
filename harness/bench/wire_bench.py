#!/usr/bin/env python3
"""Measures Millrace against a bare Beast server (the ceiling) and its peers, and writes docs/benchmarks.md.

    ./dev bench                          builds, then runs all of it (about twenty minutes)
    wire_bench.py --quick                one second for each workload
    wire_bench.py --servers bare,millrace --parts load --rounds 3
    wire_bench.py --servers bare,millrace --parts load --earlier OLD/millrace      before and after, in turns

Only a whole run writes docs/benchmarks.md; a quick or partial one prints, unless --output names a file with markers.
"""

import argparse
import contextlib
import datetime
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable

from wire import core, delivery, load, offline_peer, profile, report, servers, startup, workloads
from wire.client import RequestFailed
from wire.report import Results
from wire.servers import NotAvailable, Running, Server

ROOT = servers.ROOT
PARTS = ["load", "delivery", "startup", "profile", "core"]
SERVERS = ["bare", "millrace", "dynalite", "dynamodb-local", "dynoxide"]
EARLIER = "earlier"  # one more server, when --earlier names its program


def say(text: str) -> None:
    print(text, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(SERVERS), help="which to measure (default: all)")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure (default: all)")
    parser.add_argument("--seconds", type=int, default=4, help="for each workload")
    parser.add_argument("--warm-up", type=int, default=2, help="seconds before each workload")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions; the median counts")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="a smoke run: 1 s each, few samples")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="as the report names it")
    parser.add_argument("--output", type=pathlib.Path, help="default docs/benchmarks.md, for a whole run")
    parser.add_argument("--millrace", type=pathlib.Path, default=ROOT / "build/release/bin/millrace")
    parser.add_argument("--bare", type=pathlib.Path, default=ROOT / "build/bench/bin/millrace_bare_server")
    parser.add_argument("--core", type=pathlib.Path, default=ROOT / "build/bench/bin/millrace_core_bench")
    parser.add_argument("--earlier", type=pathlib.Path, help="an earlier build of millrace, measured beside this one")
    arguments = parser.parse_args()
    arguments.parts = arguments.parts.split(",")
    arguments.servers = arguments.servers.split(",")
    for given, known in ((arguments.parts, PARTS), (arguments.servers, SERVERS)):
        if unknown := [each for each in given if each not in known]:
            parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    if arguments.earlier and not arguments.earlier.exists():
        parser.error(f"{arguments.earlier} is not there")
    whole = set(arguments.parts) == set(PARTS) and set(arguments.servers) == set(SERVERS) and not arguments.quick
    if whole and arguments.output is None:
        arguments.output = ROOT / "docs" / "benchmarks.md"
    if arguments.earlier:
        arguments.servers.insert(arguments.servers.index("millrace") + 1 if "millrace" in arguments.servers else 0, EARLIER)
    if arguments.quick:
        arguments.seconds, arguments.warm_up, arguments.rounds = 1, 1, 1
    return arguments


def version_of(command: list[str]) -> str:
    """The first line a program prints about itself, or nothing."""
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    lines = (output.stdout + output.stderr).strip().splitlines()
    return lines[0] if lines else ""


def versions(chosen: Iterable[Server], millrace: pathlib.Path) -> dict[str, str]:
    found = {"Millrace": version_of([str(millrace), "--version"]).removeprefix("millrace "),
             "wrk": version_of(["wrk", "--version"]).removeprefix("wrk ").partition(" ")[0]}
    for server in chosen:
        if server.is_peer and not server.missing:
            found[server.title + (" (npm amplify-dynamodb-simulator)" if server.name == "dynamodb-local" else "")] = \
                server.version
    if shutil.which("node"):
        found["node"] = version_of(["node", "--version"])
    if shutil.which("java"):
        found["JRE"] = version_of(["java", "-version"])
    return found


def prepare_tables(running: Running) -> None:
    client = running.client()
    workloads.prepare(client, filled=running.server.name != "bare")
    client.close()


def measure_load(chosen: list[Server], generator: load.LoadGenerator, results: Results) -> None:
    """All servers stand ready at once. In a round each workload runs on each of them in turn, so that a noisy minute hits
    all of them, and several rounds let the median leave it out."""
    with contextlib.ExitStack() as stack:
        ready = []
        for server in chosen:
            try:
                running = stack.enter_context(servers.started(server))
                prepare_tables(running)
                ready.append(running)
                say(f"{server.title}: ready")
            except (NotAvailable, RequestFailed, OSError) as error:
                results.not_available[server.name] = str(error)
                say(f"{server.title}: not available: {error}")
        runs: dict[tuple[str, str], list[load.Measurement]] = {}
        for number in range(results.rounds):
            say(f"round {number + 1} of {results.rounds}")
            for workload in workloads.WORKLOADS:
                for running in ready:
                    if measurement := measure_one(running, generator, workload, results):
                        runs.setdefault((running.server.name, workload.name), []).append(measurement)
        for of, measurements in runs.items():
            # A void run makes the whole figure void: it must not hide behind the median.
            void = [each for each in measurements if each.void]
            middle = statistics.median_low(each.cpu_us for each in measurements)
            results.load[of] = (void or [each for each in measurements if each.cpu_us == middle])[0]


def measure_one(running: Running, generator: load.LoadGenerator, workload: workloads.Workload,
                results: Results) -> load.Measurement | None:
    label = f"{running.server.title}: {workload.title}"
    try:
        generator.check(running, workload)
        measurement = generator.measure(running, workload)
    except (RequestFailed, ValueError, KeyError, OSError, subprocess.SubprocessError) as error:
        results.failures.append(f"{label}: {error}")
        say(f"{label}: failed: {error}")
        return None
    say(f"{label}: {measurement.per_second:,.0f} requests/s, {measurement.cpu_us:.1f} CPU µs each"
        + (f", VOID: {measurement.errors}" if measurement.void else ""))
    return measurement


@contextlib.contextmanager
def attempt(results: Results, label: str):
    """A part that fails is reported and does not take the others with it."""
    say(f"{label} …")
    try:
        yield
    except (NotAvailable, RequestFailed, ValueError, KeyError, StopIteration, OSError,
            subprocess.SubprocessError) as error:
        results.failures.append(f"{label}: {type(error).__name__}: {error}")
        say(f"{label}: failed: {error}")


def run(arguments: argparse.Namespace, results: Results, chosen: list[Server], scratch: pathlib.Path) -> None:
    generator = load.LoadGenerator(results.settings, scratch)
    available = [server for server in chosen if not server.missing]
    millrace = next((server for server in available if server.name == "millrace"), None)
    for server in chosen:
        if server.missing:
            results.not_available[server.name] = server.missing
            say(f"{server.title}: not available: {server.missing}")

    if "load" in arguments.parts:
        measure_load(available, generator, results)
    if "delivery" in arguments.parts and millrace:
        with attempt(results, "write-to-handler latency"), servers.started(millrace) as running:
            results.latency = delivery.measure_latency(running, 100 if arguments.quick else 1000)
        with attempt(results, "records/s through a mapping"), servers.started(millrace) as running:
            echo = arguments.millrace.parent / "echo"
            results.throughput = delivery.measure_throughput(running, 20_000 if arguments.quick else 200_000, echo)
        local = next((server for server in available if server.name == "dynamodb-local"), None)
        if local:
            with attempt(results, "records/s through serverless-offline-dynamodb-streams"):
                results.peer_throughput = offline_peer.measure(local, 20_000)
        with attempt(results, "mappings that have nothing to do"), servers.started(millrace) as running:
            results.idleness = [delivery.measure_idleness(running, 100 if arguments.quick else 1000, 5.0)]
        with attempt(results, "a drain of a server with one mapping"), servers.started(millrace) as running:
            results.idleness.append(delivery.measure_idleness(running, 1, 1.0))
    if "startup" in arguments.parts:
        for server in available:
            with attempt(results, f"cold start of {server.title}"):
                runs = 5 if server.is_peer else 20
                results.startup[server.name] = startup.measure(server, 3 if arguments.quick else runs)
    if "profile" in arguments.parts and millrace:
        for workload in workloads.WORKLOADS:
            with attempt(results, f"profile of {workload.title}"):
                results.profiles[workload.name] = profile.measure(millrace, generator, workload)


def main() -> int:
    arguments = parse_arguments()
    if not shutil.which("wrk"):
        say("wrk is missing (Debian package wrk)")
        return 1
    known = servers.known_servers(arguments.millrace, arguments.bare, arguments.earlier)
    chosen = [known[name] for name in arguments.servers]
    results = Results(arguments.date, load.LoadSettings(arguments.seconds, arguments.warm_up, arguments.connections),
                      arguments.rounds, {server.name: server.title for server in chosen},
                      [server.name for server in chosen if server.is_peer], versions(chosen, arguments.millrace))
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as scratch:
        run(arguments, results, chosen, pathlib.Path(scratch))
    core_table = ""
    if "core" in arguments.parts:
        with attempt(results, "core benchmarks"):
            core_table = core.run(arguments.core, 0.02 if arguments.quick else 0.3)

    text = report.render(results)
    say(f"\n{text}\n{core_table}")
    if arguments.output:
        report.replace_block(arguments.output, "wire-bench", text)
        if core_table:
            report.replace_block(arguments.output, "core-bench", core_table)
        say(f"written to {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
