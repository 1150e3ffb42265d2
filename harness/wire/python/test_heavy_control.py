"""What costs much beside DynamoDB's own requests: a thousand functions and mappings, large invocations and answers.

Each beside GetItems on another connection: nobody waits long.
"""

import gzip
import http.client
import itertools
import json
import tempfile
import threading
import unittest

from beside import LIGHT_TABLE, TRIES, Beside, Heavy, HeavyInTurn, headers_of
from millrace_server import MillraceServer
from tables import create_people

FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"
JSON_HEADERS = {"Content-Type": "application/json"}
LARGEST_PAYLOAD = 6 * 1024 * 1024


def new_function(name, where="external", key="external"):
    return json.dumps({"FunctionName": name, "Role": "arn:aws:iam::000000000000:role/r", "Runtime": "provided.al2023",
                       "Handler": "bootstrap", "Description": "d" * 256, "Code": {"S3Bucket": where, "S3Key": key}})


class Server(Beside):
    def setUp(self):
        log = self.enterContext(tempfile.TemporaryFile("w+"))
        self.server = self.enterContext(MillraceServer(log=log))
        self.client = self.server.client("dynamodb")
        create_people(self.client, LIGHT_TABLE)

    def send(self, requests):
        """All of them, which must succeed."""
        sender = HeavyInTurn(self.server.port, requests)
        sender.start()
        sender.join()
        self.assertIsNone(sender.error)
        self.assertTrue(all(status < 300 for status in sender.statuses), sender.statuses)

    def assert_in_turn(self, batches):
        """Of a batch of requests for each try."""
        batches = iter(batches)
        self.assert_nobody_waits_for(
            lambda: HeavyInTurn(self.server.port, next(batches)),
            lambda heavy: self.assertTrue(all(status < 300 for status in heavy.statuses), heavy.statuses))


class AThousandFunctionsAndMappings(Server):
    MANY = 1_000
    BATCH = 20  # requests in a row, one batch for each try

    def test_each_request(self):
        stream = create_people(self.client, "people", "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        names = [f"function{number:04}" for number in range(self.MANY)]
        unmeasured = self.MANY - TRIES * self.BATCH
        self.create("functions", unmeasured, [("POST", FUNCTIONS, new_function(name)) for name in names])
        self.create("mappings", unmeasured, [("POST", MAPPINGS, json.dumps({
            "EventSourceArn": stream, "FunctionName": name, "StartingPosition": "TRIM_HORIZON"})) for name in names])
        uuids = self.uuids()
        self.assertEqual(len(uuids), self.MANY)
        self.look("without records")
        # Each wakes all mappings.
        with self.subTest("records"):
            self.assert_nobody_waits("POST", "/", json.dumps({
                "TableName": "people", "Item": {"pk": {"S": "large"}, "t": {"S": "a" * 390_000}}}),
                headers_of("PutItem"), 200)
        for number in range(100):
            self.client.put_item(TableName="people", Item={"pk": {"S": f"{number}"}})
        self.look("with records that nobody takes")
        self.remove("mappings", unmeasured, [("DELETE", f"{MAPPINGS}/{uuid}", None) for uuid in uuids])
        self.remove("functions", unmeasured, [("DELETE", f"{FUNCTIONS}/{name}", None) for name in names])

    def batches(self, requests):
        return [requests[at:at + self.BATCH] for at in range(0, len(requests), self.BATCH)]

    def create(self, what, unmeasured, requests):
        """The last ones are measured."""
        self.send(requests[:unmeasured])
        batches = self.batches(requests[unmeasured:])
        with self.subTest(f"creating {what}"):
            left = iter(batches)
            self.assert_in_turn(left)
            for batch in left:
                self.send(batch)

    def remove(self, what, unmeasured, requests):
        """The first ones are measured."""
        measured = len(requests) - unmeasured
        left = iter(self.batches(requests[:measured]))
        with self.subTest(f"removing {what}"):
            self.assert_in_turn(left)
        for batch in left:
            self.send(batch)
        self.send(requests[measured:])

    def look(self, when):
        for method, path, body, status in (
                ("GET", "/_millrace/status", None, 200),
                ("POST", "/_millrace/drain", json.dumps({"timeoutSeconds": 0}), None),
                ("POST", "/_millrace/drain", json.dumps({"timeoutSeconds": 1}), None),
                ("GET", MAPPINGS, None, 200),
                ("GET", f"{MAPPINGS}?FunctionName=function0999", None, 200),
                ("GET", FUNCTIONS, None, 200)):
            with self.subTest(when, path=path, body=body):
                self.assert_nobody_waits_for(
                    lambda: Heavy(self.server.port, method, path, body, JSON_HEADERS),
                    lambda heavy: self.assertIn(heavy.status, (status,) if status else (200, 504), heavy.body[:300]))

    def uuids(self):
        uuids, marker = [], ""
        while True:
            _, page = self.server.request("GET", f"{MAPPINGS}?MaxItems=100&Marker={marker}")
            uuids += [mapping["UUID"] for mapping in page["EventSourceMappings"]]
            marker = page.get("NextMarker")
            if not marker:
                return uuids


class Backlog(Server):
    def test_of_one_mapping(self):
        stream = create_people(self.client, "people", "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        self.send([("POST", FUNCTIONS, new_function("nobody")),
                   ("POST", MAPPINGS, json.dumps({"EventSourceArn": stream, "FunctionName": "nobody",
                                                  "StartingPosition": "TRIM_HORIZON"}))])
        for batch in range(400):
            self.client.batch_write_item(RequestItems={"people": [
                {"PutRequest": {"Item": {"pk": {"S": f"{batch}/{number}"}, "t": {"S": "a" * 400}}}}
                for number in range(25)]})
        for method, path, body in (("GET", "/_millrace/status", None),
                                   ("POST", "/_millrace/drain", json.dumps({"timeoutSeconds": 0}))):
            with self.subTest(path):
                self.assert_nobody_waits_for(lambda: Heavy(self.server.port, method, path, body, JSON_HEADERS),
                                             lambda heavy: self.assertIn(b'"pendingRecords":10000', heavy.body))


