"""kill -9 at 200 moments that nobody chose, with a database on a file, four writers and a mapping at work.

A writer kills the server itself, in the middle of its own next request, when it has got as many answers as the seed
says: what the other writers, the commits, the poller and the function are doing just then is different each time."""

import collections
import http.client
import json
import os
import random
import tempfile
import threading
import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer
from tables import create_people
from test_functions import EXTERNAL, create_function
from test_streams import read_all

KILLS = int(os.environ.get("MILLRACE_KILLS", "200"))
WRITERS = 4
KEYS_OF_A_WRITER = 5
MOST_ANSWERS = 60
LOOKS_AT_ALL_EVERY = 50
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20260101T000000Z",
           "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/aws4_request, "
                            "SignedHeaders=host, Signature=0"}


class Connection:
    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def begin(self, operation, body):
        self._connection.request("POST", "/", json.dumps(body),
                                 {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"})

    def answer(self):
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise AssertionError(f"the server answered {answer.status}: {body!r}")
        return json.loads(body)

    def close(self):
        self._connection.close()


class Writer(threading.Thread):
    """Writes ever higher versions of its keys until the server is gone. What was answered must be there ever after."""

    def __init__(self, name, port, asked, acknowledged, on_answer):
        super().__init__(daemon=True)
        self._keys = [f"{name}-{number}" for number in range(KEYS_OF_A_WRITER)]
        self._connection = Connection(port)
        self._asked = asked
        self._acknowledged = acknowledged
        self._on_answer = on_answer
        self.problem = None

    def run(self):
        try:
            turn = 0
            while True:
                self._write(self._keys[turn % len(self._keys)], turn)
                turn += 1
        except (OSError, http.client.HTTPException):
            pass  # the server has been killed
        except AssertionError as problem:
            self.problem = problem
        finally:
            self._connection.close()

    def _write(self, key, turn):
        version = self._asked[key] + 1
        self._asked[key] = version
        item = {"pk": {"S": key}, "version": {"N": str(version)}}
        if turn % 3 == 0:
            self._connection.begin("TransactWriteItems", {"TransactItems": [
                {"Put": {"TableName": "people", "Item": item}},
                {"Put": {"TableName": "people", "Item": {**item, "pk": {"S": key + "-twin"}}}}]})
        else:
            self._connection.begin("PutItem", {"TableName": "people", "Item": item})
        self._on_answer()
        self._connection.answer()
        self._acknowledged[key] = version


class KillAtAnyMoment(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.server = MillraceServer("--db-path", os.path.join(folder, "millrace.db"))
        self.random = random.Random(20261128)
        self.asked = collections.Counter()
        self.acknowledged = {}
        self.delivered = []  # (key, version, sequence number) in the order of arrival, over all processes

    def keep(self, event):
        for record in event["Records"]:
            image = record["dynamodb"]["NewImage"]
            self.delivered.append((image["pk"]["S"], int(image["version"]["N"]), record["dynamodb"]["SequenceNumber"]))

    def let_writers_kill_it(self):
        """Returns when the server is dead and every writer knows."""
        left = threading.Semaphore(self.random.randint(1, MOST_ANSWERS))
        killed = threading.Lock()

        def count():
            if not left.acquire(blocking=False) and killed.acquire(blocking=False):
                self.server.kill()

        writers = [Writer(f"writer{number}", self.server.port, self.asked, self.acknowledged, count)
                   for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
            if writer.problem:
                raise writer.problem

    def check_what_was_acknowledged(self):
        connection = Connection(self.server.port)
        for key, version in self.acknowledged.items():
            connection.begin("GetItem", {"TableName": "people", "Key": {"pk": {"S": key}}})
            there = int(connection.answer()["Item"]["version"]["N"])
            self.assertGreaterEqual(there, version, f"{key}: an acknowledged write is gone")
            self.assertLessEqual(there, self.asked[key], f"{key}: a version that nobody wrote")
        connection.close()

    def check_that_table_and_stream_agree(self):
        records = read_all(self.server.client("dynamodbstreams"), self.stream_arn)
        versions = collections.defaultdict(list)
        for record in records:
            image = record["dynamodb"]["NewImage"]
            versions[image["pk"]["S"]].append(int(image["version"]["N"]))
        items = {item["pk"]["S"]: int(item["version"]["N"])
                 for page in self.server.client("dynamodb").get_paginator("scan").paginate(TableName="people")
                 for item in page["Items"]}
        self.assertEqual({key: each[-1] for key, each in versions.items()}, items)
        for key, each in versions.items():
            self.assertEqual(each, sorted(set(each)), f"{key}: its records are in the order of its versions")
        for key, version in items.items():  # one transaction, both or none
            twin = versions.get(key + "-twin")
            if twin:
                self.assertTrue(set(twin) <= set(versions[key]), key)
        return records

    def check_deliveries(self, records):
        arrived = {sequence for _, _, sequence in self.delivered}
        self.assertEqual(arrived, {record["dynamodb"]["SequenceNumber"] for record in records},
                         "every record is delivered, and nothing else")
        seen = collections.defaultdict(set)
        for key, version, _ in self.delivered:
            if version not in seen[key]:
                self.assertTrue(all(earlier < version for earlier in seen[key]), f"{key}: out of order")
            seen[key].add(version)

    def test_nothing_that_was_acknowledged_is_lost_and_every_record_arrives(self):
        with self.server:
            dynamodb, client = self.server.client("dynamodb"), self.server.client("lambda")
            self.stream_arn = create_people(dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
            create_function(client, "orders", EXTERNAL)
            self.uuid = client.create_event_source_mapping(
                EventSourceArn=self.stream_arn, FunctionName="orders", StartingPosition="TRIM_HORIZON",
                BatchSize=7)["UUID"]
            for kill in range(KILLS):
                function = ExternalFunction(self.server.runtime_api_port, "orders", self.keep)
                self.let_writers_kill_it()
                function.close()
                self.server.start()
                self.check_what_was_acknowledged()
                if kill % LOOKS_AT_ALL_EVERY == 0:
                    self.check_that_table_and_stream_agree()
            with ExternalFunction(self.server.runtime_api_port, "orders", self.keep):
                [report] = self.server.drain(self.uuid)["mappings"]
            records = self.check_that_table_and_stream_agree()
            self.check_deliveries(records)
            self.assertEqual(report["recordsDelivered"], len(records), "the counters survive, too")
            self.assertGreater(len(records), KILLS)


if __name__ == "__main__":
    unittest.main()
