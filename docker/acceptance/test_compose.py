#!/usr/bin/env python3
"""What must hold of docker/compose.yaml once it is up: asked from outside, as a user would, on the published ports.

Run by docker/check.sh. Every test leaves the services running and healthy.
"""

import datetime
import http.client
import json
import re
import unittest

from compose_project import PATIENCE_SECONDS, compose, engine, inspect, moment, wait_until

TABLE = "myDynamoDBTable"
START_MILLISECONDS = 50
STOP_SECONDS = 1.0
IMAGE_MEGABYTES_ABOVE_BASE = 40


def request(method, path, body=None, headers=None):
    """A request to the published port; the parsed JSON and the status."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=PATIENCE_SECONDS)
    connection.request(method, path, None if body is None else json.dumps(body), headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)


def dynamodb(operation, **body):
    status, answer = request("POST", "/", body, {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
        "X-Amz-Date": "20150121T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=check/20150121/us-east-1/dynamodb/aws4_request, "
                         "SignedHeaders=host, Signature=00"})
    if status != 200:
        raise AssertionError(f"{operation}: {status} {answer}")
    return answer


def is_ready():
    try:
        return request("GET", "/ready")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def put_order(number):
    dynamodb("PutItem", TableName=TABLE, Item={"customerId": {"S": "acceptance"}, "orderNumber": {"N": str(number)}})


def count_items():
    return dynamodb("Scan", TableName=TABLE, Select="COUNT")["Count"]


def drained():
    status, report = request("POST", "/_millrace/drain", {"timeoutSeconds": 30})
    if status != 200:
        raise AssertionError(f"drain answered {status}: {report}")
    return report["mappings"][0]["recordsDelivered"]


def records_in_log():
    """The event ids that the echo container has logged, in order."""
    return re.findall(r'"eventID":"([^"]+)"', compose("logs", "--no-color", "--no-log-prefix", "echo"))


def log_shows(count):
    return lambda: len(records_in_log()) >= count


class Compose(unittest.TestCase):
    def setUp(self):
        wait_until("millrace is ready", is_ready)

    def assert_check_passes(self):
        output = compose("run", "--rm", "--no-deps", "-T", "check", check=False)
        self.assertIn("every change reached the function", output)

    def test_1_one_shots_have_run_in_order_behind_the_health_check(self):
        seed = wait_until("seed and check are done", lambda: (
            all(inspect(one)["State"]["Status"] == "exited" for one in ("seed", "check")) and inspect("seed")))
        check, millrace, echo = inspect("check"), inspect("millrace"), inspect("echo")
        self.assertEqual((seed["State"]["ExitCode"], check["State"]["ExitCode"]), (0, 0), compose("logs"))
        self.assertEqual(millrace["State"]["Health"]["Status"], "healthy")
        # The first probe comes an interval after the start: whoever waits for it cannot start before.
        interval = datetime.timedelta(microseconds=millrace["Config"]["Healthcheck"]["Interval"] / 1000)
        first_probe = moment(millrace["State"]["StartedAt"]) + 0.9 * interval
        self.assertGreater(moment(seed["State"]["StartedAt"]), first_probe)
        self.assertGreater(moment(echo["State"]["StartedAt"]), first_probe)
        self.assertGreaterEqual(moment(check["State"]["StartedAt"]), moment(seed["State"]["FinishedAt"]))

    def test_2_the_echo_container_has_every_record_once(self):
        delivered = drained()
        wait_until("the echo container has logged them", log_shows(delivered))
        seen = records_in_log()
        self.assertGreater(delivered, 200)
        self.assertEqual((len(seen), len(set(seen))), (delivered, delivered))

    def test_3_another_seed_writes_nothing(self):
        before = drained(), count_items()
        output = compose("run", "--rm", "--no-deps", "-T", "seed")
        self.assertIn("writes were made before and are not made again", output)
        self.assertEqual((drained(), count_items()), before)
        self.assert_check_passes()

    def test_3_so_does_another_up(self):
        before = drained(), count_items(), moment(inspect("check")["State"]["StartedAt"])
        compose("up", "--detach", "--no-build", "--pull", "never")
        wait_until("check has run again", lambda: (
            moment(inspect("check")["State"]["StartedAt"]) > before[2]
            and inspect("check")["State"]["Status"] == "exited"))
        self.assertEqual([inspect(one)["State"]["ExitCode"] for one in ("seed", "check")], [0, 0])
        self.assertEqual((drained(), count_items()), before[:2])

    def restart(self, *stop):
        """Restarts millrace with records pending; everything must be there, and delivery must go on behind them."""
        delivered, items = drained(), count_items()
        wait_until("the echo container has logged what was before", log_shows(delivered))
        compose("stop", "echo")
        first = items + 1
        for number in range(first, first + 3):
            put_order(number)
        compose(*stop, "millrace")
        compose("start", "millrace")
        wait_until("millrace is ready again", is_ready)
        self.assertEqual(count_items(), items + 3)
        compose("start", "echo")
        self.assertEqual(drained(), delivered + 3)
        wait_until("the echo container has logged the rest", log_shows(delivered + 3))
        seen = records_in_log()
        self.assertEqual(len(seen), len(set(seen)), "a record from before the checkpoint came again")
        self.assert_check_passes()

    def test_4_a_restart_loses_nothing_and_goes_on_behind_the_checkpoint(self):
        self.restart("stop")

    def test_5_so_does_a_kill(self):
        self.restart("kill")

    def test_6_a_volume_that_is_not_writable_is_named_with_the_user(self):
        output = compose("run", "--rm", "--no-deps", "-T", "--user", "65534", "-e", "MILLRACE_DB_PATH=/data/other.db",
                         "millrace", check=False)
        self.assertRegex(output, r"\(uid 65534\) may not write into the folder /data; it belongs to \w+ \(uid 10001\)")

    def test_7_runs_as_a_user_and_reaps_orphans(self):
        inside = compose("exec", "-T", "millrace", "bash", "-c",
                         'id -u; stat -c %u /data; test "$(cat /proc/1/comm)" = millrace && echo first; '
                         '(sleep 0.1 &); sleep 0.5; grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null; true')
        self.assertEqual(inside.split(), ["10001", "10001", "first"])

    def test_8_starts_fast(self):
        # The ready line comes when the ports are bound; bash's clock is in microseconds.
        script = """
            for run in 1 2 3 4 5; do
              begun=${EPOCHREALTIME/./}
              exec {output}< <(exec millrace serve --port 0 --runtime-api-port 0 "$@" 2>/dev/null)
              read -r -u $output ready
              echo $(( ${EPOCHREALTIME/./} - begun ))
              kill $! && wait $!
            done"""
        for place, arguments in (("in memory", []), ("with a database", ["--db-path", "/data/start.db"])):
            times = compose("exec", "-T", "-e", "MILLRACE_DB_PATH=", "millrace", "bash", "-c", script, "bash", *arguments)
            milliseconds = sorted(int(line) / 1000 for line in times.split())
            self.assertEqual(len(milliseconds), 5, times)
            print(f"start {place}: {milliseconds[0]:.0f} to {milliseconds[-1]:.0f} ms")
            self.assertLess(milliseconds[2], START_MILLISECONDS)

    def test_9_understands_what_dynamodb_local_is_given(self):
        for arguments in (["-jar", "DynamoDBLocal.jar", "-sharedDb", "-inMemory", "-port", "8000"],
                          ["-jar", "DynamoDBLocal.jar", "-sharedDb", "-dbPath", "./data"]):
            for program in ("millrace", "java"):
                self.assert_serves(program, *arguments)

    def assert_serves(self, *command):
        output = compose("run", "--rm", "--no-deps", "-T", "-e", "MILLRACE_DB_PATH=", "--entrypoint", "timeout",
                         "millrace", "1", *command, check=False)
        self.assertRegex(output, r'"event":"ready","port":8000\b')

    def test_9_the_health_check_finds_the_port_of_the_command_line(self):
        name = "millrace-check-port"
        compose("run", "--detach", "--no-deps", "--name", name, "-e", "MILLRACE_DB_PATH=", "millrace",
                "-jar", "DynamoDBLocal.jar", "-inMemory", "-port", "8123")
        try:
            wait_until("a server on another port is healthy",
                       lambda: engine(f"/containers/{name}/json")["State"]["Health"]["Status"] == "healthy")
        finally:
            engine(f"/containers/{name}?force=true", "DELETE")

    def test_image_is_small(self):
        image, base = engine("/images/millrace/json"), engine("/images/debian:bookworm-slim/json")
        if base is None:
            self.skipTest("the engine keeps no debian:bookworm-slim to compare with")
        megabytes = (image["Size"] - base["Size"]) / 1e6
        print(f"image: {megabytes:.1f} MB above its base")
        self.assertLess(megabytes, IMAGE_MEGABYTES_ABOVE_BASE)

    def test_z_stops_in_time_and_cleanly(self):
        begun = datetime.datetime.now(datetime.timezone.utc)
        compose("stop")
        for service in ("echo", "millrace"):  # in this order: who depends on another is stopped before it
            state = inspect(service)["State"]
            ended = moment(state["FinishedAt"])
            print(f"stop {service}: {(ended - begun).total_seconds():.2f} s, with what the command line takes itself")
            self.assertEqual(state["ExitCode"], 0, service)
            self.assertLess((ended - begun).total_seconds(), STOP_SECONDS)
            begun = ended
        compose("start", "millrace", "echo")
        wait_until("millrace is ready", is_ready)
        wait_until("millrace is healthy", lambda: inspect("millrace")["State"]["Health"]["Status"] == "healthy")


if __name__ == "__main__":
    unittest.main(verbosity=2)