class Runtime:
    """A runtime of an external function, which answers as it is told."""

    def __init__(self, port, name):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._base = f"/{name}/2018-06-01/runtime"

    def close(self):
        self._connection.close()

    def next(self):
        self._connection.request("GET", self._base + "/invocation/next")
        with self._connection.getresponse() as answer:
            answer.read()
            return answer.headers["Lambda-Runtime-Aws-Request-Id"]

    def post(self, path, body):
        self._connection.request("POST", self._base + path, body)
        with self._connection.getresponse() as answer:
            answer.read()
            return answer.status


class Delivery(threading.Thread):
    """A record on its way to a function, and the function's answer on its way back."""

    _numbers = itertools.count()

    def __init__(self, test, answer):
        super().__init__()
        self._test, self._answer = test, answer
        self._number = next(Delivery._numbers)  # the item has to change, or there is no record
        self.error = self.status = None

    def run(self):
        try:
            self._test.client.put_item(TableName="people", Item={"pk": {"S": "one"}, "t": {"S": f"{self._number}"}})
            request_id = self._test.runtime.next()
            self.status = self._test.runtime.post(f"/invocation/{request_id}/response", self._answer)
            self._test.server.drain()
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self.error = error


class Call(threading.Thread):
    """An Invoke and its answer."""

    def __init__(self, test, payload, kind, answer):
        super().__init__()
        self._test, self._kind, self._answer = test, kind, answer
        self._heavy = Heavy(test.server.port, "POST", f"{FUNCTIONS}/large/invocations", payload, JSON_HEADERS)
        self.error = self.status = self.body = None

    def run(self):
        try:
            self._heavy.start()
            request_id = self._test.runtime.next()
            self._test.runtime.post(f"/invocation/{request_id}/{self._kind}", self._answer)
            self._heavy.join()
            self.error, self.status, self.body = self._heavy.error, self._heavy.status, self._heavy.body
        except (OSError, http.client.HTTPException) as error:
            self.error = error


ANSWERS = {
    "100,000 failures": json.dumps({"batchItemFailures": [
        {"itemIdentifier": f"{1_000_000_000_000_000_000_000 + number}"} for number in range(100_000)]}),
    "small failures": '{"batchItemFailures":[' + "{}," * 2_000_000 + "{}]}",
    "nested failures": '{"batchItemFailures":' + "[" * 3_000_000 + "]" * 3_000_000 + "}",
    "nested as deep as may be": '{"batchItemFailures":[' + ("[" * 30 + "]" * 30 + ",") * 100_000 + "{}]}",
    "one name again and again": "{" + '"batchItemFailures":[],' * 260_000 + '"a":1}',
    "many members": json.dumps({f"{number}": number for number in range(300_000)}),
    "a long text": json.dumps("a" * (LARGEST_PAYLOAD - 2)),
    "escapes": '"' + "\\u0001" * 1_000_000 + '"',
    "too large": '"' + "a" * 20_000_000 + '"',
}


