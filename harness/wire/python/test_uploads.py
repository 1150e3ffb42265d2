"""Large uploads beside GetItems: they are read, unpacked and removed where nobody waits for them.

How long anything takes is the machine's affair, so what counts is the share: of the time that an upload takes, no
GetItem may wait more than a part, and many must be answered.
"""

import base64
import http.client
import io
import json
import os
import tempfile
import threading
import time
import unittest
import zipfile
from unittest import mock

from beside import DYNAMODB_HEADERS
from millrace_server import MillraceServer

PATIENCE_SECONDS = 60
FEWEST_GETS = 50
LARGEST_SHARE = 1 / 3
EMPTY_NAME = b'{"FunctionName": ""'


def zip_of(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, "#!/bin/sh\n")
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def create_body(name, archive):
    return json.dumps({
        "FunctionName": name, "Role": "arn:aws:iam::000000000000:role/lambda", "Runtime": "provided.al2023",
        "Handler": "bootstrap", "Code": {"ZipFile": base64.b64encode(archive).decode()}}).encode()


class Gets(threading.Thread):
    """GetItem after GetItem, until stop(); notes when each began and ended."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._told_to_end = threading.Event()
        self.begun = threading.Event()
        self.times = []
        self.problem = None

    def run(self):
        try:
            while not self._told_to_end.is_set():
                began = time.monotonic()
                self._connection.request("POST", "/", '{"TableName":"Beside","Key":{"pk":{"S":"x"}}}',
                                         DYNAMODB_HEADERS | {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
                with self._connection.getresponse() as answer:
                    if answer.read() != b"{}":
                        raise AssertionError(f"GetItem answered {answer.status}")
                self.times.append((began, time.monotonic()))
                self.begun.set()
        except Exception as problem:  # told to the test by stop()
            self.problem = problem
            self.begun.set()
        finally:
            self._connection.close()

    def stop(self):
        self._told_to_end.set()
        self.join()
        if self.problem is not None:
            raise self.problem


class Uploads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.code = os.path.join(cls.folder, "millrace.db.code")
        cls.server = cls.enterClassContext(MillraceServer("--db-path", os.path.join(cls.folder, "millrace.db")))
        cls.server.client("dynamodb").create_table(
            TableName="Beside", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])

    def post(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST", "/2015-03-31/functions", body, {"Content-Type": "application/json"})
            with connection.getresponse() as answer:
                return answer.status, answer.read().decode()
        finally:
            connection.close()

    def beside_gets(self, what, work):
        """Does the work while others are served; nobody waits for much of it."""
        gets = Gets(self.server.port)
        gets.start()
        self.assertTrue(gets.begun.wait(PATIENCE_SECONDS))
        began = time.monotonic()
        result = work()
        ended = time.monotonic()
        gets.stop()
        during = [after - before for before, after in gets.times if after > began and before < ended]
        worst = max(during)
        figures = f"{what}: {ended - began:.3f} s, {len(during)} GetItems, the worst {worst * 1000:.1f} ms"
        if os.environ.get("MILLRACE_FIGURES"):
            print(figures, flush=True)
        self.assertGreater(len(during), FEWEST_GETS, figures)
        self.assertLess(worst, (ended - began) * LARGEST_SHARE, figures)
        return result

    def test_others_are_served_beside_a_large_upload_and_its_removal(self):
        content = os.urandom(45_000_000)
        files = [(f"lib/{number}", content[number * 3_000:(number + 1) * 3_000]) for number in range(15_000)]
        body = create_body("large", zip_of(files))
        status, answer = self.beside_gets("CreateFunction of 45 MB", lambda: self.post(body))
        self.assertEqual(status, 201, answer)
        self.assertEqual(len(os.listdir(self.code)), 1)

        def remove():
            self.assertEqual(self.server.request("DELETE", "/2015-03-31/functions/large")[0], 204)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while os.listdir(self.code) and time.monotonic() < deadline:
                pass
            return os.listdir(self.code)
        self.assertEqual(self.beside_gets("DeleteFunction of it", remove), [])

    def test_those_that_wait_take_no_more_memory_than_peers_may(self):
        content = os.urandom(45_000_000)
        files = [(f"lib/{number}", content[number * 3_000:(number + 1) * 3_000]) for number in range(15_000)]
        body = create_body("", zip_of(files))
        with MillraceServer() as server:
            connections = []
            for number in range(8):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
                connections.append(connection)
                head = f'{{"FunctionName": "upload{number}"'.encode()
                connection.putrequest("POST", "/2015-03-31/functions")
                connection.putheader("Content-Length", str(len(head) + len(body) - len(EMPTY_NAME)))
                connection.endheaders()
                connection.send(head)
                connection.send(memoryview(body)[len(EMPTY_NAME):])
            statuses = []
            for connection in connections:
                with connection.getresponse() as answer:
                    answer.read()
                    statuses.append(answer.status)
                    if answer.status == 429:
                        self.assertEqual(answer.headers["x-amzn-ErrorType"], "TooManyRequestsException")
                connection.close()
            with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
        if os.environ.get("MILLRACE_FIGURES"):
            print(f"8 uploads of 45 MB: {peak / 1e6:.0f} MB, {statuses}", flush=True)
        self.assertEqual(set(statuses), {201, 429})
        self.assertLess(peak, 700_000_000)

    def test_others_are_served_beside_an_archive_of_too_many_entries(self):
        body = create_body("many", zip_of((f"lib/{number}", b"") for number in range(100_000)))
        status, answer = self.beside_gets("CreateFunction of 100,000 entries", lambda: self.post(body))
        self.assertEqual(status, 400, answer)
        self.assertIn("at most 20000 entries", answer)
        self.assertFalse(os.path.exists(self.code) and os.listdir(self.code))


class Leftovers(unittest.TestCase):
    """What a server leaves behind that is killed, and who removes it."""

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def test_temporary_directories_of_killed_servers_are_removed_and_those_of_living_ones_are_not(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, TMPDIR=folder):
            with MillraceServer() as living:
                kept = set(os.listdir(folder))
                self.assertEqual(len(kept), 2)  # for the code of functions, and for buckets
                killed = MillraceServer().start()
                killed.kill()
                abandoned = set(os.listdir(folder)) - kept
                self.assertEqual(len(abandoned), 2)
                with MillraceServer():
                    self.wait_until(lambda: not abandoned & set(os.listdir(folder)))
                    self.assertTrue(kept < set(os.listdir(folder)))
                self.assertEqual(set(os.listdir(folder)), kept)
                self.assertEqual(living.request("GET", "/ready")[0], 200)
            self.assertEqual(os.listdir(folder), [])

    def test_code_that_no_function_has_is_removed_at_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "millrace.db")
            with MillraceServer("--db-path", database) as server:
                server.client("lambda").create_function(
                    FunctionName="kept", Runtime="provided.al2023", Handler="bootstrap",
                    Role="arn:aws:iam::000000000000:role/lambda", Code={"ZipFile": zip_of([])})
            code = database + ".code"
            [kept] = os.listdir(code)
            os.makedirs(os.path.join(code, "lost-0123456789abcdef", "lib"))
            os.makedirs(os.path.join(code, "notes"))
            with MillraceServer("--db-path", database):
                self.wait_until(lambda: set(os.listdir(code)) == {kept, "notes"})


if __name__ == "__main__":
    unittest.main()
