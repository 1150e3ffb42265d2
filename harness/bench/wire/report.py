"""The figures as Markdown: for the terminal and for docs/benchmarks.md."""

import os
import pathlib
import platform
import re
from dataclasses import dataclass, field

from wire.delivery import Idleness, Latency, Throughput
from wire.load import LoadSettings, Measurement
from wire.profile import Profile
from wire.startup import Startup
from wire.workloads import WORKLOADS

# Multiples of the bare server's CPU time for each request that Millrace may take; others have no such bound.
CPU_TARGETS = {"put": 2.2, "put-stream": 2.8, "get": 1.8, "update": 3.0, "query": 4.0}
STREAM_TARGET = 1.3  # PutItem with a stream, as a multiple of PutItem without
PEER_TARGET = 5.0  # the best of the older peers' CPU time, as a multiple of Millrace's, where there is a bound above
EARLIER_TARGET = 1.05  # CPU time, as a multiple of the earlier build's
LATENCY_TARGET_MS = 0.5
LATENCY_P99_TARGET_MS = 2.0
THROUGHPUT_TARGETS = {"BatchSize 1000": 200_000}
IDLE_TARGET_PERCENT = 1
DRAIN_TARGET_MS = 1
COLD_START_TARGET_MS = 20.0
RESIDENT_TARGET_MB = 15.0


@dataclass
class Results:
    """All that one run found out. What was not measured stays empty."""

    date: str
    settings: LoadSettings
    rounds: int
    titles: dict[str, str]  # server name -> what the report calls it, in order
    peers: list[str]
    versions: dict[str, str] = field(default_factory=dict)
    not_available: dict[str, str] = field(default_factory=dict)
    load: dict[tuple[str, str], Measurement] = field(default_factory=dict)  # (server, workload)
    startup: dict[str, Startup] = field(default_factory=dict)
    latency: Latency | None = None
    throughput: dict[str, Throughput] = field(default_factory=dict)  # title of the setting
    peer_throughput: Throughput | None = None  # serverless-offline-dynamodb-streams on DynamoDB Local
    idleness: list[Idleness] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def cpu_us(self, server: str, workload: str) -> float | None:
        """CPU time for each request of a valid run."""
        measurement = self.load.get((server, workload))
        return None if measurement is None or measurement.void else measurement.cpu_us

    def measured_servers(self) -> list[str]:
        return [name for name in self.titles if any(server == name for server, _ in self.load)]


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def render(results: Results) -> str:
    sections = [_circumstances(results), _cpu(results), _rates(results), _ratios(results), _startup(results),
                _targets(results), _profiles(results), _failures(results)]
    return "\n".join(section for section in sections if section)


def _circumstances(results: Results) -> str:
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    cores = os.cpu_count()
    settings = results.settings
    kernel = ".".join(platform.release().split(".")[:2])
    lines = [f"Run of {results.date}: {cores} cores ({cpu[1] if cpu else platform.machine()}), Linux {kernel}, "
             f"{settings.connections} connections, {settings.seconds} s for each workload after "
             f"{settings.warm_up_seconds} s of warm-up, {results.rounds} round(s), the median by CPU time.",
             f"Versions: {'; '.join(f'{name} {version}' for name, version in results.versions.items() if version)}."]
    lines += [f"- not available: {results.titles[name]}: {reason}" for name, reason in results.not_available.items()]
    return "\n".join(lines) + "\n"


def _load_table(results: Results, title: str, cell) -> str:
    servers = results.measured_servers()
    if not servers:
        return ""
    rows = []
    for workload in WORKLOADS:
        row = [workload.title]
        for server in servers:
            measurement = results.load.get((server, workload.name))
            if measurement is None:
                row.append("-")
            elif measurement.void:
                row.append(f"void: {measurement.errors}")
            else:
                row.append(cell(measurement))
        rows.append(row)
    return f"### {title}\n\n" + markdown_table(["", *(results.titles[name] for name in servers)], rows)


