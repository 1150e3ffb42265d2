"""What is asked of every server: one item shape, 20,000 keys, the kinds of request that applications live on."""

import json
import pathlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from wire.client import Client

ITEM_SHAPE = json.loads((pathlib.Path(__file__).resolve().parents[1] / "item.json").read_text())
PLAIN_TABLE = "bench"
STREAM_TABLE = "bench-stream"
INDEX_TABLE = "bench-index"  # with a global index, by which a Query finds as many items as by the table's key
INDEX = "by-shelf"

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


def _shelf(index: int) -> dict:
    return {"S": f"shelf#{index % PARTITIONS:05d}"}


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


def _query_index(index: int) -> dict:
    return {
        "TableName": INDEX_TABLE, "IndexName": INDEX, "KeyConditionExpression": "shelf = :shelf",
        "ExpressionAttributeValues": {":shelf": _shelf(index)},
    }


def _batch_write(index: int) -> dict:
    keys = range(25 * index, 25 * index + 25)
    return {"RequestItems": {PLAIN_TABLE: [{"PutRequest": {"Item": item(key, VERSION)}} for key in keys]}}


def _batch_get(index: int) -> dict:
    return {"RequestItems": {PLAIN_TABLE: {"Keys": [_key(key) for key in range(100 * index, 100 * index + 100)]}}}


def _transact_write(index: int) -> dict:
    # No two bodies share an item, so requests that are under way together never meet.
    keys = range(10 * index, 10 * index + 10)
    return {"TransactItems": [{"Put": {"TableName": PLAIN_TABLE, "Item": item(key, VERSION)}} for key in keys]}


def _scan(index: int) -> dict:
    return {"TableName": INDEX_TABLE}


def _scan_filtered(index: int) -> dict:
    return {
        "TableName": INDEX_TABLE, "FilterExpression": "version < :version AND address.city = :city",
        "ExpressionAttributeValues": {":version": {"N": "0"}, ":city": {"S": "Freiburg im Breisgau"}},
    }


def _is_page_of_a_megabyte(answer: dict) -> bool:
    return 1_000 < answer["ScannedCount"] < KEYS and "LastEvaluatedKey" in answer


def _select(index: int) -> dict:
    return {
        "Statement": f'SELECT * FROM "{PLAIN_TABLE}" WHERE pk = ? AND sk = ?',
        "Parameters": list(_key(index).values()),
    }


def _update_statement(index: int) -> dict:
    return {
        "Statement": f'UPDATE "{PLAIN_TABLE}" SET "status" = ? SET version = ? SET address.visits = address.visits + 1 '
                     'WHERE pk = ? AND sk = ?',
        "Parameters": [{"S": "ORDER_SHIPPED"}, {"N": VERSION}, *_key(index).values()],
    }


@dataclass(frozen=True)
class Workload:
    """One kind of request. `plausible` looks at one answer, so that no server is measured at answering nonsense."""

    name: str
    title: str
    target: str
    body: Callable[[int], dict]
    plausible: Callable[[dict], bool]
    bodies: int = KEYS  # how many different ones there are
    connections: int | None = None  # of requests that take long; others have as many as the settings say


WORKLOADS = [
    Workload("put", "PutItem, stream off", PREFIX + "PutItem", _put(PLAIN_TABLE), lambda answer: answer == {}),
    Workload("put-stream", "PutItem, stream on", PREFIX + "PutItem", _put(STREAM_TABLE), lambda answer: answer == {}),
    Workload("get", "GetItem", PREFIX + "GetItem", _get, lambda answer: len(answer["Item"]) == 10),
    Workload("update", "UpdateItem", PREFIX + "UpdateItem", _update, lambda answer: answer == {}),
    Workload("query", "Query of 20 items", PREFIX + "Query", _query,
             lambda answer: answer["Count"] == KEYS_PER_PARTITION and len(answer["Items"]) == KEYS_PER_PARTITION),
    Workload("query-index", "Query of 20 items on a global index", PREFIX + "Query", _query_index,
             lambda answer: answer["Count"] == KEYS_PER_PARTITION and len(answer["Items"]) == KEYS_PER_PARTITION,
             PARTITIONS),
    Workload("batch-write", "BatchWriteItem of 25", PREFIX + "BatchWriteItem", _batch_write,
             lambda answer: answer["UnprocessedItems"] == {}, KEYS // 25),
    Workload("batch-get", "BatchGetItem of 100", PREFIX + "BatchGetItem", _batch_get,
             lambda answer: len(answer["Responses"][PLAIN_TABLE]) == 100, KEYS // 100),
    Workload("transact-write", "TransactWriteItems of 10", PREFIX + "TransactWriteItems", _transact_write,
             lambda answer: answer == {}, KEYS // 10),
    Workload("scan", "Scan, a page of 1 MB", PREFIX + "Scan", _scan,
             lambda answer: _is_page_of_a_megabyte(answer) and answer["Count"] == answer["ScannedCount"], 1, 2),
    Workload("scan-filter", "Scan, a page of 1 MB of which the filter leaves nothing", PREFIX + "Scan", _scan_filtered,
             lambda answer: _is_page_of_a_megabyte(answer) and answer["Count"] == 0, 1, 2),
    Workload("select", "ExecuteStatement, SELECT of an item", PREFIX + "ExecuteStatement", _select,
             lambda answer: len(answer["Items"]) == 1 and len(answer["Items"][0]) == 10),
    Workload("update-statement", "ExecuteStatement, UPDATE", PREFIX + "ExecuteStatement", _update_statement,
             lambda answer: answer.get("Items", []) == []),
]


def write_bodies(workload: Workload, folder: pathlib.Path) -> pathlib.Path:
    """One request body per line, each once, in a fixed random order."""
    order = list(range(workload.bodies))
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


def create_table(client: Client, table: str, stream_view: str = "", index: str = "") -> dict:
    """Creates the table (string and number key; `index` by shelf and the number) and returns its description."""
    request = {
        "TableName": table, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "sk", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }
    if stream_view:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream_view}
    if index:
        request["AttributeDefinitions"].append({"AttributeName": "shelf", "AttributeType": "S"})
        request["GlobalSecondaryIndexes"] = [{
            "IndexName": index, "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "shelf", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        }]
    return client.call(PREFIX + "CreateTable", request).get("TableDescription", {})


def prepare(client: Client, filled: bool) -> None:
    """Creates the tables that the workloads ask, with every key once when they are to be filled."""
    create_table(client, PLAIN_TABLE)
    create_table(client, STREAM_TABLE, "NEW_AND_OLD_IMAGES")
    create_table(client, INDEX_TABLE, index=INDEX)
    if filled:
        for table in (PLAIN_TABLE, STREAM_TABLE, INDEX_TABLE):
            load(client, table)


def _stored_item(table: str, index: int) -> dict:
    return {**item(index, VERSION), **({"shelf": _shelf(index)} if table == INDEX_TABLE else {})}


def _batches(table: str) -> list[str]:
    """BatchWriteItem bodies that put every key once, with the placeholder where the version belongs."""
    puts = [{"PutRequest": {"Item": _stored_item(table, index)}} for index in range(KEYS)]
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