class LargeInvocations(Server):
    def setUp(self):
        super().setUp()
        stream = create_people(self.client, "people", "NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        self.send([("POST", FUNCTIONS, new_function("large")),
                   ("POST", FUNCTIONS, new_function("here", "in-process", "echo"))])
        self.stream = stream
        self.runtime = Runtime(self.server.runtime_api_port, "large")
        self.addCleanup(self.runtime.close)

    def test_answers_to_batches(self):
        self.send([("POST", MAPPINGS, json.dumps({
            "EventSourceArn": self.stream, "FunctionName": "large", "StartingPosition": "TRIM_HORIZON",
            "MaximumRetryAttempts": 0, "FunctionResponseTypes": ["ReportBatchItemFailures"]}))])
        for what, answer in ANSWERS.items():
            with self.subTest(what):
                self.assert_nobody_waits_for(lambda: Delivery(self, answer.encode()), lambda heavy: None)

    def test_calls(self):
        payloads = {"numbers": "[" + "1," * (LARGEST_PAYLOAD // 2 - 2) + "1]",
                    "objects": "[" + '{"a":{}},' * (LARGEST_PAYLOAD // 9 - 2) + "1]",
                    "one text": ANSWERS["a long text"], "escapes": ANSWERS["escapes"]}
        for what, payload in payloads.items():
            with self.subTest(what):
                self.assert_nobody_waits_for(lambda: Call(self, payload, "response", payload.encode()),
                                             lambda heavy: self.assertEqual(heavy.status, 200, heavy.body[:300]))
                self.assert_nobody_waits("POST", f"{FUNCTIONS}/here/invocations", payload, JSON_HEADERS, 200)
        for what, answer in ANSWERS.items():
            with self.subTest(error=what):
                self.assert_nobody_waits_for(lambda: Call(self, b"{}", "error", answer.encode()), lambda heavy: None)

    def test_what_no_invocation_asked_for(self):
        for path in ("/invocation/none/response", "/invocation/none/error", "/init/error"):
            for what, answer in ANSWERS.items():
                with self.subTest(path, what=what):
                    self.assert_nobody_waits_for(
                        lambda: Heavy(self.server.runtime_api_port, "POST", "/large/2018-06-01/runtime" + path,
                                      answer.encode(), {}), lambda heavy: None)

    def test_full_batches(self):
        """As large as an event may be, over and over."""
        self.send([("POST", MAPPINGS, json.dumps({
            "EventSourceArn": self.stream, "FunctionName": "here", "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 1}))])
        small = [{"PutRequest": {"Item": {"pk": {"S": f"{number}"}}}} for number in range(25)]
        for number in range(40):
            self.client.put_item(TableName="people", Item={"pk": {"S": f"{number}"}, "t": {"S": "a" * 390_000}})
        for _ in range(40):
            self.client.batch_write_item(RequestItems={"people": small})
        self.assert_nobody_waits("POST", "/_millrace/drain", json.dumps({"timeoutSeconds": 60}), JSON_HEADERS, 200)


class OtherBodies(Server):
    def test_compressed(self):
        for path, size in ((FUNCTIONS, 70_000_000), (f"{FUNCTIONS}/none/invocations", 6_000_000), (MAPPINGS, 1_000_000)):
            with self.subTest(path):
                self.assert_nobody_waits_for(
                    lambda: Heavy(self.server.port, "POST", path, gzip.compress(b" " * size, 1),
                                  JSON_HEADERS | {"Content-Encoding": "gzip"}),
                    lambda heavy: self.assertIn(heavy.status, (400, 404), heavy.body[:300]))

    def test_of_a_megabyte(self):
        members = {f"t{number}": "x" for number in range(60_000)}
        for method, path in (("POST", MAPPINGS), ("PUT", f"{MAPPINGS}/00000000-0000-4000-8000-000000000000"),
                             ("POST", "/_millrace/drain")):
            for what, body in (("members", members), ("tags", {"Tags": members}),
                               ("filters", {"FilterCriteria": {"Filters": [{"Pattern": "{" + '"a":[' * 600}] * 200}}),
                               ("queues", {"Queues": ["x" * 1_000] * 900}),
                               ("source", {"EventSourceArn": "arn:aws:a:" * 90_000}),
                               ("function", {"FunctionName": "arn:aws:a:" * 90_000}),
                               ("configurations", {"SourceAccessConfigurations": [{}] * 250_000})):
                with self.subTest(method, path=path, what=what):
                    self.assert_nobody_waits_for(
                        lambda: Heavy(self.server.port, method, path, json.dumps(body), JSON_HEADERS),
                        lambda heavy: self.assertIn(heavy.status, (200, 400, 404, 504), heavy.body[:300]))


if __name__ == "__main__":
    unittest.main()
