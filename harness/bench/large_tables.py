#!/usr/bin/env python3
"""What requests on a table of a million items cost, and how long others wait beside them.

    large_tables.py                                   the release build, in memory and on a file
    large_tables.py --items 150000 --stores file --runs 3

A process of its own sends a GetItem, another one a PutItem, to another table every half millisecond. Their longest wait
is told for each step, and for a quiet time before, with nothing else going on: the machine's own share in it.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from wire import servers
from wire.client import AUTHORIZATION
from wire.servers import Running, Server

ROOT = servers.ROOT
LARGE, OTHER = "large", "other"
BATCH = 25
PROBE_EVERY = 0.0005
QUIET_SECONDS = 5.0
SAMPLES = 300
SMALL_TABLES = 40


class RawClient:
    """One connection and as little Python as can be: what is measured is the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=300)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @staticmethod
    def request(operation: str, body: dict) -> bytes:
        text = json.dumps(body, separators=(",", ":")).encode()
        head = ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
                f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n"
                f"Authorization: {AUTHORIZATION}\r\nContent-Length: {len(text)}\r\n\r\n")
        return head.encode() + text

    def send(self, request: bytes) -> bytes:
        """The answer's body. Raises RuntimeError when it is no success."""
        self._socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive()
        length = int(answer[:end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(answer) < end + 4 + length:
            answer += self._receive()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode(errors="replace"))
        return answer[end + 4:]

    def call(self, operation: str, body: dict) -> dict:
        return json.loads(self.send(self.request(operation, body)))

    def timed(self, operation: str, body: dict) -> float:
        """Milliseconds."""
        request = self.request(operation, body)
        begun = time.perf_counter()
        self.send(request)
        return (time.perf_counter() - begun) * 1e3

    def _receive(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server has closed the connection")
        return received


def probe(port: int, operation: str, commands: Connection) -> None:
    """Runs in a process of its own: from one command to the next it keeps the longest wait, and tells it."""
    client = RawClient(port)
    longest, number = 0.0, 0
    while True:
        begun = time.perf_counter()
        body = {"TableName": OTHER, "Key": {"pk": {"S": "1"}}}
        if operation == "PutItem":
            body = {"TableName": OTHER, "Item": {"pk": {"S": str(number % 100)}, "n": {"N": str(number)}}}
        number += 1
        longest = max(longest, client.timed(operation, body))
        if commands.poll():
            if commands.recv() == "end":
                return
            commands.send(longest)
            longest = 0.0
        time.sleep(max(0.0, PROBE_EVERY - (time.perf_counter() - begun)))


class Probes:
    def __init__(self, port: int) -> None:
        self._ends: list[Connection] = []
        self._processes: list[multiprocessing.Process] = []
        for operation in ("GetItem", "PutItem"):
            here, there = multiprocessing.Pipe()
            process = multiprocessing.Process(target=probe, args=(port, operation, there), daemon=True)
            process.start()
            self._ends.append(here)
            self._processes.append(process)

    def longest(self) -> tuple[float, float]:
        """The longest waits in milliseconds, of a GetItem and of a PutItem, since the last call."""
        for end in self._ends:
            end.send("tell")
        get, put = (end.recv() for end in self._ends)
        return get, put

    def end(self) -> None:
        for end, process in zip(self._ends, self._processes):
            end.send("end")
            process.join()


@dataclass
class Store:
    """Where the server keeps its tables, and how much room that takes."""

    running: Running
    file: pathlib.Path | None

    def resident(self) -> int:
        pages = int(pathlib.Path(f"/proc/{self.running.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20

    def file_bytes(self) -> int:
        return self.file.stat().st_size if self.file else 0

    def log_bytes(self) -> int:
        return pathlib.Path(f"{self.file}-wal").stat().st_size if self.file else 0

    def room(self) -> int:
        """MiB: of the file, or of the process when there is none."""
        return self.file_bytes() >> 20 if self.file else self.resident()


def table(name: str) -> dict:
    return {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}


def new_index(name: str) -> dict:
    return {"TableName": name,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                     {"AttributeName": "owner", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": {
                "IndexName": "by-owner", "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"}}}]}


def item(number: int) -> dict:
    """90 bytes by DynamoDB's count."""
    return {"pk": {"S": f"{number:010d}"}, "owner": {"S": f"owner-{number * 7919 % 1_000_003:08d}"},
            "text": {"S": f"{number:052d}"}}


def load(client: RawClient, items: int) -> None:
    for first in range(0, items, BATCH):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(first, min(first + BATCH, items))]
        client.call("BatchWriteItem", {"RequestItems": {LARGE: puts}})


