"""`--kinesis-endpoint`: what tables deliver arrives at a server that stands for Kinesis, in order, until it has taken it."""

import base64
import http.server
import json
import os
import tempfile
import threading
import unittest

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from millrace_server import REGION, MillraceServer
from tables import create_people, put

STREAM = f"arn:aws:kinesis:{REGION}:000000000000:stream/changes"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


class Kinesis(http.server.ThreadingHTTPServer):
    """Takes PutRecords, and refuses what it is told to."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), KinesisRequests)
        self.changed = threading.Condition()
        self.taken = []
        self.requests = 0
        self.signatures = []
        self.refusals = []  # of the next requests: the number of a record that is refused, or "all"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def wait_for(self, count):
        """The records of the items that came, in the order in which they came, as soon as there are so many."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.taken) >= count, timeout=30):
                raise AssertionError(f"{len(self.taken)} of {count} records came")
            return list(self.taken)


class KinesisRequests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.changed:
            status, answer = self.answer(body)
            self.server.changed.notify_all()
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def answer(self, body):
        self.server.requests += 1
        self.server.signatures.append((self.headers["Authorization"], self.expected_signature(body)))
        refused = self.server.refusals.pop(0) if self.server.refusals else None
        if refused == "all":
            return 400, {"__type": "ResourceNotFoundException", "message": "Stream changes not found"}
        request = json.loads(body)
        if self.headers["X-Amz-Target"] != "Kinesis_20131202.PutRecords" or request["StreamName"] != "changes":
            return 400, {"__type": "ValidationException"}
        answers = []
        for number, record in enumerate(request["Records"]):
            if number == refused:
                answers.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"})
                continue
            self.server.taken.append(json.loads(base64.b64decode(record["Data"])))
            answers.append({"SequenceNumber": str(len(self.server.taken)), "ShardId": "shardId-000000000000"})
        return 200, {"FailedRecordCount": int(refused is not None), "Records": answers}

    def expected_signature(self, body):
        """That of AWS's own SDK for the same request."""
        signed = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest("POST", self.server.url + "/", data=body,
                             headers={name: self.headers[name] for name in signed if name != "host"})
        request.context["timestamp"] = self.headers["x-amz-date"]
        auth = SigV4Auth(KEYS, "kinesis", REGION)
        canonical = auth.canonical_request(request)
        return auth.signature(auth.string_to_sign(request, canonical), request)

    def log_message(self, *_):
        pass


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
        for authorization, expected in self.kinesis.signatures:
            self.assertEqual(authorization.split("Signature=")[1], expected)

    def test_what_is_refused_comes_again(self):
        self.kinesis.refusals = ["all", 0]
        put(self.dynamodb, "people", "a")
        self.assertEqual(self.names(1), ["a"])
        self.assertEqual(self.kinesis.requests, 3)

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
