"""The in-process benchmarks (millrace_core_bench) as a table."""

import json
import pathlib
import subprocess
import tempfile

from wire.report import markdown_table


REPETITIONS = 3  # the median counts: one run in a noisy moment says little


def run(binary: pathlib.Path, seconds_each: float) -> str:
    """Runs every benchmark and renders the figures. Raises OSError or CalledProcessError when it cannot."""
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        out = pathlib.Path(folder) / "core.json"
        subprocess.run([str(binary), f"--benchmark_min_time={seconds_each}", f"--benchmark_repetitions={REPETITIONS}",
                        "--benchmark_report_aggregates_only=true", f"--benchmark_out={out}",
                        "--benchmark_out_format=json"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        benchmarks = json.loads(out.read_text())["benchmarks"]
    rows = [[f"`{each['run_name'].removeprefix('BM_')}`", _nanoseconds(each),
             f"{each['bytes_per_second'] / 1e6:,.0f}" if "bytes_per_second" in each else ""]
            for each in benchmarks if each.get("aggregate_name") == "median"]
    return markdown_table(["benchmark", "CPU ns", "MB/s"], rows)


def _nanoseconds(benchmark: dict) -> str:
    factor = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[benchmark["time_unit"]]
    return f"{benchmark['cpu_time'] * factor:,.0f}"