def wait_until(done: Callable[[], bool], every: float = 0.2) -> float:
    """Seconds until then."""
    begun = time.perf_counter()
    while not done():
        time.sleep(every)
    return time.perf_counter() - begun


def settled(room: Callable[[], int]) -> Callable[[], bool]:
    """True once `room` has stopped falling for two seconds."""
    seen: list[int] = []

    def done() -> bool:
        seen.append(room())
        return len(seen) > 10 and max(seen[-10:]) - min(seen[-10:]) <= 1

    return done


@contextlib.contextmanager
def started(binary: pathlib.Path, on_file: bool) -> Iterator[Store]:
    command = [str(binary), "serve", "--port", "{port}", "--runtime-api-port", "{runtime_api_port}"]
    with tempfile.TemporaryDirectory(prefix="millrace-large-") as folder:
        file = pathlib.Path(folder) / "large.db" if on_file else None
        extra = ("--db-path", str(file)) if file else ()
        with servers.started(Server("millrace", "Millrace", command), extra) as running:
            yield Store(running, file)


def small_tables(client: RawClient) -> tuple[float, float]:
    """Medians of UpdateTable with a new index and of DeleteTable on tables of one item."""
    names = [f"small-{number}" for number in range(SMALL_TABLES)]
    for name in names:
        client.call("CreateTable", table(name))
        client.call("PutItem", {"TableName": name, "Item": item(1)})
    updates = [client.timed("UpdateTable", new_index(name)) for name in names]
    deletions = [client.timed("DeleteTable", {"TableName": name}) for name in names]
    return statistics.median(updates), statistics.median(deletions)


def measure(store: Store, items: int) -> Iterator[tuple[str, str]]:
    """Each figure with its name, as it is known."""
    client = RawClient(store.running.port)

    def waits() -> str:
        get, put = probes.longest()
        return f"{get:.1f}, {put:.1f} ms"

    def is_active() -> bool:
        indexes = client.call("DescribeTable", {"TableName": LARGE})["Table"]["GlobalSecondaryIndexes"]
        return indexes[0]["IndexStatus"] == "ACTIVE"

    for name in (LARGE, OTHER):
        client.call("CreateTable", table(name))
    client.call("PutItem", {"TableName": OTHER, "Item": {"pk": {"S": "1"}}})
    get = {"TableName": OTHER, "Key": {"pk": {"S": "1"}}}
    load(client, items)
    yield "GetItem, p50", f"{statistics.median(client.timed('GetItem', get) for _ in range(SAMPLES)):.3f} ms"
    update, deletion = small_tables(client)
    yield "UpdateTable (new index) of a small table, p50", f"{update:.3f} ms"
    yield "DeleteTable of a small table, p50", f"{deletion:.3f} ms"
    describe = {"TableName": LARGE}
    described = statistics.median(client.timed("DescribeTable", describe) for _ in range(SAMPLES))
    yield "DescribeTable, p50", f"{described:.3f} ms"

    probes = Probes(store.running.port)
    try:
        probes.longest()
        time.sleep(QUIET_SECONDS)
        yield "longest wait of a GetItem, of a PutItem: nothing going on", waits()
        for _ in range(SAMPLES):
            client.call("DescribeTable", describe)
        yield "the same during DescribeTable", waits()
        updated = client.timed("UpdateTable", new_index(LARGE))
        filled = wait_until(is_active)
        yield "UpdateTable (new index)", f"{updated:.2f} ms (filled after {filled:.0f} s)"
        yield "longest waits meanwhile", waits()
        before = store.room()
        deleted = client.timed("DeleteTable", {"TableName": LARGE})
        given_back = wait_until(settled(store.room))
        yield "DeleteTable", f"{deleted:.2f} ms (room given back after {given_back:.0f} s)"
        yield "longest waits until then", waits()
        yield "room before and after", f"{before}, {store.room()} MiB"
        yield "RSS, log", f"{store.resident()}, {store.log_bytes() >> 20} MiB"
    finally:
        probes.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=ROOT / "build" / "release" / "bin" / "millrace")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--stores", default="memory,file", help="memory, file or both, with a comma")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    columns: list[dict[str, str]] = []
    titles: list[str] = []
    for run in range(options.runs):
        for kind in options.stores.split(","):
            titles.append(kind if options.runs == 1 else f"{kind}, run {run + 1}")
            with started(options.binary, kind == "file") as store:
                columns.append(dict(measure(store, options.items)))
    print(f"| {options.items:,} items | " + " | ".join(titles) + " |")
    print("|---|" + "---:|" * len(titles))
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


if __name__ == "__main__":
    main()
