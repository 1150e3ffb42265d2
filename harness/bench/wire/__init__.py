"""The wire benchmark's parts: servers, workloads, load, latencies and the report. Entry point: ../wire_bench.py."""
