"""A server that gets no more memory: the request fails, with a line of the log, and the server goes on."""

import http.client
import json
import resource
import tempfile
import unittest

from beside import headers_of
from millrace_server import MillraceServer

ROOM = 64_000_000  # bytes that the server may take beyond what it has


class OutOfMemory(unittest.TestCase):
    def setUp(self):
        self.log = self.enterContext(tempfile.TemporaryFile("w+"))
        self.server = self.enterContext(MillraceServer(log=self.log))
        # What it will need in any case, it has from here on.
        self.assertEqual(self.send("/", json.dumps({"a": "b" * 100_000}), headers_of("ListTables"))[0], 200)
        with open(f"/proc/{self.server.pid}/statm", encoding="ascii") as statistics:
            pages = int(statistics.read().split()[0])
        limit = pages * resource.getpagesize() + ROOM
        resource.prlimit(self.server.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

    def tearDown(self):
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.server.pid, resource.RLIMIT_AS, unlimited)

    def send(self, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(connection.close)
        try:
            connection.request("POST", path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before everything was sent
        with connection.getresponse() as answer:
            return answer.status, json.loads(answer.read())

    def assert_goes_on(self):
        self.assertEqual(self.send("/", "{}", headers_of("ListTables")), (200, {"TableNames": []}))
        self.log.seek(0)
        self.assertIn("out of memory", self.log.read())

    def test_dynamodb(self):
        body = json.dumps({"TableName": "Tab", "Item": {"pk": {"S": "a" * 15_000_000}}})
        status, answer = self.send("/", body, headers_of("PutItem"))
        self.assertEqual((status, answer["__type"].split("#")[1]), (500, "InternalServerError"))
        self.assert_goes_on()

    def test_lambda(self):
        status, answer = self.send("/2015-03-31/functions", json.dumps({"Code": {"ZipFile": "A" * 66_000_000}}),
                                   {"Content-Type": "application/json"})
        self.assertEqual((status, answer["Type"]), (500, "Service"))
        self.assert_goes_on()


if __name__ == "__main__":
    unittest.main()
