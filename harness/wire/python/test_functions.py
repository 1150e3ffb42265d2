"""Lambda functions through boto3: make, call, delete; in-process, from a zip, external."""

import io
import json
import threading
import unittest
import zipfile

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer, echo_binary

ROLE = "arn:aws:iam::000000000000:role/lambda"


def create_function(client, name, code, **arguments):
    """Makes a function and waits until it is active."""
    created = client.create_function(FunctionName=name, Runtime="provided.al2023", Role=ROLE, Handler="bootstrap",
                                     Code=code, **arguments)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return created


def zipped_text(name, content):
    """The bytes of a zip with one executable file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def zipped_bootstrap(path):
    """The bytes of a zip whose `bootstrap` is the executable at `path`."""
    with open(path, "rb") as executable:
        return zipped_text("bootstrap", executable.read())


EVENT = {"Records": []}
IN_PROCESS_ECHO = {"S3Bucket": "in-process", "S3Key": "echo"}
EXTERNAL = {"S3Bucket": "external", "S3Key": "external"}


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer("--function", "flagged=in-process:echo"))
        cls.client = cls.server.client("lambda")

    def invoke(self, name, event=None, **arguments):
        return self.client.invoke(FunctionName=name, Payload=json.dumps(EVENT if event is None else event),
                                  **arguments)

    def test_calls_a_function_of_the_command_line(self):
        answer = self.invoke("flagged")
        self.assertEqual((answer["StatusCode"], answer.get("FunctionError")), (200, None))
        self.assertEqual(json.load(answer["Payload"]), EVENT)

    def test_echoes_whatever_an_event_holds_to_the_byte(self):
        """What AWS's own samples, and files made by hand, hold; PutItem would refuse most of it."""
        create_function(self.client, "odd-linked", IN_PROCESS_ECHO)
        create_function(self.client, "odd-zipped", {"ZipFile": zipped_bootstrap(echo_binary())})
        record = ('{"eventID": "1", "eventName": "INSERT", "dynamodb": {"Keys": {"Id": {"N": "101"}}, "NewImage": %s, '
                  '"SequenceNumber": "4421584500000000017450439091", "SizeBytes": 26}}')
        events = ['{"Records":[],"big":123456789012345678901234}', '{"Records":[{}]}', '{ "Records" : [\n] }',
                  '{"Records":[{"eventName":"REMOVE","dynamodb":{"Keys":{},"OldImage":null}}]}']
        events += ['{"Records":[' + record % image + "]}" for image in (
            '{"set":{"BS":["AQI=","AwQ=","AQI="]}}', '{"n":{"N":"0001.50"},"e":{"N":"1E2"},"none":{"NS":[]}}',
            '{"s":{"SS":["b","a"]},"null":null,"x":{"N":"x"},"list":{"L":[{"B":"*"}]}}')]
        for name in ("odd-linked", "odd-zipped"):
            for event in events:
                for before in (b"", b"\xef\xbb\xbf"):  # a byte order mark is no part of the event
                    with self.subTest(name=name, event=event, before=before):
                        answer = self.client.invoke(FunctionName=name, Payload=before + event.encode())
                        self.assertNotIn("FunctionError", answer)
                        self.assertEqual(answer["Payload"].read().decode(), event)

    def test_calls_a_linked_handler(self):
        create_function(self.client, "linked", IN_PROCESS_ECHO)
        answer = self.invoke("linked", LogType="Tail")
        self.assertEqual(json.load(answer["Payload"]), EVENT)
        self.assertEqual(answer["ExecutedVersion"], "$LATEST")
        self.assertIn("LogResult", answer)

    def test_calls_a_bootstrap_from_a_zip(self):
        create_function(self.client, "zipped", {"ZipFile": zipped_bootstrap(echo_binary())}, Timeout=30)
        for _ in range(2):  # the second call finds the process running
            answer = self.invoke("zipped")
            self.assertEqual((answer["StatusCode"], answer.get("FunctionError")), (200, None))
            self.assertEqual(json.load(answer["Payload"]), EVENT)

    def test_a_dry_run_calls_nothing(self):
        create_function(self.client, "dry", EXTERNAL)
        with ExternalFunction(self.server.runtime_api_port, "dry") as function:
            self.assertEqual(self.invoke("dry", InvocationType="DryRun")["StatusCode"], 204)
            self.invoke("dry", {"after": "the dry run"})
            self.assertEqual(function.events, [{"after": "the dry run"}])

    def test_an_event_is_accepted_and_delivered_later(self):
        arrived = threading.Event()

        def note(event):
            arrived.set()
            return event

        create_function(self.client, "later", EXTERNAL)
        with ExternalFunction(self.server.runtime_api_port, "later", note) as function:
            answer = self.invoke("later", {"number": 1}, InvocationType="Event")
            self.assertEqual((answer["StatusCode"], answer["Payload"].read()), (202, b""))
            self.assertTrue(arrived.wait(timeout=20))
            self.assertEqual(function.events, [{"number": 1}])

    def test_reports_an_error_of_the_function(self):
        def fail(_event):
            raise FunctionFailed("OrderError", "no such order")

        create_function(self.client, "failing", EXTERNAL)
        with ExternalFunction(self.server.runtime_api_port, "failing", fail):
            answer = self.invoke("failing", {"order": 7})
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        document = json.load(answer["Payload"])
        self.assertEqual((document["errorType"], document["errorMessage"]), ("OrderError", "no such order"))

    def test_does_not_know_a_missing_function(self):
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException) as caught:
            self.invoke("nobody")
        self.assertIn("Function not found: arn:aws:lambda:", caught.exception.response["Error"]["Message"])

    def test_refuses_a_payload_that_is_not_json(self):
        with self.assertRaises(self.client.exceptions.InvalidRequestContentException):
            self.client.invoke(FunctionName="flagged", Payload=b"{not json")

    def test_describes_lists_and_deletes(self):
        created = create_function(self.client, "described", IN_PROCESS_ECHO, Timeout=7, MemorySize=256,
                                  Environment={"Variables": {"STAGE": "test"}})
        shown = self.client.get_function(FunctionName="described")["Configuration"]
        self.assertEqual((shown["Timeout"], shown["MemorySize"], shown["Environment"]["Variables"]),
                         (7, 256, {"STAGE": "test"}))
        self.assertEqual(shown["FunctionArn"], created["FunctionArn"])
        pages = self.client.get_paginator("list_functions").paginate()
        self.assertIn("described", [entry["FunctionName"] for page in pages for entry in page["Functions"]])

        self.client.delete_function(FunctionName="described")
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.get_function(FunctionName="described")

    def test_refuses_a_name_that_is_taken(self):
        create_function(self.client, "twice", IN_PROCESS_ECHO)
        with self.assertRaises(self.client.exceptions.ResourceConflictException):
            create_function(self.client, "twice", IN_PROCESS_ECHO)


if __name__ == "__main__":
    unittest.main()
