"""The commands `replay` and `check`, as docker/compose.yaml runs them: again and again, across restarts."""

import os
import subprocess
import tempfile
import threading
import time
import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer, millrace_binary

ORDERS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "fixtures", "orders")
FUNCTION = "echoDynamoDBEvent"


def run(server, command, *arguments):
    """Runs a command of the millrace binary against the server; returns its exit status and everything it printed."""
    done = subprocess.run([millrace_binary(), command, ORDERS, "--endpoint", server.url, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


class Replay(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.arguments = ("--db-path", os.path.join(folder, "millrace.db"))

    def assert_runs(self, server, command, *arguments):
        status, output = run(server, command, *arguments)
        self.assertEqual(status, 0, output)
        return output

    def seed(self, server):
        return self.assert_runs(server, "replay", "--external", "--once", "--no-drain")

    def test_check_counts_across_a_restart_what_was_delivered_before_it(self):
        with MillraceServer(*self.arguments) as server:
            self.seed(server)
            with ExternalFunction(server.runtime_api_port, FUNCTION) as function:
                self.assert_runs(server, "check")
                delivered = len(function.records)
        server = self.enterContext(MillraceServer(*self.arguments))
        with ExternalFunction(server.runtime_api_port, FUNCTION) as function:
            output = self.assert_runs(server, "check")
            self.assertRegex(output, rf"records written +{delivered}\nrecords delivered +{delivered}\n")
            self.assertEqual(function.events, [])

    def test_check_fails_as_long_as_nobody_takes_the_records(self):
        server = self.enterContext(MillraceServer(*self.arguments))
        self.seed(server)
        status, output = run(server, "check", "--drain-timeout", "0")
        self.assertEqual(status, 1)
        self.assertIn(FUNCTION, output)

    def test_a_second_replay_writes_nothing_twice(self):
        server = self.enterContext(MillraceServer(*self.arguments))
        self.seed(server)
        with ExternalFunction(server.runtime_api_port, FUNCTION) as function:
            self.assertRegex(self.seed(server), r"(\d+) of \1 writes were made before")
            self.assert_runs(server, "check")
            keys = [record["eventID"] for record in function.records]
            self.assertEqual(len(keys), len(set(keys)))

    def test_an_interrupted_replay_is_finished(self):
        with open(os.path.join(ORDERS, "writes.jsonl"), encoding="utf-8") as lines:
            writes = lines.readlines()
        half = self.enterContext(tempfile.TemporaryDirectory())
        for name in ("table.json", "function.json", "event_source_mapping.json"):
            os.symlink(os.path.abspath(os.path.join(ORDERS, name)), os.path.join(half, name))
        with open(os.path.join(half, "writes.jsonl"), "w", encoding="utf-8") as lines:
            lines.writelines(writes[:len(writes) // 2])
        server = self.enterContext(MillraceServer(*self.arguments))
        subprocess.run([millrace_binary(), "replay", half, "--endpoint", server.url, "--external", "--no-drain"],
                       check=True, capture_output=True, timeout=60)
        with ExternalFunction(server.runtime_api_port, FUNCTION):
            self.assertIn(f" of {len(writes)} writes were made before", self.seed(server))
            self.assert_runs(server, "check")


class Stop(unittest.TestCase):
    """What keeps a container from stopping in time."""

    def stop_in_time(self, server, seconds):
        begun = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - begun, seconds)

    def test_does_not_wait_for_a_function_that_nobody_runs(self):
        server = self.enterContext(MillraceServer())
        status, output = run(server, "replay", "--external", "--no-drain")
        self.assertEqual(status, 0, output)
        self.stop_in_time(server, 2)

    def test_waits_no_longer_than_told_for_a_function_that_hangs(self):
        server = self.enterContext(MillraceServer("--shutdown-grace", "1"))
        status, output = run(server, "replay", "--external", "--no-drain")
        self.assertEqual(status, 0, output)
        asleep = self.enterContext(HangingFunction(server))
        asleep.wait_until_called()
        self.stop_in_time(server, 3)


class HangingFunction:
    """Takes an event and never answers."""

    def __init__(self, server):
        self._called = threading.Event()
        self._released = threading.Event()
        self._function = ExternalFunction(server.runtime_api_port, FUNCTION, self._hang)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._released.set()
        self._function.close()

    def wait_until_called(self):
        if not self._called.wait(timeout=20):
            raise AssertionError("the function was not called")

    def _hang(self, event):
        self._called.set()
        self._released.wait(timeout=60)
        return event


if __name__ == "__main__":
    unittest.main()
