"""A disk that is full: who writes is told so, the log and /health say which file, and it goes on when there is room."""

import os
import resource
import tempfile
import unittest

import botocore.exceptions

from millrace_server import MillraceServer
from tables import create_people

ITEM = {"pk": {"S": "large"}, "text": {"S": "a" * 300_000}}


class FullDisk(unittest.TestCase):
    def test_is_told_as_what_it_is(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        log = self.enterContext(tempfile.TemporaryFile("w+"))
        server = self.enterContext(MillraceServer("--db-path", os.path.join(folder, "millrace.db"), log=log))
        dynamodb = server.client("dynamodb")
        create_people(dynamodb)
        dynamodb.put_item(TableName="people", Item={"pk": {"S": "kept"}})
        # A file that may not grow, which is what a quota or a small volume comes to.
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            for number in range(20):
                dynamodb.put_item(TableName="people", Item=ITEM | {"pk": {"S": f"{number}"}})
        self.assertEqual(refused.exception.response["Error"]["Code"], "InternalServerError")
        self.assertIn("there is no space left for the database", str(refused.exception))
        self.assertNotIn(folder, str(refused.exception))
        self.assertEqual(dynamodb.get_item(TableName="people", Key={"pk": {"S": "kept"}})["Item"], {"pk": {"S": "kept"}})
        status, health = server.request("GET", "/health")
        self.assertEqual(status, 503)
        self.assertIn("millrace.db", health["reason"])
        self.assertIn("free some space", health["reason"])

        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        dynamodb.put_item(TableName="people", Item=ITEM)
        self.assertEqual(server.request("GET", "/health")[0], 200)
        log.seek(0)
        lines = [line for line in log if "free some space" in line and folder in line]
        self.assertTrue(lines, "the log names the file and says what to do")


if __name__ == "__main__":
    unittest.main()
