"""Nothing stays behind: processes of functions, whatever ends them, and writes that would not last."""

import json
import os
import select
import tempfile
import unittest

import botocore.exceptions

from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import create_function, zipped_text

TIMEOUT_MILLISECONDS = 20_000

# Answers with its own process id and those of two processes it starts: one of its group, and one that leaves it.
BOOTSTRAP = """#!/usr/bin/python3
import json, os, subprocess, urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(API + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    started = [subprocess.Popen(["sleep", "1000"]),
               subprocess.Popen(["sleep", "1000"], start_new_session=True)]
    answer = json.dumps([os.getpid()] + [process.pid for process in started]).encode()
    urllib.request.urlopen(urllib.request.Request(API + request_id + "/response", answer, method="POST")).close()
"""


class Process:
    """A process of somebody else, by a handle that no later process can take over."""

    def __init__(self, process_id):
        self._handle = os.pidfd_open(process_id)

    def close(self):
        os.close(self._handle)

    def has_ended(self, milliseconds=TIMEOUT_MILLISECONDS):
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(milliseconds))


class ProcessesOfFunctions(unittest.TestCase):
    def start_some(self, server):
        """Invokes a function; returns its process, and the two that this one has started."""
        client = server.client("lambda")
        create_function(client, "parent", {"ZipFile": zipped_text("bootstrap", BOOTSTRAP)}, Timeout=30)
        ids = json.load(client.invoke(FunctionName="parent", Payload=b"{}")["Payload"])
        processes = [Process(process_id) for process_id in ids]
        for process in processes:
            self.addCleanup(process.close)
            self.assertFalse(process.has_ended(milliseconds=0))
        return processes

    def test_all_end_with_the_function(self):
        with MillraceServer() as server:
            processes = self.start_some(server)
            server.client("lambda").delete_function(FunctionName="parent")
            for process in processes:
                self.assertTrue(process.has_ended())

    def test_all_end_with_the_server(self):
        with MillraceServer() as server:
            processes = self.start_some(server)
        for process in processes:
            self.assertTrue(process.has_ended())

    def test_a_killed_server_takes_its_functions_along_and_the_next_one_the_rest(self):
        server = MillraceServer().start()
        parent, *started = self.start_some(server)
        server.kill()
        self.assertTrue(parent.has_ended())
        with MillraceServer():
            for process in started:
                self.assertTrue(process.has_ended())


class ADatabaseThatIsRemoved(unittest.TestCase):
    def test_takes_no_more_writes_and_says_so(self):
        for lost in ("millrace.db", "millrace.db-wal"):
            folder = self.enterContext(tempfile.TemporaryDirectory())
            path = os.path.join(folder, "millrace.db")
            with self.subTest(lost), MillraceServer("--db-path", path) as server:
                dynamodb = server.client("dynamodb")
                create_people(dynamodb)
                put(dynamodb, "people", "kept")
                self.assertEqual(server.request("GET", "/health")[0], 200)
                os.unlink(os.path.join(folder, lost))

                for write in (lambda: put(dynamodb, "people", "lost"),
                              lambda: dynamodb.delete_item(TableName="people", Key={"pk": {"S": "kept"}}),
                              lambda: dynamodb.batch_write_item(RequestItems={
                                  "people": [{"PutRequest": {"Item": {"pk": {"S": "lost"}}}}]}),
                              lambda: dynamodb.delete_table(TableName="people"),
                              lambda: create_function(server.client("lambda"), "lost",
                                                      {"S3Bucket": "in-process", "S3Key": "echo"})):
                    with self.assertRaises(botocore.exceptions.ClientError) as refused:
                        write()
                    self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)
                    self.assertIn("the database file was removed or replaced while Millrace has it open",
                                  str(refused.exception))
                status, health = server.request("GET", "/health")
                self.assertEqual((status, health["status"]), (503, "unhealthy"))
                self.assertIn(f"{lost}: the file was removed while Millrace has it open", health["reason"])
                # What was acknowledged is still there to be read and saved; what was refused is not.
                self.assertEqual(dynamodb.scan(TableName="people")["Items"], [{"pk": {"S": "kept"}}])


if __name__ == "__main__":
    unittest.main()
