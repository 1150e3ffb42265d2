"""Why a function got a record, or did not, and what Prometheus reads."""

import json
import re
import unittest
import urllib.parse
import urllib.request

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, IN_PROCESS_ECHO, create_function


class WhyAndMetrics(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")
        self.client = self.server.client("lambda")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]

    def create_mapping(self, function, **arguments):
        return self.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName=function,
            **{"StartingPosition": "TRIM_HORIZON", "BatchSize": 10, **arguments})["UUID"]

    def why(self, uuid, **query):
        return self.server.request("GET", f"/_millrace/mappings/{uuid}/why?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}")

    def fate(self, uuid, key):
        status, answer = self.why(uuid, key=json.dumps({"pk": {"S": key}}))
        self.assertEqual(status, 200, answer)
        return answer["records"][0]

    def metrics(self):
        with urllib.request.urlopen(self.server.url + "/metrics") as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            text = answer.read().decode()
        samples = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
                samples.setdefault(name, []).append((labels, float(value)))
        return samples

    def test_a_record_that_was_filtered_out_and_one_that_was_delivered(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        uuid = self.create_mapping("echo", FilterCriteria={"Filters": [
            {"Pattern": json.dumps({"dynamodb": {"NewImage": {"kind": {"S": ["b"]}}}})}]})
        self.dynamodb.put_item(TableName="people", Item={"pk": {"S": "a"}, "kind": {"S": "a"}})
        self.dynamodb.put_item(TableName="people", Item={"pk": {"S": "b"}, "kind": {"S": "b"}})
        self.server.drain(uuid)
        filtered = self.fate(uuid, "a")
        self.assertEqual(filtered["fate"], "filtered")
        self.assertIn('dynamodb.NewImage.kind.S is "a", and the filter asks for ["b"].', filtered["why"])
        [refusal] = filtered["filters"][0]["refusals"]
        self.assertEqual((refusal["path"], refusal["wants"], refusal["found"]),
                         ("dynamodb.NewImage.kind.S", '["b"]', '"a"'))
        delivered = self.fate(uuid, "b")
        self.assertEqual(delivered["fate"], "delivered")
        status, answer = self.why(uuid, sequenceNumber=delivered["sequenceNumber"])
        self.assertEqual((status, answer["records"]), (200, [delivered]))

        samples = self.metrics()
        value = lambda name: samples[name][0][1]
        self.assertEqual(value("millrace_esm_polled_events_total"), 2)
        self.assertEqual(value("millrace_esm_filtered_out_events_total"), 1)
        self.assertEqual(value("millrace_esm_invoked_events_total"), 1)
        self.assertEqual(value("millrace_esm_records_delivered_total"), 1)
        self.assertEqual(value("millrace_lambda_invocations_total"), 1)
        self.assertEqual(value("millrace_lambda_duration_seconds_count"), 1)
        self.assertIn(f'mapping="{uuid}",function="echo"', samples["millrace_esm_polled_events_total"][0][0])

    def test_records_behind_a_failing_batch_and_given_up(self):
        def fail(_event):
            raise FunctionFailed("Trouble", "it does not work")

        self.server.clock(freeze=True)
        create_function(self.client, "orders", EXTERNAL)
        self.enterContext(ExternalFunction(self.server.runtime_api_port, "orders", fail))
        uuid = self.create_mapping("orders", BatchSize=1, MaximumRetryAttempts=1)
        put(self.dynamodb, "people", "a", "b")
        self.server.request("POST", "/_millrace/drain", {"timeoutSeconds": 1})
        first = self.fate(uuid, "a")
        self.assertEqual((first["fate"], first["attempt"]), ("retrying", 1))
        self.assertIn("it does not work", first["why"])
        self.assertIn("nextAttemptAt", first)
        self.assertEqual(self.fate(uuid, "b")["fate"], "behind-failing-batch")
        self.server.clock(advance="10s")
        self.assertEqual(self.fate(uuid, "a")["fate"], "given-up")
        samples = self.metrics()
        self.assertEqual(samples["millrace_esm_dropped_events_total"][0][1], 2)
        self.assertEqual(samples["millrace_esm_failed_invoke_events_total"][0][1], 4)
        self.assertEqual(samples["millrace_lambda_errors_total"][0][1], 4)

    def test_a_disabled_mapping_one_with_latest_and_what_there_is_not(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        put(self.dynamodb, "people", "before")
        uuid = self.create_mapping("echo", StartingPosition="LATEST")
        put(self.dynamodb, "people", "after")
        self.server.drain(uuid)
        self.assertEqual(self.fate(uuid, "before")["fate"], "before-start")
        self.assertEqual(self.fate(uuid, "after")["fate"], "delivered")
        self.client.update_event_source_mapping(UUID=uuid, Enabled=False)
        put(self.dynamodb, "people", "later")
        self.assertEqual(self.fate(uuid, "later")["fate"], "disabled")
        self.assertEqual(self.fate(uuid, "never")["fate"], "no-such-record")
        self.assertEqual(self.why(uuid, sequenceNumber="1" + f"{99:020}")[1]["records"][0]["fate"], "no-such-record")

    def test_what_has_left_the_stream_and_what_is_in_a_newer_one(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        uuid = self.create_mapping("echo")
        put(self.dynamodb, "people", "a", "b")
        self.server.drain(uuid)
        number = self.fate(uuid, "a")["sequenceNumber"]
        self.server.clock(advance="25h")
        self.assertEqual(self.why(uuid, sequenceNumber=number)[1]["records"][0]["fate"], "trimmed")
        self.dynamodb.delete_table(TableName="people")
        newer = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        put(self.dynamodb, "people", "c")
        record = self.fate(uuid, "c")
        self.assertEqual(record["fate"], "other-stream")
        self.assertIn(newer, record["why"])

    def test_bad_questions_are_refused(self):
        create_function(self.client, "echo", IN_PROCESS_ECHO)
        uuid = self.create_mapping("echo")
        for query in ({}, {"key": "{}", "sequenceNumber": "1"}, {"key": "x"}, {"key": '{"pk":{"X":1}}'},
                      {"sequenceNumber": "12"}):
            with self.subTest(query):
                self.assertEqual(self.why(uuid, **query)[0], 400)
        self.assertEqual(self.why("nobody", sequenceNumber="1" * 21)[0], 404)


if __name__ == "__main__":
    unittest.main()