def _cpu(results: Results) -> str:
    return _load_table(results, "CPU time for each request (user + system, µs)", lambda m: f"{m.cpu_us:.1f}")


def _rates(results: Results) -> str:
    return _load_table(results, "Requests/s (latency p50 / p99, ms)",
                       lambda m: f"{m.per_second:,.0f} ({m.p50_us / 1000:.2f} / {m.p99_us / 1000:.2f})")


def best_peer(results: Results, workload: str) -> tuple[str, float] | None:
    figures = [(name, cpu) for name in results.peers if (cpu := results.cpu_us(name, workload)) is not None]
    return min(figures, key=lambda each: each[1]) if figures else None


def _ratios(results: Results) -> str:
    servers = [name for name in results.measured_servers() if name != "bare"]
    if not servers:
        return ""
    rows = []
    for workload in WORKLOADS:
        bare = results.cpu_us("bare", workload.name)
        row = [workload.title]
        for server in servers:
            cpu = results.cpu_us(server, workload.name)
            row.append(f"{cpu / bare:.2f}" if cpu is not None and bare else "-")
        peer = best_peer(results, workload.name)
        millrace = results.cpu_us("millrace", workload.name)
        row.append(f"{peer[1] / millrace:.1f} ({results.titles[peer[0]]})" if peer and millrace else "-")
        if "earlier" in servers:
            earlier = results.cpu_us("earlier", workload.name)
            row.append(f"{millrace / earlier:.2f}" if earlier and millrace else "-")
        rows.append(row)
    header = ["", *(f"{results.titles[name]} / bare" for name in servers), "best peer / Millrace"]
    if "earlier" in servers:
        header.append("Millrace / earlier")
    return "### Ratios of CPU time\n\n" + markdown_table(header, rows)


def _startup(results: Results) -> str:
    if not results.startup:
        return ""
    rows = [[results.titles[name], f"{each.cold_start_ms:.1f} ({each.runs})", f"{each.resident_kib / 1024:.1f}"]
            for name, each in results.startup.items()]
    return "### Start and memory\n\n" + markdown_table(
        ["", "cold start to first answer, ms (median of)", "idle RSS, MiB"], rows)


def _judge(reached: bool) -> str:
    return "reached" if reached else "**missed**"


