"""`--kinesis-endpoint`: what tables deliver arrives at a server that stands for Kinesis, in order, until it has taken it."""

import base64
import json
import os
import tempfile
import unittest

from aws_service import KEYS, AwsRequests, AwsService
from millrace_server import REGION, MillraceServer
from tables import create_people, put

STREAM = f"arn:aws:kinesis:{REGION}:000000000000:stream/changes"


class Kinesis(AwsService):
    """Takes PutRecords; `refusals` are, of the next requests, the number of a record that is refused, or "all"."""

    def __init__(self):
        super().__init__(KinesisRequests)


class KinesisRequests(AwsRequests):
    def service(self):
        return "kinesis"

    def answer(self, body):
        refused = self.server.refusals.pop(0) if self.server.refusals else None
        if refused == "all":
            return 400, '{"__type":"ResourceNotFoundException","message":"Stream changes not found"}'
        request = json.loads(body)
        if self.headers["X-Amz-Target"] != "Kinesis_20131202.PutRecords" or request["StreamName"] != "changes":
            return 400, '{"__type":"ValidationException"}'
        answers = []
        for number, record in enumerate(request["Records"]):
            if number == refused:
                answers.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"})
                continue
            self.server.taken.append(json.loads(base64.b64decode(record["Data"])))
            answers.append({"SequenceNumber": str(len(self.server.taken)), "ShardId": "shardId-000000000000"})
        return 200, json.dumps({"FailedRecordCount": int(refused is not None), "Records": answers})


class KinesisDelivery(unittest.TestCase):
    def setUp(self):
        self.kinesis = self.enterContext(Kinesis())
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.server = MillraceServer("--db-path", os.path.join(self.directory, "data"), "--kinesis-endpoint",
                                     self.kinesis.url, "--signing-key", f"{KEYS.access_key}:{KEYS.secret_key}")
        self.server.start()
        self.addCleanup(lambda: self.server.stop())
        self.dynamodb = self.server.client("dynamodb")
        create_people(self.dynamodb)
        self.dynamodb.enable_kinesis_streaming_destination(TableName="people", StreamArn=STREAM)

    def names(self, count):
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in self.kinesis.wait_for(count)]

    def test_changes_arrive_in_their_order(self):
        for number in range(50):
            put(self.dynamodb, "people", f"{number:02}")
        self.assertEqual(self.names(50), [f"{number:02}" for number in range(50)])
        first = self.kinesis.taken[0]
        self.assertEqual((first["eventName"], first["tableName"]), ("INSERT", "people"))
        for signature, expected in self.kinesis.signatures:
            self.assertEqual(signature, expected)

    def test_what_is_refused_comes_again(self):
        self.kinesis.refusals = ["all", 0]
        put(self.dynamodb, "people", "a")
        self.assertEqual(self.names(1), ["a"])
        self.assertEqual(len(self.kinesis.signatures), 3)

    def test_a_restart_goes_on_where_it_was(self):
        put(self.dynamodb, "people", "a")
        self.assertEqual(self.names(1), ["a"])
        self.server.stop()
        self.server.start()
        put(self.server.client("dynamodb"), "people", "b")
        with self.kinesis.changed:
            self.kinesis.changed.wait_for(lambda: self.kinesis.taken[-1]["dynamodb"]["Keys"]["pk"]["S"] == "b", timeout=30)
        # At least once: the server may have ended before it had stored that "a" had arrived.
        self.assertIn(self.names(2), (["a", "b"], ["a", "a", "b"]))


class WithoutAServer(unittest.TestCase):
    def test_nothing_is_lost_while_nobody_listens(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "data")
            with MillraceServer("--db-path", path, "--kinesis-endpoint", "http://127.0.0.1:9") as server:
                dynamodb = server.client("dynamodb")
                create_people(dynamodb)
                dynamodb.enable_kinesis_streaming_destination(TableName="people", StreamArn=STREAM)
                put(dynamodb, "people", "a")
            with Kinesis() as kinesis, MillraceServer("--db-path", path, "--kinesis-endpoint", kinesis.url):
                self.assertEqual(kinesis.wait_for(1)[0]["dynamodb"]["Keys"], {"pk": {"S": "a"}})


if __name__ == "__main__":
    unittest.main()
