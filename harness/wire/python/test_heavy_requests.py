"""Single requests that cost much, each beside GetItems on another connection: nobody waits long.

What each costs in steps is counted by unit tests (harness/fuzz); here the whole server is at work.
"""

import functools
import gzip
import json
import unittest

import heavy_requests
from beside import LIGHT_TABLE, Beside, headers_of
from millrace_server import MillraceServer
from tables import create_people


class HeavyRequests(Beside):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        cls.client = cls.server.client("dynamodb")
        cls.make_table(LIGHT_TABLE)
        cls.make_table("Heavy")
        cls.make_table("Large")
        cls.make_table("Small")
        cls.make_table("Indexed", GlobalSecondaryIndexes=[
            {"IndexName": f"index{number}", "Projection": {"ProjectionType": "ALL"},
             "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]} for number in range(20)])
        cls.make_table("Local", range_key=True, LocalSecondaryIndexes=[
            {"IndexName": "local", "Projection": {"ProjectionType": "KEYS_ONLY"},
             "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]}])
        cls.make_table("Streamed", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
        put = cls.client.put_item
        put(TableName="Heavy", Item=heavy_requests.KEY | {"t": {"S": heavy_requests.LONG}})
        put(TableName="Heavy", Item={"pk": {"S": "list"}, "l": {"L": [{"NULL": True}] * 95_000}})
        for number in range(100):
            put(TableName="Large", Item={"pk": {"S": f"large {number}"}, "t": {"S": "a" * 160_000}})
            put(TableName="Local", Item={"pk": {"S": "many"}, "sk": {"S": f"{number}"}, "g": {"S": "x"},
                                         "t": {"S": heavy_requests.LONG}})
        for number in range(30):
            put(TableName="Streamed", Item={"pk": {"S": f"{number}"}, "t": {"S": heavy_requests.LONG}})
        for batch in range(400):
            cls.client.batch_write_item(RequestItems={"Small": [
                {"PutRequest": {"Item": {"pk": {"S": f"{batch}/{number}"}, "t": {"S": "a" * 50}}}}
                for number in range(25)]})

    @classmethod
    def make_table(cls, name, range_key=False, **members):
        attributes = ["pk"] + ["sk"] * range_key + ["g"] * any("Index" in member for member in members)
        key = [{"AttributeName": "pk", "KeyType": "HASH"}] + [{"AttributeName": "sk", "KeyType": "RANGE"}] * range_key
        cls.client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=key,
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes], **members)
        cls.client.get_waiter("table_exists").wait(TableName=name)

    def test_dynamodb(self):
        for what, operation, body, status in heavy_requests.requests():
            text = (body if isinstance(body, str) else json.dumps(body)).encode()
            with self.subTest(what=what, operation=operation):
                self.assert_nobody_waits("POST", "/", text, headers_of(operation), status)

    def test_streams(self):
        streams = self.server.client("dynamodbstreams")
        stream = self.client.describe_table(TableName="Streamed")["Table"]["LatestStreamArn"]
        shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard,
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        body = json.dumps({"ShardIterator": iterator}).encode()
        for more in ({}, {"Accept-Encoding": "gzip"}):
            with self.subTest(more):
                self.assert_nobody_waits("POST", "/", body, headers_of("GetRecords", "DynamoDBStreams_20120810") | more, 200)

    def test_streams_and_shards(self):
        """As many shards as a stream can have here, and as many streams as a page can show."""
        with MillraceServer("--shards-per-stream", "64") as server:
            self.server, client = server, server.client("dynamodb")
            create_people(client, LIGHT_TABLE)
            streams = [create_people(client, f"streamed{number:03}", "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
                       for number in range(100)]
            for number in range(100):
                client.put_item(TableName="streamed000", Item={"pk": {"S": f"{number}"}, "t": {"S": "a" * 390_000}})
            send = functools.partial(self.assert_nobody_waits, "POST", "/")
            service = "DynamoDBStreams_20120810"
            send(b"{}", headers_of("ListStreams", service), 200)
            send(b"{}", headers_of("ListTables"), 200)
            for stream in (streams[0], streams[-1]):
                body = json.dumps({"StreamArn": stream}).encode()
                send(body, headers_of("DescribeStream", service), 200)
            shards = server.client("dynamodbstreams").describe_stream(StreamArn=streams[0])["StreamDescription"]["Shards"]
            self.assertEqual(len(shards), 64)
            send(json.dumps({"StreamArn": streams[0], "ShardId": shards[-1]["ShardId"],
                             "ShardIteratorType": "LATEST"}).encode(), headers_of("GetShardIterator", service), 200)
            for operation, body, status in heavy_requests.stream_requests():
                with self.subTest(operation, body=f"{body}"[:40]):
                    send(json.dumps(body).encode(), headers_of(operation, service), status)

    def test_codings(self):
        keys = {"Keys": [{"pk": {"S": f"large {number}"}} for number in range(100)]}
        self.assert_nobody_waits("POST", "/", json.dumps({"RequestItems": {"Large": keys}}).encode(),
                                 headers_of("BatchGetItem") | {"Accept-Encoding": "gzip"}, 200)
        self.assert_nobody_waits("POST", "/", gzip.compress(b" " * 16_000_000), headers_of("GetItem") |
                                 {"Content-Encoding": "gzip"}, 400)

    def test_other_bodies(self):
        for method, path, body in (
                ("POST", "/2015-03-31/functions", "[" * 8_000_000),
                ("POST", "/2015-03-31/functions", '{"Tags":[' + "1," * 2_000_000 + "1]}"),
                ("POST", "/2015-03-31/functions", json.dumps({"Tags": {f"t{number}": "x" for number in range(300_000)}})),
                ("POST", "/2015-03-31/functions", json.dumps(
                    {"Environment": {"Variables": {f"t{number}": "x" for number in range(300_000)}}})),
                ("POST", "/2015-03-31/functions", json.dumps({"Code": {"ZipFile": "AAAA" * 16_000_000}})),
                ("POST", "/2015-03-31/event-source-mappings", '{"Tags":' + "[" * 900_000),
                ("POST", "/2015-03-31/event-source-mappings", json.dumps(
                    {"FilterCriteria": {"Filters": [{"Pattern": "{}"}] * 50_000}})),
                ("POST", "/2015-03-31/event-source-mappings", json.dumps({"FunctionResponseTypes": ["x"] * 150_000})),
                ("POST", "/_millrace/drain", "[" * 900_000),
                ("POST", "/2015-03-31/functions/none/invocations", "[" * 6_000_000)):
            with self.subTest(path=path, body=body[:40]):
                self.assert_nobody_waits(method, path, body.encode(), {"Content-Type": "application/json"},
                                         404 if "none" in path else 400)


if __name__ == "__main__":
    unittest.main()
