#!/usr/bin/env python3
"""Counts what a request costs where the clock says nothing: on a machine that others work on.

    instructions.py                                   the release build, in memory and on a file
    instructions.py BINARY BINARY ...                 several builds beside each other, such as before and after a change
    instructions.py --count calls BINARY              system calls and bytes written for each request (strace)

Instructions of user code are counted by callgrind, all of the process, one connection, so each write is a commit of its
own. Two runs of one build differ by less than a percent.
"""

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

from wire import servers, workloads
from wire.client import Client
from wire.servers import Running, Server

ROOT = servers.ROOT
DYNAMO, STREAMS = "DynamoDB_20120810.", "DynamoDBStreams_20120810."
KEYS = 4000  # fewer than in the other benchmarks: valgrind takes its time over loading them
WARM_UP = 30
ECHO = {"FunctionName": "echo", "Runtime": "provided.al2023", "Handler": "echo",
        "Role": "arn:aws:iam::000000000000:role/bench", "Code": {"S3Bucket": "in-process", "S3Key": "echo"}}


class Session:
    """A server with loaded tables, and one connection to it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.client = Client(running.port, timeout=300)
        self._version = workloads.FIRST_VERSION
        workloads.create_table(self.client, workloads.PLAIN_TABLE)
        table = workloads.create_table(self.client, workloads.STREAM_TABLE, "NEW_AND_OLD_IMAGES")
        self.stream_arn = table["LatestStreamArn"]
        for name in (workloads.PLAIN_TABLE, workloads.STREAM_TABLE):
            workloads.load(self.client, name)

    def send(self, target: str, body: Callable[[int], dict], index: int) -> None:
        self._version += 1
        text = workloads.compact(body(index * 7919 % KEYS)).replace(workloads.VERSION, str(self._version))
        self.client.send(target, text.encode())

    def drain(self) -> None:
        self.client.rest("POST", "/_millrace/drain", {"timeoutSeconds": 100})

    def first_iterator(self) -> str:
        stream = self.client.call(STREAMS + "DescribeStream", {"StreamArn": self.stream_arn})["StreamDescription"]
        return self.client.call(STREAMS + "GetShardIterator", {
            "StreamArn": self.stream_arn, "ShardId": stream["Shards"][0]["ShardId"],
            "ShardIteratorType": "TRIM_HORIZON"})["ShardIterator"]

    def map_echo(self) -> None:
        self.client.rest("POST", "/2015-03-31/functions", ECHO)
        mapping = self.client.rest("POST", "/2015-03-31/event-source-mappings", {
            "FunctionName": "echo", "EventSourceArn": self.stream_arn, "StartingPosition": "LATEST", "BatchSize": 100})
        while self.client.rest("GET", f"/2015-03-31/event-source-mappings/{mapping['UUID']}")["State"] != "Enabled":
            time.sleep(0.1)


# The workloads of one item or one page: every build there ever was answers them.
SINGLE = {"put", "put-stream", "get", "update", "query"}


def _batch(index: int) -> dict:
    puts = [{"PutRequest": {"Item": workloads.item((index * 25 + at) % KEYS, workloads.VERSION)}} for at in range(25)]
    return {"RequestItems": {workloads.PLAIN_TABLE: puts}}


def measured(session: Session, count: int) -> Iterator[tuple[str, int, Callable[[], None]]]:
    """Name, number of requests, and a function that sends them; warmed up when it is yielded."""
    operations = [(each.title, each.target, each.body, count) for each in workloads.WORKLOADS if each.name in SINGLE]
    operations.append(("BatchWriteItem of 25", DYNAMO + "BatchWriteItem", _batch, count // 5))
    for title, target, body, times in operations:
        for index in range(WARM_UP):
            session.send(target, body, index)
        yield title, times, lambda: [session.send(target, body, WARM_UP + index) for index in range(times)]

    page = json.dumps({"ShardIterator": session.first_iterator(), "Limit": 100}).encode()
    yield "GetRecords of 100", count // 5, lambda: [session.client.send(STREAMS + "GetRecords", page)
                                                    for _ in range(count // 5)]

    session.map_echo()
    put = next(each for each in workloads.WORKLOADS if each.name == "put-stream")

    def put_and_deliver() -> None:
        for index in range(count):
            session.send(put.target, put.body, index)
            time.sleep(0.01)  # so that each record travels alone
        session.drain()

    put_and_deliver()
    yield "PutItem and its delivery to a handler in the process", count, put_and_deliver


@contextlib.contextmanager
def started(binary: pathlib.Path, extra: list[str], prefix: list[str]) -> Iterator[Session]:
    command = [*prefix, str(binary), "serve", "--port", "{port}", "--runtime-api-port", "{runtime_api_port}"]
    with servers.started(Server("millrace", "Millrace", command), tuple(extra)) as running:
        yield Session(running)


def instructions(binary: pathlib.Path, extra: list[str], count: int, folder: pathlib.Path) -> dict[str, str]:
    out = folder / "callgrind.out"
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
    figures = {}
    with started(binary, extra, valgrind) as session:
        def control(*words: str) -> None:
            subprocess.run(["callgrind_control", *words, str(session.running.pid)], check=True, capture_output=True)

        control("--instr=on")
        for number, (title, times, run) in enumerate(measured(session, count), start=1):
            control("--zero")
            run()
            control("--dump")
            figures[title] = f"{_total(pathlib.Path(f'{out}.{number}')) / times:,.0f}"
    return figures


def _total(dump: pathlib.Path) -> int:
    for _ in range(200):  # callgrind_control does not wait for the file
        if dump.exists() and (found := re.search(r"^(?:totals|summary): (\d+)", dump.read_text(errors="replace"), re.M)):
            return int(found[1])
        time.sleep(0.05)
    raise TimeoutError(f"callgrind wrote no {dump}")


def calls(binary: pathlib.Path, extra: list[str], count: int, folder: pathlib.Path) -> dict[str, str]:
    figures = {}
    with started(binary, extra, []) as session:
        for title, times, run in measured(session, count):
            trace = folder / "strace"
            tracer = subprocess.Popen(["strace", "-f", "-o", str(trace), "-p", str(session.running.pid)],
                                      stderr=subprocess.PIPE)
            tracer.stderr.readline()  # attached
            run()
            tracer.terminate()
            tracer.wait()
            text = trace.read_text(errors="replace")
            written = sum(int(each) for each in re.findall(r"pwrite64\(.*= (\d+)$", text, re.M))
            number = len(re.findall(r"^\d+ +\w+\(", text, re.M))
            syncs = len(re.findall(r"^\d+ +f(?:data)?sync\(", text, re.M))
            figures[title] = f"{number / times:.1f} ({written / times:,.0f} B, {syncs / times:.3f} fsync)"
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="*", type=pathlib.Path, default=[ROOT / "build/release/bin/millrace"])
    parser.add_argument("--count", choices=["instructions", "calls"], default="instructions")
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    arguments = parser.parse_args()
    workloads.KEYS = KEYS
    count = instructions if arguments.count == "instructions" else calls
    for kind in ("in memory", "on a file"):
        columns = []
        for binary in arguments.binaries:
            with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
                extra = ["--db-path", f"{folder}/bench.db"] if kind == "on a file" else []
                columns.append(count(binary, extra, arguments.requests, pathlib.Path(folder)))
        print(f"\n| {kind}, a request | {' | '.join(str(each) for each in arguments.binaries)} |")
        print("|---|" + "---:|" * len(columns))
        for title in columns[0]:
            print(f"| {title} | {' | '.join(column[title] for column in columns)} |")


if __name__ == "__main__":
    main()
