"""What is asked of every server: one item shape, 20,000 keys, five kinds of request."""

import json
import pathlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from wire.client import Client

ITEM_SHAPE = json.loads((pathlib.Path(__file__).resolve().parents[1] / "item.json").read_text())
PLAIN_TABLE = "bench"
STREAM_TABLE = "bench-stream"

KEYS = 20_000
KEYS_PER_PARTITION = 20  # what a Query returns
PARTITIONS = KEYS // KEYS_PER_PARTITION
VERSION = "@version@@"  # wrk/replay.lua writes a fresh number of the same length here
FIRST_VERSION = 1_000_000_000

PREFIX = "DynamoDB_20120810."


def _partition(index: int) -> str:
    return f"customer#{index // KEYS_PER_PARTITION:05d}"


def _key(index: int) -> dict:
    return {"pk": {"S": _partition(index)}, "sk": {"N": str(index % KEYS_PER_PARTITION)}}


def item(index: int, version: str) -> dict:
    email = f"zoe.krueger.{index:05d}@example.com"
    return {**ITEM_SHAPE, **_key(index), "version": {"N": version}, "email": {"S": email}}


def _put(table: str) -> Callable[[int], dict]:
    return lambda index: {"TableName": table, "Item": item(index, VERSION)}


def _get(index: int) -> dict:
    return {"TableName": PLAIN_TABLE, "Key": _key(index)}


def _update(index: int) -> dict:
    return {
        "TableName": PLAIN_TABLE, "Key": _key(index),
        "UpdateExpression": "SET #status = :status, version = :version, address.visits = address.visits + :one",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "ORDER_SHIPPED"}, ":version": {"N": VERSION},
                                      ":one": {"N": "1"}},
    }


def _query(index: int) -> dict:
    return {
        "TableName": PLAIN_TABLE, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": _partition(index)}},
    }


@dataclass(frozen=True)
class Workload:
    """One kind of request. `plausible` looks at one answer, so that no server is measured at answering nonsense."""

    name: str
    title: str
    target: str
    body: Callable[[int], dict]
    plausible: Callable[[dict], bool]


WORKLOADS = [
    Workload("put", "PutItem, stream off", PREFIX + "PutItem", _put(PLAIN_TABLE), lambda answer: answer == {}),
    Workload("put-stream", "PutItem, stream on", PREFIX + "PutItem", _put(STREAM_TABLE), lambda answer: answer == {}),
    Workload("get", "GetItem", PREFIX + "GetItem", _get, lambda answer: len(answer["Item"]) == 10),
    Workload("update", "UpdateItem", PREFIX + "UpdateItem", _update, lambda answer: answer == {}),
    Workload("query", "Query of 20 items", PREFIX + "Query", _query,
             lambda answer: answer["Count"] == KEYS_PER_PARTITION and len(answer["Items"]) == KEYS_PER_PARTITION),
]


def write_bodies(workload: Workload, folder: pathlib.Path) -> pathlib.Path:
    """One request body per line, for every key once, in a fixed random order."""
    order = list(range(KEYS))
    random.Random(20150121).shuffle(order)
    path = folder / f"{workload.name}.ndjson"
    with path.open("w") as out:
        for index in order:
            out.write(compact(workload.body(index)) + "\n")
    return path


def compact(body: dict) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def request_body(workload: Workload, index: int, version: int) -> bytes:
    """The complete body of a single request."""
    return compact(workload.body(index)).replace(VERSION, str(version)).encode()


def create_table(client: Client, table: str, stream_view: str = "") -> dict:
    """Creates the table (string and number key) and returns its description."""
    request = {
        "TableName": table, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "sk", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }
    if stream_view:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream_view}
    return client.call(PREFIX + "CreateTable", request).get("TableDescription", {})


def _batches(table: str) -> list[str]:
    """BatchWriteItem bodies that put every key once, with the placeholder where the version belongs."""
    puts = [{"PutRequest": {"Item": item(index, VERSION)}} for index in range(KEYS)]
    return [compact({"RequestItems": {table: puts[begin:begin + 25]}}) for begin in range(0, KEYS, 25)]


def load(client: Client, table: str, versions: range = range(FIRST_VERSION - 1, FIRST_VERSION)) -> None:
    """Puts every key once for each of `versions`: the first time as a new item, then as a change."""
    bodies = _batches(table)
    for version in versions:
        for body in bodies:
            pending = body.replace(VERSION, str(version))
            while pending:
                answer = json.loads(client.send(PREFIX + "BatchWriteItem", pending.encode()))
                unprocessed = answer.get("UnprocessedItems")
                pending = compact({"RequestItems": unprocessed}) if unprocessed else ""
