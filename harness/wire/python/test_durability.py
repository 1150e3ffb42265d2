"""With --db-path everything outlives the process, however it ends."""

import os
import tempfile
import threading
import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, create_function
from test_streams import read_all

TIMEOUT_SECONDS = 20


class Durability(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.arguments = ("--db-path", os.path.join(folder, "millrace.db"))

    def test_data_stream_mapping_and_checkpoint_outlive_a_kill(self):
        server = self.enterContext(MillraceServer(*self.arguments))
        dynamodb = server.client("dynamodb")
        stream_arn = create_people(dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        create_function(server.client("lambda"), "orders", EXTERNAL)
        mapping = server.client("lambda").create_event_source_mapping(
            EventSourceArn=stream_arn, FunctionName="orders", StartingPosition="TRIM_HORIZON")
        with ExternalFunction(server.runtime_api_port, "orders") as function:
            put(dynamodb, "people", "delivered")
            server.drain(mapping["UUID"])
            self.assertEqual(function.keys(), ["delivered"])
        put(dynamodb, "people", "written, not delivered")
        server.kill()

        server = self.enterContext(MillraceServer(*self.arguments))
        dynamodb = server.client("dynamodb")
        table = dynamodb.describe_table(TableName="people")["Table"]
        self.assertEqual(table["LatestStreamArn"], stream_arn)
        self.assertEqual(dynamodb.scan(TableName="people")["Count"], 2)
        self.assertEqual(len(read_all(server.client("dynamodbstreams"), stream_arn)), 2)
        shown = server.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
        self.assertEqual((shown["State"], shown["EventSourceArn"]), ("Enabled", stream_arn))

        with ExternalFunction(server.runtime_api_port, "orders") as function:
            put(dynamodb, "people", "written after the restart")
            server.drain(mapping["UUID"])
            self.assertEqual(function.keys(), ["written, not delivered", "written after the restart"])

    def test_an_orderly_stop_keeps_everything_too(self):
        with MillraceServer(*self.arguments) as server:
            create_people(server.client("dynamodb"))
            put(server.client("dynamodb"), "people", "a")
            server.client("dynamodb").update_time_to_live(
                TableName="people", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
        with MillraceServer(*self.arguments) as server:
            self.assertEqual(server.client("dynamodb").scan(TableName="people")["Count"], 1)
            shown = server.client("dynamodb").describe_time_to_live(TableName="people")["TimeToLiveDescription"]
            self.assertEqual(shown, {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"})

    def test_sigterm_during_an_update_lets_the_batch_end_and_keeps_its_checkpoint(self):
        begun, may_end = threading.Event(), threading.Event()

        def hold(event):
            begun.set()
            may_end.wait(TIMEOUT_SECONDS)
            return event

        server = self.enterContext(MillraceServer(*self.arguments))
        dynamodb, client = server.client("dynamodb"), server.client("lambda")
        stream_arn = create_people(dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        create_function(client, "orders", EXTERNAL)
        uuid = client.create_event_source_mapping(
            EventSourceArn=stream_arn, FunctionName="orders", StartingPosition="TRIM_HORIZON")["UUID"]
        with ExternalFunction(server.runtime_api_port, "orders", hold) as function:
            put(dynamodb, "people", "under way")
            self.assertTrue(begun.wait(TIMEOUT_SECONDS))
            self.assertEqual(client.update_event_source_mapping(UUID=uuid, BatchSize=7)["State"], "Updating")
            put(dynamodb, "people", "not begun")
            server.begin_stop()
            may_end.set()
            server.stop()
            self.assertEqual(function.keys(), ["under way"])

        server = self.enterContext(MillraceServer(*self.arguments))
        with ExternalFunction(server.runtime_api_port, "orders") as function:
            [report] = server.drain(uuid)["mappings"]
            self.assertEqual(function.keys(), ["not begun"])
            self.assertEqual(report["recordsDelivered"], 2)

    def test_without_a_path_everything_goes_with_the_process(self):
        with MillraceServer() as server:
            create_people(server.client("dynamodb"))
        with MillraceServer() as server:
            self.assertEqual(server.client("dynamodb").list_tables()["TableNames"], [])


if __name__ == "__main__":
    unittest.main()
