#!/usr/bin/env python3
"""What a request costs as its table grows: 10 thousand, 1 million, 10 million items.

    growth.py                                         the release build, in memory and on a file
    growth.py --sizes 10000,1000000 --stores memory

CPU time of the server for each request, keys by chance over the whole table, after as many requests that are not
counted; and the room that an item takes, beside the size by which DynamoDB counts it. On a file, what the operating
system reads and writes is in it, as system time. Ten million items take some minutes and 6 GB.
"""

import argparse
import multiprocessing
import os
import pathlib
import random
import statistics
from collections.abc import Iterator

from large_tables import ROOT, RawClient, Store, started

TABLE = "grown"
PER_PARTITION = 10
REQUESTS = 20_000
ROUNDS = 3
TEXT = "x" * 150


def item(number: int, version: int) -> dict:
    """192 bytes by DynamoDB's count."""
    return {"pk": {"S": f"customer#{number // PER_PARTITION:010d}"}, "sk": {"N": str(number % PER_PARTITION)},
            "version": {"N": f"{version:010d}"}, "text": {"S": TEXT}}


def key(number: int) -> dict:
    whole = item(number, 0)
    return {"pk": whole["pk"], "sk": whole["sk"]}


def make_table(client: RawClient) -> None:
    client.call("CreateTable", {
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "sk", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]})


def load_part(port: int, begin: int, end: int) -> None:
    client = RawClient(port)
    for first in range(begin, end, 25):
        puts = [{"PutRequest": {"Item": item(number, 1_000_000_000)}} for number in range(first, min(first + 25, end))]
        client.call("BatchWriteItem", {"RequestItems": {TABLE: puts}})


def load(port: int, begin: int, end: int) -> None:
    middle = begin + (end - begin) // 2
    parts = [multiprocessing.Process(target=load_part, args=(port, *part)) for part in ((begin, middle), (middle, end))]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
        if part.exitcode != 0:
            raise RuntimeError("loading has failed")


def requests(operation: str, items: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for count in range(REQUESTS):
        number = chance.randrange(items)
        if operation == "PutItem":
            body = {"TableName": TABLE, "Item": item(number, 2_000_000_000 + seed * REQUESTS + count)}
        elif operation == "GetItem":
            body = {"TableName": TABLE, "Key": key(number)}
        else:
            body = {"TableName": TABLE, "KeyConditionExpression": "pk = :p",
                    "ExpressionAttributeValues": {":p": key(number)["pk"]}}
        yield RawClient.request(operation, body)


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def microseconds(store: Store, client: RawClient, operation: str, items: int) -> float:
    """CPU time of a request: the median of some rounds, after one that warms up."""
    rounds = []
    for seed in range(ROUNDS + 1):
        prepared = list(requests(operation, items, seed))
        before = cpu_seconds(store.running.pid)
        for request in prepared:
            client.send(request)
        rounds.append((cpu_seconds(store.running.pid) - before) / len(prepared) * 1e6)
    return statistics.median(rounds[1:])


def measure(store: Store, sizes: list[int]) -> Iterator[list[str]]:
    """A row for each size."""
    make_table(RawClient(store.running.port))
    empty = store.resident()
    there = 0
    first: list[float] = []
    for size in sizes:
        load(store.running.port, there, size)
        there = size
        client = RawClient(store.running.port)  # a new one: loading takes longer than an idle connection may be
        costs = [microseconds(store, client, operation, size) for operation in ("PutItem", "GetItem", "Query")]
        first = first or costs
        described = client.call("DescribeTable", {"TableName": TABLE})["Table"]
        assert described["ItemCount"] == size, described["ItemCount"]
        room = store.file_bytes() if store.file else (store.resident() - empty) << 20
        yield [f"{size:,}", *(f"{cost:.1f} ({begin / cost:.2f})" for cost, begin in zip(costs, first)),
               f"{room / size:.0f}", f"{described['TableSizeBytes'] / size:.0f}", f"{store.resident()}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=ROOT / "build" / "release" / "bin" / "millrace")
    parser.add_argument("--sizes", default="10000,1000000,10000000", help="of the table, ascending, with commas")
    parser.add_argument("--stores", default="memory,file", help="memory, file or both, with a comma")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    for kind in options.stores.split(","):
        print(f"| {kind}: items | PutItem, us (rate) | GetItem | Query of 10 | bytes an item | by DynamoDB's count | RSS, MiB |")
        print("|---:|---:|---:|---:|---:|---:|---:|", flush=True)
        with started(options.binary, kind == "file") as store:
            for row in measure(store, sizes):
                print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
