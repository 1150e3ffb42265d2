"""The fault plan over HTTP and from a file: what fires is what clients would see, and it ends when it is told to."""

import json
import os
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from external_function import ExternalFunction
from millrace_server import REGION, MillraceServer, millrace_binary
from tables import create_people, put
from test_functions import EXTERNAL, create_function

THROTTLED = ("The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
             "provisioning level with the UpdateTable API.")


class Faults(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer("--function", "orders=in-process:echo"))
        self.dynamodb = self.server.client("dynamodb")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]

    def faults(self, method="GET", plan=None):
        status, report = self.server.request(method, "/_millrace/faults", plan)
        self.assertEqual(status, 200, report)
        return report

    def plan(self, **points):
        """Names with underscores for dots, and their rules."""
        return self.faults("PUT", {"seed": 7, "points": {name.replace("_", "."): rule for name, rule in points.items()}})

    def fired(self, point):
        counted = self.faults()["points"][point]
        return counted["passed"], counted["fired"]

    def patient_client(self):
        return boto3.client("dynamodb", endpoint_url=self.server.url, region_name=REGION, aws_access_key_id="local",
                            aws_secret_access_key="local",
                            config=Config(retries={"max_attempts": 5, "mode": "standard"}))

    def keys(self):
        return sorted(item["pk"]["S"] for item in self.dynamodb.scan(TableName="people")["Items"])

    def test_there_is_no_plan_until_one_is_given(self):
        report = self.faults()
        self.assertFalse(report["planned"])
        self.assertIn("InternalServerError", report["points"]["storage.commit"]["meaning"])
        report = self.plan(dynamodb_throttle={"times": 1, "after": 2, "probability": 0.5})
        self.assertEqual((report["planned"], report["seed"]), (True, 7))
        rule = report["points"]["dynamodb.throttle"]
        self.assertEqual((rule["times"], rule["after"], rule["probability"], rule["passed"], rule["fired"]), (1, 2, 0.5, 0, 0))

    def test_an_sdk_gets_through_a_throttle(self):
        self.plan(dynamodb_throttle={"times": 2})
        with self.assertRaises(self.dynamodb.exceptions.ProvisionedThroughputExceededException) as caught:
            put(self.dynamodb, "people", "a")
        self.assertEqual(caught.exception.response["Error"]["Message"], THROTTLED)
        self.plan(dynamodb_throttle={"times": 2})
        put(self.patient_client(), "people", "a")
        self.assertEqual(self.fired("dynamodb.throttle"), (3, 2))
        self.assertEqual(self.keys(), ["a"])

    def test_what_was_not_committed_is_not_there_until_the_plan_ends(self):
        put(self.dynamodb, "people", "before")
        self.plan(storage_commit={})
        with self.assertRaises(ClientError) as caught:
            put(self.dynamodb, "people", "lost")
        self.assertEqual(caught.exception.response["Error"]["Code"], "InternalServerError")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)
        self.assertEqual(self.keys(), ["before"])
        self.assertFalse(self.faults("DELETE")["planned"])
        put(self.dynamodb, "people", "after")
        self.assertEqual(self.keys(), ["after", "before"])

    def test_an_answer_that_is_lost_was_done_and_the_plan_can_still_be_ended(self):
        self.plan(http_answer_lost={})
        with self.assertRaises(ConnectionClosedError):
            put(self.dynamodb, "people", "a")
        self.assertEqual(self.fired("http.answer.lost"), (1, 1))
        with urllib.request.urlopen(self.server.url + "/ready") as answer:
            self.assertEqual(answer.status, 200)
        self.faults("DELETE")
        self.assertEqual(self.keys(), ["a"])

    def test_who_reads_a_stream_is_throttled(self):
        streams = self.server.client("dynamodbstreams")
        put(self.dynamodb, "people", "a")
        [shard] = streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard["ShardId"],
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.plan(streams_throttle={"times": 1})
        with self.assertRaises(streams.exceptions.LimitExceededException):
            streams.get_records(ShardIterator=iterator)
        self.assertEqual(len(streams.get_records(ShardIterator=iterator)["Records"]), 1)

    def test_a_mapping_gets_through_what_strikes_it(self):
        self.plan(esm_read={"times": 1}, esm_save={"times": 1}, lambda_invoke_throttle={"times": 1},
                  lambda_invoke_error={"times": 1})
        self.server.client("lambda").create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName="orders", StartingPosition="TRIM_HORIZON")
        put(self.dynamodb, "people", "a")
        [report] = self.server.drain()["mappings"]
        self.assertEqual(report["recordsDelivered"], 1)
        self.assertEqual(report["invocations"], 2, "the error and the success: a checkpoint that is lost is no call")
        for point in ("esm.read", "esm.save", "lambda.invoke.throttle", "lambda.invoke.error"):
            self.assertEqual(self.fired(point)[1], 1, point)

    def test_an_answer_of_a_runtime_that_is_lost_is_the_end_of_its_invocation(self):
        client = self.server.client("lambda")
        create_function(client, "outside", EXTERNAL)
        self.plan(lambda_runtime_answer_lost={"times": 1})
        with ExternalFunction(self.server.runtime_api_port, "outside") as function:
            answer = client.invoke(FunctionName="outside", Payload='{"n":1}')
            self.assertEqual(answer["FunctionError"], "Unhandled")
            self.assertEqual(function.events, [{"n": 1}], "it ran, and nobody knows")
        with ExternalFunction(self.server.runtime_api_port, "outside"):
            answer = client.invoke(FunctionName="outside", Payload='{"n":2}')
            self.assertEqual((answer.get("FunctionError"), json.load(answer["Payload"])), (None, {"n": 2}))

    def test_refusals_name_the_points_there_are(self):
        def refusal(plan):
            status, answer = self.server.request("PUT", "/_millrace/faults", plan)
            self.assertEqual(status, 400, answer)
            return answer["message"]

        message = refusal({"points": {"storage.comit": {}}})
        self.assertIn("There is no fault point 'storage.comit'; there are ", message)
        for point in self.faults()["points"]:
            self.assertIn(point, message)
        self.assertIn("between 0 and 1", refusal({"points": {"storage.commit": {"probability": 2}}}))
        self.assertIn("whole number", refusal({"points": {"storage.commit": {"times": -1}}}))
        self.assertFalse(self.faults()["planned"], "a plan that is refused changes nothing")

    def test_a_web_page_may_not_strike(self):
        request = urllib.request.Request(self.server.url + "/_millrace/faults", data=b"{}", method="PUT",
                                         headers={"Origin": "https://example.org", "Content-Type": "text/plain"})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertEqual(caught.exception.code, 403)
        caught.exception.close()


class FaultsFromAFile(unittest.TestCase):
    def write(self, text):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "faults.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_hold_from_the_start(self):
        path = self.write(json.dumps({"points": {"dynamodb.throttle": {"times": 1}}}))
        with MillraceServer("--faults", path) as server:
            dynamodb = server.client("dynamodb")
            create_people(dynamodb)
            with self.assertRaises(dynamodb.exceptions.ProvisionedThroughputExceededException):
                put(dynamodb, "people", "a")
            put(dynamodb, "people", "a")

    def test_are_refused_with_a_sentence(self):
        def refusal(path):
            done = subprocess.run([millrace_binary(), "serve", "--port", "0", "--faults", path], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
            self.assertEqual(done.returncode, 1)
            return done.stdout

        self.assertIn("--faults: the file /nowhere/faults.json cannot be read", refusal("/nowhere/faults.json"))
        self.assertIn("there are storage.begin, ", refusal(self.write('{"points":{"nothing":{}}}')))
        self.assertIn("A fault plan cannot be read: ", refusal(self.write("{")))


if __name__ == "__main__":
    unittest.main()
