"""`millrace up`, the first thing anyone sees: the walkthrough on one screen."""

import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from millrace_server import millrace_binary

ORDERS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..", "fixtures", "orders"))
LINES, COLUMNS = 40, 100
CHANGES = 221
TIMEOUT = 60


def command(*arguments, port="0", fixture=ORDERS):
    return [millrace_binary(), "up", "--port", port, "--fixture", fixture, *arguments]


def up(*arguments, **settings):
    done = subprocess.run(command(*arguments, **settings), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT)
    return done.returncode, done.stdout, done.stderr


class Staying:
    """`up --stay`, as far as it has told what to try."""

    def __enter__(self):
        self.process = subprocess.Popen(command("--stay"), stdout=subprocess.PIPE, text=True)
        screen = ""
        while "/_millrace/status" not in screen:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError("up --stay ended: " + screen)
            screen += line
        self.port = re.search(r"http://localhost:(\d+) until Ctrl-C", screen).group(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=TIMEOUT)


def on_a_terminal(environment):
    """What `up` writes when its standard output is a terminal."""
    terminal, standard_output = pty.openpty()
    process = subprocess.Popen(command(), stdout=standard_output, env=environment)
    os.close(standard_output)
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # how Linux reports that nobody has the other end open any more
        pass
    finally:
        os.close(terminal)
    return process.wait(timeout=TIMEOUT), written.decode()


def events_in(screen):
    return [json.loads(text) for text in re.findall(r'(?ms)^\{"Records": .*?^\}?\]\}$', screen)]


class Screen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.status, cls.screen, cls.errors = up()

    def test_all_is_well_and_nothing_else_is_said(self):
        self.assertEqual(self.status, 0, self.screen + self.errors)
        self.assertEqual(self.errors, "")

    def test_fits(self):
        lines = self.screen.splitlines()
        self.assertLessEqual(len(lines), LINES, self.screen)
        for line in lines:
            self.assertLessEqual(len(line), COLUMNS, line)

    def test_has_no_colour_in_a_pipe(self):
        self.assertNotIn("\x1b", self.screen)

    def test_says_what_was_made(self):
        self.assertRegex(self.screen, r"(?m)^table   myDynamoDBTable: customerId \(HASH\), orderNumber \(RANGE\)$")
        self.assertRegex(self.screen, r"(?m)^stream  arn:aws:dynamodb:\S+:table/myDynamoDBTable/stream/\S+$")
        self.assertRegex(self.screen, r"(?m)^lambda  echoDynamoDBEvent\b")
        self.assertRegex(self.screen, r"(?m)^mapping [0-9a-f-]{36}: TRIM_HORIZON, batch size 10, Enabled$")

    def test_shows_the_first_and_the_last_records(self):
        records = re.findall(r"(?m)^(?:INSERT|MODIFY|REMOVE) .*$", self.screen)
        self.assertEqual(len(records), 5)
        self.assertTrue(records[0].startswith("INSERT c-000/1000  gift true, status PLACED"), records[0])
        self.assertEqual(records[-1], "MODIFY c-007/1040  status PLACED → PAID")
        self.assertIn(f"… {CHANGES - 5} more (--events prints all)", self.screen)

    def test_shows_the_last_event_in_full(self):
        event, = events_in(self.screen)
        record, = event["Records"]
        self.assertEqual(record["eventName"], "MODIFY")
        self.assertEqual(record["dynamodb"]["NewImage"]["status"], {"S": "PAID"})
        self.assertEqual(record["dynamodb"]["OldImage"]["status"], {"S": "PLACED"})
        self.assertEqual(record["eventSource"], "aws:dynamodb")

    def test_reads_full_batches(self):
        counted = re.search(r"(\d+) records written, (\d+) delivered, (\d+) batches, (\d+) invocations, (\d+) errors", self.screen)
        written, delivered, batches, invocations, errors = map(int, counted.groups())
        self.assertEqual((written, delivered, errors), (CHANGES, CHANGES, 0))
        self.assertEqual((batches, invocations), ((CHANGES + 9) // 10,) * 2)

    def test_names_three_commands_to_try(self):
        for command_to_try in ("up --stay", "aws dynamodb put-item --endpoint-url http://localhost:8000", "curl -X POST"):
            self.assertIn(command_to_try, self.screen)


class Events(unittest.TestCase):
    def test_prints_every_record_and_every_event(self):
        status, screen, errors = up("--events")
        self.assertEqual(status, 0, errors)
        self.assertEqual(len(re.findall(r"(?m)^(?:INSERT|MODIFY|REMOVE) ", screen)), CHANGES)
        events = events_in(screen)
        self.assertEqual(sum(len(event["Records"]) for event in events), CHANGES)


class Terminal(unittest.TestCase):
    def test_is_coloured(self):
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        status, screen = on_a_terminal(environment)
        self.assertEqual(status, 0, screen)
        self.assertIn("\x1b[32mINSERT\x1b[0m c-000/1000", screen)

    def test_is_not_coloured_for_those_who_do_not_want_it(self):
        status, screen = on_a_terminal({**os.environ, "NO_COLOR": "1"})
        self.assertEqual(status, 0, screen)
        self.assertNotIn("\x1b", screen)


class Stay(unittest.TestCase):
    def test_serves_on_and_shows_what_comes_until_it_is_interrupted(self):
        staying = self.enterContext(Staying())
        item = {"customerId": {"S": "me"}, "orderNumber": {"N": "1"}}
        request = urllib.request.Request(
            f"http://127.0.0.1:{staying.port}/", data=json.dumps({"TableName": "myDynamoDBTable", "Item": item}).encode(),
            headers={"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0",
                     "X-Amz-Date": "20150121T000000Z",
                     "Authorization": "AWS4-HMAC-SHA256 Credential=x/20150121/us-east-1/dynamodb/aws4_request, "
                                      "SignedHeaders=host, Signature=00"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            self.assertEqual(answer.status, 200)
        self.assertEqual(staying.process.stdout.readline(), "INSERT me/1\n")
        staying.process.send_signal(signal.SIGINT)
        self.assertEqual(staying.process.wait(timeout=TIMEOUT), 0)


class Failures(unittest.TestCase):
    def test_a_missing_fixture_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = os.path.join(folder, "none")
            status, _, errors = up(fixture=missing)
            self.assertEqual(status, 2)
            self.assertIn(f"the folder {missing} does not exist", errors)

    def test_a_place_without_the_default_fixture_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([millrace_binary(), "up", "--port", "0"], cwd=folder, capture_output=True, text=True,
                                  timeout=TIMEOUT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--fixture: the folder fixtures/orders does not exist", done.stderr)

    def test_a_port_that_is_taken_is_said_with_the_cure(self):
        with Staying() as staying:
            status, _, errors = up(port=staying.port)
        self.assertEqual(status, 1)
        self.assertIn(f"cannot listen on localhost:{staying.port}", errors)
        self.assertIn("another program listens there already. Choose another port with --port", errors)


if __name__ == "__main__":
    unittest.main()
