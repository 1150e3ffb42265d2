"""Texts nested 33 to 80,000 deep at every place of every request: an answer, and a server that goes on.

The places come from AWS's own service models (botocore's), the operations from the server's registry: a new operation
or member is tried without a line here. Of operations that are newer than botocore the server's own tables tell the places.
"""

import http.client
import json
import os
import re
import subprocess
import tempfile
import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer, millrace_binary, served

DEPTHS = (33, 101, 513, 1000, 80_000)
#: What a level of nesting looks like: opening and closing.
LEVELS = {
    "array": ("[", "]"),
    "object": ('{"a":', "}"),
    "list value": ('{"L":[', "]}"),
    "map value": ('{"M":{"a":', "}}"),
}
#: Deeper than any reader goes: nothing of it may be accepted.
HOPELESS = 1000

TABLE = {"TableName": "Deep", "BillingMode": "PAY_PER_REQUEST",
         "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


def nested(level, depth):
    opening, closing = LEVELS[level]
    return opening * depth + '{"S":"a"}' + closing * depth


def places(shape, inside=()):
    """Texts before and after each place of a value of this shape, itself first."""
    yield "", ""
    if shape.name in inside:
        return
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            for before, after in places(member, inside):
                yield f'{{{json.dumps(name)}:{before}', f"{after}}}"
    elif shape.type_name == "list":
        for before, after in places(shape.member, inside):
            yield f"[{before}", f"{after}]"
    elif shape.type_name == "map":
        # Values of a table's own attributes stand beside a key, so that they get further.
        key = '"pk":{"S":"a"},' if shape.value.name == "AttributeValue" else ""
        for before, after in places(shape.value, inside):
            yield f'{{{key}"Deep":{before}', f"{after}}}"


def bodies(members, required):
    """(name, before, after) of every place of every member, with plain texts for the other required members."""
    for name, shape in members.items():
        others = "".join(f'{json.dumps(other)}:"Deep",' for other in required
                         if other != name and members[other].type_name == "string")
        for before, after in places(shape):
            yield name, f"{{{others}{json.dumps(name)}:{before}", f"{after}}}"


def served_places(member):
    """As places(), of a member as the server's tables describe it; of one that is not looked at, the member itself."""
    yield "", ""
    if not member:
        return
    for name, inner in member.get("members", {}).items():
        for before, after in served_places(inner):
            yield f'{{{json.dumps(name)}:{before}', f"{after}}}"
    if "element" in member:
        opening, closing = ("[", "]") if member["type"] == "list" else ('{"Deep":', "}")
        for before, after in served_places(member["element"]):
            yield opening + before, after + closing


def served_bodies(members):
    """As bodies(), with plain texts for all other texts."""
    for name, member in members.items():
        others = "".join(f'{json.dumps(other)}:"Deep",' for other, shape in members.items()
                         if other != name and shape and shape["type"] == "string")
        for before, after in served_places(member):
            yield name, f"{{{others}{json.dumps(name)}:{before}", f"{after}}}"


class DeepInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer("--function", "Deep=in-process:echo"))
        dynamodb = cls.server.client("dynamodb")
        dynamodb.create_table(**TABLE)
        dynamodb.get_waiter("table_exists").wait(TableName="Deep")
        cls.models = {service: cls.server.client(service).meta.service_model
                      for service in ("dynamodb", "dynamodbstreams", "lambda")}

    def setUp(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(self.connection.close)
        self.requests = 0

    def answer(self, method, path, body, headers):
        self.requests += 1
        try:
            self.connection.request(method, path, body.encode(), headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as lost:
            self.connection.close()
            self.fail(f"no answer: {lost!r}")

    def send(self, method, path, before, after, headers):
        for level in LEVELS:
            for depth in DEPTHS:
                with self.subTest(path=path, target=headers.get("X-Amz-Target"), place=before, level=level,
                                  depth=depth):
                    status, body = self.answer(method, path, before + nested(level, depth) + after, headers)
                    self.assertLess(status, 500, body[:300])
                    if depth >= HOPELESS:
                        self.assertGreaterEqual(status, 400, body[:300])

    def assert_lives(self):
        self.assertGreater(self.requests, 0)
        status, _ = self.server.request("GET", "/ready")
        self.assertEqual(status, 200)

    def test_every_member_of_dynamodb(self):
        tables = served()["dynamodb"]
        self.assertGreater(len(tables), 10)
        for target in sorted(tables):
            headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
            service, name = target.split(".")
            model = self.models["dynamodbstreams" if service.startswith("DynamoDBStreams") else "dynamodb"]
            if name in model.operation_names:
                shape = model.operation_model(name).input_shape
                tried = bodies(shape.members, shape.required_members)
            else:
                tried = served_bodies(tables[target])
            self.send("POST", "/", "", "", headers)
            for _, before, after in tried:
                self.send("POST", "/", before, after, headers)
        self.assert_lives()

    def test_every_member_of_lambda(self):
        """Of the whole service, served or not: what is not served refuses the request before it reads it."""
        model = self.models["lambda"]
        for name in model.operation_names:
            operation = model.operation_model(name)
            shape = operation.input_shape
            path = re.sub(r"\{[^}]*\}", "Deep", operation.http["requestUri"])
            method = operation.http["method"]
            if shape is None or method in ("GET", "DELETE"):
                continue
            headers = {"Content-Type": "application/json"}
            members = {member: value for member, value in shape.members.items() if "location" not in value.serialization}
            self.send(method, path, "", "", headers)
            for member, before, after in bodies(members, [m for m in shape.required_members if m in members]):
                self.send(method, path, before, after, headers)
        self.assert_lives()

    def test_every_route_of_the_administration(self):
        routes = [route for route in served()["routes"] if route["path"].startswith("/_millrace/")]
        self.assertIn({"operation": "Drain", "method": "POST", "path": "/_millrace/drain"}, routes)
        for route in routes:
            method, path = route["method"], route["path"]
            if method in ("GET", "DELETE"):
                continue
            for before, after in (("", ""), ('{"mapping":', "}"), ('{"timeoutSeconds":', "}"), ('{"other":', "}")):
                self.send(method, path, before, after, {"Content-Type": "application/json"})
        self.assert_lives()

    def test_a_client_context(self):
        path = "/2015-03-31/functions/Deep/invocations"
        # Base64 of 2,600 opening brackets; more does not fit into the header.
        status, _ = self.answer("POST", path, "{}", {"X-Amz-Client-Context": "W1tb" * 866})
        self.assertEqual(status, 400)
        self.assert_lives()

    def test_what_a_function_answers(self):
        """Texts of 33 to 80,000 levels, to a caller and to a mapping that asks for failed items."""
        client = self.server.client("lambda")
        client.create_function(FunctionName="answers", Runtime="provided.al2023", Handler="h",
                               Role="arn:aws:iam::000000000000:role/any",
                               Code={"S3Bucket": "external", "S3Key": "external"})
        answers = [nested(level, depth) for level in LEVELS for depth in DEPTHS]
        answers += [f'{{"batchItemFailures":{answer}}}' for answer in answers]
        dynamodb = self.server.client("dynamodb")
        stream = dynamodb.describe_table(TableName="Deep")["Table"]["LatestStreamArn"]
        with AnsweringFunction(self.server.runtime_api_port, "answers", answers) as function:
            for answer in answers:
                self.answer("POST", "/2015-03-31/functions/answers/invocations", "{}", {})
            self.assertEqual(len(function.events), len(answers))
            client.create_event_source_mapping(
                FunctionName="answers", EventSourceArn=stream, StartingPosition="LATEST", BatchSize=1,
                MaximumRetryAttempts=0, FunctionResponseTypes=["ReportBatchItemFailures"])
            for number in range(len(answers)):
                dynamodb.put_item(TableName="Deep", Item={"pk": {"S": str(number)}})
            self.server.drain()
            self.assertEqual(len(function.events), 2 * len(answers))
        self.assert_lives()

    def test_a_fixture(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for depth in DEPTHS:
            with open(os.path.join(folder, "table.json"), "w", encoding="utf-8") as table:
                table.write(f'{{"TableName":"Deep","Tags":{nested("array", depth)}}}')
            with open(os.path.join(folder, "writes.jsonl"), "w", encoding="utf-8"):
                pass
            with self.subTest(depth=depth):
                self.requests += 1
                done = subprocess.run([millrace_binary(), "replay", folder, "--endpoint", self.server.url, "--external"],
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 1, done.stderr[:300])
        self.assert_lives()


class AnsweringFunction(ExternalFunction):
    """Gives these texts in turn, as they are, and then from the first again."""

    def __init__(self, runtime_api_port, name, answers):
        self._answers = answers
        super().__init__(runtime_api_port, name)

    def _post(self, path, document):
        self._connection.request("POST", self._base + path, self._answers[(len(self.events) - 1) % len(self._answers)])
        answer = self._connection.getresponse()
        answer.read()
        if answer.status >= 500:
            raise http.client.HTTPException(f"{path} answered {answer.status}")


if __name__ == "__main__":
    unittest.main()
