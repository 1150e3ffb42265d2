"""Single requests that cost much, each beside a GetItem: linear work, and nobody waits long.

What each costs in steps is counted by unit tests; here the whole server is at work. The bound is generous, so that a
busy machine does not matter: what these requests guard against took 4 to 100 seconds, or the whole memory.
"""

import http.client
import json
import random
import time
import unittest

from millrace_server import MillraceServer

BOUND_SECONDS = 3
DYNAMODB_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20150121T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20150121/eu-west-1/dynamodb/aws4_request, "
                     "SignedHeaders=host, Signature=00",
}
NOTHING = {"NULL": True}
LONG = "a" * 390_000


def names(count):
    """Distinct short names in no order."""
    chosen = [f"{number:x}" for number in range(0x1000, 0x1000 + count)]
    random.Random(1).shuffle(chosen)
    return chosen


def numbered(count, text):
    return {f":{number}": {"S": text(number)} for number in range(count)}


def any_of(count, condition):
    return " OR ".join(condition(number) for number in range(count))


def item(**attributes):
    return {"TableName": "Heavy", "Item": {"pk": {"S": "written"}, **attributes}}


def update(**members):
    return {"TableName": "Heavy", "Key": {"pk": {"S": "updated"}}, **members}


def scan(**members):
    return {"TableName": "Heavy", **members}


def requests():
    """(what, operation, body, status)"""
    many, most = names(40_000), names(300_000)
    yield "an item in no order", "PutItem", item(**{name: NOTHING for name in many}), 200
    yield "an item far too large", "PutItem", item(**{name: NOTHING for name in most}), 400
    yield "a map far too large", "PutItem", item(m={"M": {name: NOTHING for name in most}}), 400
    yield "a set in no order", "PutItem", item(s={"SS": most[:70_000]}), 200
    yield "a number set in no order", "PutItem", item(s={"NS": [str(int(name, 16)) for name in many]}), 200
    yield "values in no order", "UpdateItem", update(
        UpdateExpression="SET a = :1000", ExpressionAttributeValues={f":{name}": NOTHING for name in most}), 400
    yield "names in no order", "UpdateItem", update(
        UpdateExpression="SET #1000 = #1001", ExpressionAttributeNames={f"#{name}": name for name in many}), 400
    yield "updates in no order", "UpdateItem", update(
        AttributeUpdates={name: {"Value": NOTHING} for name in many[:15_000]}, ReturnValues="UPDATED_NEW"), 200
    yield "as many removals", "UpdateItem", update(
        AttributeUpdates={name: {"Action": "DELETE"} for name in many[:15_000]}, ReturnValues="UPDATED_OLD"), 200
    yield "a legacy filter", "Scan", scan(ScanFilter={name: {"ComparisonOperator": "NULL"} for name in many}), 200
    yield "attributes to get", "Scan", scan(AttributesToGet=many), 200
    for needle in ("a" * 1_000 + "b", "b" + "a" * 1_000, "a" * 120 + "b" + "a" * 120, "a" * 100_000 + "b" + "a" * 100_000):
        yield f"contains, nearly {len(needle)} characters", "Scan", scan(
            FilterExpression="contains(t, :n)", ExpressionAttributeValues={":n": {"S": needle}}), 200
    yield "100 times contains", "Scan", scan(
        FilterExpression=any_of(100, lambda number: f"contains(t, :{number})"),
        ExpressionAttributeValues=numbered(100, lambda number: "a" * (1_000 + number) + "b")), 200
    yield "100 sizes", "Scan", scan(FilterExpression=any_of(100, lambda number: f"size(t) = :{number}"),
                                    ExpressionAttributeValues=numbered(100, str)), 200
    yield "many paths", "Scan", scan(ProjectionExpression=",".join(f"#{name}" for name in names(680)),
                                     ExpressionAttributeNames={f"#{name}": name for name in names(680)}), 200
    yield "tables with bad names", "BatchWriteItem", {"RequestItems": {f"{name}*": [] for name in many}}, 400
    yield "tables with bad names", "BatchGetItem", {"RequestItems": {f"{name}*": {"Keys": []} for name in many}}, 400
    yield "attribute definitions", "CreateTable", {
        "TableName": "Other", "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in many],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}, 400
    yield "index updates", "UpdateTable", {
        "TableName": "Heavy", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": f"index{name}"}} for name in many[:20_000]]}, 400


class HeavyRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        client = cls.server.client("dynamodb")
        client.create_table(TableName="Heavy", BillingMode="PAY_PER_REQUEST",
                            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
        client.get_waiter("table_exists").wait(TableName="Heavy")
        client.put_item(TableName="Heavy", Item={"pk": {"S": "long"}, "t": {"S": LONG}})

    def connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(connection.close)
        return connection

    def assert_bounded(self, send, status):
        """The heavy request is on its way when the GetItem is sent; both are answered in time."""
        heavy, light = self.connection(), self.connection()
        began = time.monotonic()
        send(heavy)
        light.request("POST", "/", json.dumps({"TableName": "Heavy", "Key": {"pk": {"S": "none"}}}),
                      DYNAMODB_HEADERS | {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
        with light.getresponse() as answer:
            self.assertEqual((answer.status, answer.read()), (200, b"{}"))
        with heavy.getresponse() as answer:
            body = answer.read()
        self.assertEqual(answer.status, status, body[:300])
        self.assertLess(time.monotonic() - began, BOUND_SECONDS)

    def test_dynamodb(self):
        for what, operation, body, status in requests():
            text = json.dumps(body)
            headers = DYNAMODB_HEADERS | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
            with self.subTest(what=what, operation=operation):
                self.assert_bounded(lambda connection: connection.request("POST", "/", text, headers), status)

    def test_other_bodies(self):
        for method, path, body in (
                ("POST", "/2015-03-31/functions", "[" * 8_000_000),
                ("POST", "/2015-03-31/functions", '{"Tags":[' + "1," * 2_000_000 + "1]}"),
                ("POST", "/2015-03-31/event-source-mappings", '{"Tags":' + "[" * 900_000),
                ("POST", "/_millrace/drain", "[" * 900_000),
                ("POST", "/2015-03-31/functions/none/invocations", "[" * 6_000_000)):
            with self.subTest(path=path, body=body[:20]):
                self.assert_bounded(lambda connection: connection.request(
                    method, path, body, {"Content-Type": "application/json"}), 404 if "none" in path else 400)


if __name__ == "__main__":
    unittest.main()
