"""Event source mappings through boto3: their life, and what reaches the function."""

import json
import os
import subprocess
import time
import unittest

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer, echo_binary
from tables import create_people, put
from test_functions import EXTERNAL, IN_PROCESS_ECHO, create_function, zipped_bootstrap

STATE_TIMEOUT_SECONDS = 20


class EventSourceMappings(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")
        self.client = self.server.client("lambda")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]

    def create_mapping(self, function, **arguments):
        mapping = self.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName=function,
            **{"StartingPosition": "TRIM_HORIZON", "BatchSize": 10, **arguments})
        self.await_state(mapping["UUID"], "Enabled" if arguments.get("Enabled", True) else "Disabled")
        return mapping

    def await_state(self, uuid, state):
        deadline = time.monotonic() + STATE_TIMEOUT_SECONDS
        shown = None
        while shown != state:
            self.assertLess(time.monotonic(), deadline, f"the mapping stays {shown}, not {state}")
            shown = self.client.get_event_source_mapping(UUID=uuid)["State"]

    def external(self, name="orders", handler=lambda event: event):
        create_function(self.client, name, EXTERNAL)
        return self.enterContext(ExternalFunction(self.server.runtime_api_port, name, handler))

    def test_creates_gets_lists_updates_and_deletes(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        mapping = self.create_mapping("echo")
        self.assertEqual((mapping["BatchSize"], mapping["StartingPosition"], mapping["EventSourceArn"]),
                         (10, "TRIM_HORIZON", self.stream_arn))
        uuid = mapping["UUID"]

        pages = self.client.get_paginator("list_event_source_mappings").paginate(FunctionName="echo")
        self.assertEqual([entry["UUID"] for page in pages for entry in page["EventSourceMappings"]], [uuid])

        self.client.update_event_source_mapping(UUID=uuid, BatchSize=25)
        self.await_state(uuid, "Enabled")
        self.assertEqual(self.client.get_event_source_mapping(UUID=uuid)["BatchSize"], 25)

        self.assertEqual(self.client.delete_event_source_mapping(UUID=uuid)["State"], "Deleting")
        deadline = time.monotonic() + STATE_TIMEOUT_SECONDS
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            while time.monotonic() < deadline:
                self.client.get_event_source_mapping(UUID=uuid)

    def test_refuses_the_same_pair_twice(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        self.create_mapping("echo")
        with self.assertRaises(self.client.exceptions.ResourceConflictException):
            self.create_mapping("echo")

    def test_refuses_a_missing_function_and_a_missing_stream(self):
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException) as caught:
            self.create_mapping("nobody")
        self.assertEqual(caught.exception.response["Error"]["Message"], "Function does not exist")
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        self.stream_arn = self.stream_arn.replace("table/people", "table/nobody")
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException) as caught:
            self.create_mapping("echo")
        self.assertEqual(caught.exception.response["Error"]["Message"], f"Stream not found: {self.stream_arn}")

    def test_records_reach_a_linked_handler(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        uuid = self.create_mapping("echo")["UUID"]
        put(self.dynamodb, "people", "a", "b", "c")
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["uuid"], report["recordsDelivered"], report["errors"]), (uuid, 3, 0))
        self.assertEqual(self.client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"], "OK")

    def test_records_reach_a_bootstrap_from_a_zip(self):
        create_function(self.client, "zipped", {"ZipFile": zipped_bootstrap(echo_binary())}, Timeout=30)
        uuid = self.create_mapping("zipped")["UUID"]
        put(self.dynamodb, "people", "a", "b")
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["recordsDelivered"], report["errors"]), (2, 0))

    def test_records_reach_an_external_process_as_lambda_events(self):
        function = self.external()
        self.create_mapping("orders")
        put(self.dynamodb, "people", "a", "b")
        self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "a"}})
        self.server.drain()
        self.assertEqual([record["eventName"] for record in function.records], ["INSERT", "INSERT", "REMOVE"])
        self.assertEqual(function.keys(), ["a", "b", "a"])
        for record in function.records:
            self.assertEqual(record["eventSourceARN"], self.stream_arn)
            self.assertEqual(record["eventSource"], "aws:dynamodb")

    def test_records_reach_a_bootstrap_that_somebody_else_started(self):
        create_function(self.client, "outside", EXTERNAL)
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.runtime_api_port}/outside"}
        bootstrap = subprocess.Popen([echo_binary()], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            uuid = self.create_mapping("outside")["UUID"]
            put(self.dynamodb, "people", "a", "b")
            [report] = self.server.drain(uuid)["mappings"]
            self.assertEqual((report["recordsDelivered"], report["errors"]), (2, 0))
        finally:
            bootstrap.terminate()
            output, _ = bootstrap.communicate(timeout=STATE_TIMEOUT_SECONDS)
        self.assertEqual(bootstrap.returncode, 0)
        events = [json.loads(line)["event"] for line in output.splitlines() if "echoDynamoDBEvent" in line]
        keys = [record["dynamodb"]["Keys"]["pk"]["S"] for event in events for record in event["Records"]]
        self.assertEqual(keys, ["a", "b"])

    def test_a_batch_never_has_more_records_than_its_size(self):
        function = self.external()
        put(self.dynamodb, "people", *(f"{n:02}" for n in range(25)))
        self.create_mapping("orders", BatchSize=10)
        self.server.drain()
        self.assertEqual(function.keys(), [f"{n:02}" for n in range(25)])
        self.assertLessEqual(max(len(event["Records"]) for event in function.events), 10)

    def test_latest_leaves_out_what_was_written_before(self):
        function = self.external()
        put(self.dynamodb, "people", "before")
        self.create_mapping("orders", StartingPosition="LATEST")
        put(self.dynamodb, "people", "after")
        self.server.drain()
        self.assertEqual(function.keys(), ["after"])

    def test_a_failed_batch_comes_again(self):
        failures = [FunctionFailed("Trouble", "the first attempt fails")]

        def fail_once(event):
            if failures:
                raise failures.pop()
            return event

        function = self.external(handler=fail_once)
        self.create_mapping("orders")
        put(self.dynamodb, "people", "a")
        [report] = self.server.drain()["mappings"]
        self.assertEqual(function.keys(), ["a", "a"])
        self.assertEqual(function.events[0], function.events[1])
        self.assertEqual(report["errors"], 1)

    def test_goes_on_from_its_checkpoint_when_enabled_again(self):
        function = self.external()
        uuid = self.create_mapping("orders")["UUID"]
        put(self.dynamodb, "people", "first")
        self.server.drain()

        self.client.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.await_state(uuid, "Disabled")
        put(self.dynamodb, "people", "meanwhile")
        self.assertEqual(function.keys(), ["first"])

        self.client.update_event_source_mapping(UUID=uuid, Enabled=True)
        self.await_state(uuid, "Enabled")
        put(self.dynamodb, "people", "last")
        self.server.drain()
        self.assertEqual(function.keys(), ["first", "meanwhile", "last"])

    def test_without_a_process_the_cause_is_told_and_control_calls_do_not_wait(self):
        create_function(self.client, "orders", EXTERNAL)
        uuid = self.create_mapping("orders")["UUID"]
        put(self.dynamodb, "people", "a")
        status, report = self.server.request("POST", "/_millrace/drain", {"timeoutSeconds": 1})
        self.assertEqual(status, 504)
        self.assertIn("no process is attached to the external function orders", report["stuck"][0]["reason"])
        self.client.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.assertEqual(self.client.get_event_source_mapping(UUID=uuid)["State"], "Disabled")
        self.client.update_event_source_mapping(UUID=uuid, Enabled=True)
        self.client.delete_event_source_mapping(UUID=uuid)
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.get_event_source_mapping(UUID=uuid)

    def test_a_mapping_on_a_table_made_anew_is_told_of_the_newer_stream(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        uuid = self.create_mapping("echo")["UUID"]
        self.dynamodb.delete_table(TableName="people")
        self.dynamodb.get_waiter("table_not_exists").wait(TableName="people")
        newer = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        put(self.dynamodb, "people", "a")
        [report] = self.server.drain(uuid)["mappings"]
        self.assertIn(f"The stream {self.stream_arn} is disabled", report["warning"])
        self.assertIn(f"create a mapping with EventSourceArn {newer}", report["warning"])

    def test_a_stream_of_another_region_is_refused_with_a_hint(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        self.stream_arn = self.stream_arn.replace(":eu-west-1:", ":us-west-2:")
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException) as caught:
            self.create_mapping("echo")
        self.assertIn("it is of region us-west-2, this request of region eu-west-1", caught.exception.response["Error"]["Message"])

    def test_a_drain_says_why_it_cannot_end(self):
        def always_fail(_event):
            raise FunctionFailed("Trouble", "never works")

        self.external(handler=always_fail)
        self.create_mapping("orders")
        put(self.dynamodb, "people", "a")
        status, report = self.server.request("POST", "/_millrace/drain", {"timeoutSeconds": 2})
        self.assertEqual((status, report["drained"]), (504, False))
        self.assertEqual(len(report["stuck"]), 1)
        self.assertIn("the function 'orders' failed (Trouble: never works)", report["stuck"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