def target_rows(results: Results) -> list[list[str]]:
    """What was asked for, what came out, and the verdict; only for what was measured."""
    rows = []
    for workload in WORKLOADS:
        bare, cpu = results.cpu_us("bare", workload.name), results.cpu_us("millrace", workload.name)
        target = CPU_TARGETS.get(workload.name)
        if bare and cpu and target:
            rows.append([f"{workload.title}: CPU / bare", f"<= {target}", f"{cpu / bare:.2f}",
                         _judge(cpu / bare <= target)])
        peer, least = best_peer(results, workload.name), PEER_TARGET if target else 1.0
        if peer and cpu:
            rows.append([f"{workload.title}: best peer / Millrace", f">= {least:.0f}", f"{peer[1] / cpu:.1f}",
                         _judge(peer[1] / cpu >= least)])
        earlier = results.cpu_us("earlier", workload.name)
        if earlier and cpu:
            rows.append([f"{workload.title}: Millrace / earlier", f"<= {EARLIER_TARGET}", f"{cpu / earlier:.2f}",
                         _judge(cpu / earlier <= EARLIER_TARGET)])
    plain, stream = results.cpu_us("millrace", "put"), results.cpu_us("millrace", "put-stream")
    if plain and stream:
        rows.append(["PutItem: stream on / off", f"<= {STREAM_TARGET}", f"{stream / plain:.2f}",
                     _judge(stream / plain <= STREAM_TARGET)])
    if results.latency:
        latency = results.latency
        rows.append(["write to handler, p50 (from sending the write)", f"<= {LATENCY_TARGET_MS} ms, p99 <= {LATENCY_P99_TARGET_MS} ms",
                     f"{latency.sent_p50:.2f} ms (p99 {latency.sent_p99:.2f}; from its answer: p50 "
                     f"{latency.answered_p50:.2f}, p99 {latency.answered_p99:.2f}; {latency.samples} writes)",
                     _judge(latency.sent_p50 <= LATENCY_TARGET_MS and latency.sent_p99 <= LATENCY_P99_TARGET_MS)])
    for title, through in results.throughput.items():
        target = THROUGHPUT_TARGETS.get(title)
        rows.append([f"records/s through a mapping, {title}", f">= {target:,}" if target else "-",
                     f"{through.per_second:,.0f} ({through.records:,} records, {through.batches:,} batches, "
                     f"{through.cpu_us:.1f} CPU µs a record)",
                     _judge(through.per_second >= target) if target else ""])
    if results.peer_throughput and (ours := results.throughput.get("BatchSize 1000")):
        peer = results.peer_throughput
        ratio = ours.per_second / peer.per_second
        rows.append(["the same through serverless-offline-dynamodb-streams on DynamoDB Local: Millrace / it",
                     f">= {PEER_TARGET}", f"{ratio:,.0f} ({peer.per_second:,.0f} records/s, {peer.batches} batches)",
                     _judge(ratio >= PEER_TARGET)])
    for idle in results.idleness:
        if idle.mappings > 1:
            rows.append([f"CPU of a server with {idle.mappings:,} mappings that have nothing to do",
                         f"<= {IDLE_TARGET_PERCENT} % of a core", f"{idle.cpu_percent:.2f} %",
                         _judge(idle.cpu_percent <= IDLE_TARGET_PERCENT)])
        else:
            rows.append(["drain of a server that has nothing to do, p50", f"<= {DRAIN_TARGET_MS} ms",
                         f"{idle.drain_ms:.2f} ms", _judge(idle.drain_ms <= DRAIN_TARGET_MS)])
    if startup := results.startup.get("millrace"):
        rows.append(["cold start to first answer", f"<= {COLD_START_TARGET_MS:.0f} ms",
                     f"{startup.cold_start_ms:.1f} ms", _judge(startup.cold_start_ms <= COLD_START_TARGET_MS)])
        resident_mb = startup.resident_kib * 1024 / 1e6
        rows.append(["idle RSS", f"<= {RESIDENT_TARGET_MB:.0f} MB", f"{resident_mb:.1f} MB",
                     _judge(resident_mb <= RESIDENT_TARGET_MB)])
    return rows


def _targets(results: Results) -> str:
    rows = target_rows(results)
    return "### Targets\n\n" + markdown_table(["", "target", "measured", ""], rows) if rows else ""


def _profiles(results: Results) -> str:
    text = ""
    for workload in WORKLOADS:
        if profile := results.profiles.get(workload.name):
            shares = ", ".join(f"`{name}` {share:.0f} %" for name, share in profile.objects if share >= 1)
            text += f"\n{workload.title} ({profile.tool}){': ' + shares if shares else ''}\n\n"
            text += markdown_table(["function", "%"], [[f"`{_shorten(name)}`", f"{share:.1f}"]
                                                       for name, share in profile.functions])
    return "### Where Millrace's time goes\n" + text if text else ""


def _shorten(symbol: str) -> str:
    """C++ names run to hundreds of characters; without template arguments and parameters they can be read."""
    before = ""
    while symbol != before:
        before, symbol = symbol, re.sub(r"<[^<>]*>", "", symbol)
    symbol = re.sub(r"(?<!anonymous namespace)\((?!anonymous).*", "", symbol).replace("|", "\\|") or before
    return symbol if len(symbol) <= 90 else symbol[:87] + "..."


def _failures(results: Results) -> str:
    if not results.failures:
        return ""
    return "### Not measured\n\n" + "\n".join(f"- {failure}" for failure in results.failures) + "\n"


def replace_block(document: pathlib.Path, name: str, text: str) -> None:
    """Replaces what stands between the document's markers `<!-- NAME:begin -->` and `<!-- NAME:end -->`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found_begin, rest = document.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{document} has no markers {begin} … {end}")
    document.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")
