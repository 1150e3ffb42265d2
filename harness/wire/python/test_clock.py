"""The emulated clock over HTTP: read, freeze, set, advance; what follows it, and what does not."""

import json
import threading
import time
import unittest
from datetime import datetime, timezone

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, create_function

WAIT_SECONDS = 20
NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Clock(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = self.enterContext(MillraceServer(*self.arguments))
        self.dynamodb = self.server.client("dynamodb")
        self.streams = self.server.client("dynamodbstreams")
        self.client = self.server.client("lambda")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]

    def external(self, handler=lambda event: event, **arguments):
        create_function(self.client, "orders", EXTERNAL, **arguments)
        return self.enterContext(ExternalFunction(self.server.runtime_api_port, "orders", handler))

    def create_mapping(self, **arguments):
        return self.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName="orders",
            **{"StartingPosition": "TRIM_HORIZON", "BatchSize": 10, **arguments})["UUID"]

    def records(self):
        found = []
        for shard in self.streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]:
            iterator = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard["ShardId"],
                                                       ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            found += self.streams.get_records(ShardIterator=iterator)["Records"]
        return found

    def in_background(self, work):
        """Runs `work` in a thread; returns what waits for its result."""
        results = []
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
        self.addCleanup(thread.join)

        def result():
            thread.join(WAIT_SECONDS)
            [only] = results
            return only
        return result


class ClockThatRuns(Clock):
    def test_tells_real_time_until_it_is_moved_and_runs_on_from_there(self):
        status, told = self.server.request("GET", "/_millrace/clock")
        self.assertEqual(status, 200)
        self.assertAlmostEqual(told["epochSeconds"], time.time(), delta=5)
        self.assertAlmostEqual(told["aheadOfRealTimeSeconds"], 0, delta=0.1)
        self.assertFalse(told["frozen"])
        self.assertAlmostEqual(datetime.fromisoformat(told["now"].replace("Z", "+00:00")).timestamp(),
                               told["epochSeconds"], delta=0.002)
        moved = self.server.clock(advance="1h30m")
        self.assertGreaterEqual(moved["epochSeconds"], told["epochSeconds"] + 5400)
        self.assertAlmostEqual(moved["aheadOfRealTimeSeconds"], 5400, delta=5)
        self.assertEqual(self.server.clock()["frozen"], False)
        put(self.dynamodb, "people", "a")
        [record] = self.records()
        self.assertGreaterEqual(record["dynamodb"]["ApproximateCreationDateTime"].timestamp(),
                                told["epochSeconds"] + 5399)

    def test_a_function_that_runs_for_two_seconds_survives_four_hours(self):
        function = self.external(lambda event: time.sleep(2), Timeout=3)
        uuid = self.create_mapping()
        put(self.dynamodb, "people", "a", "b")
        self.server.clock(advance="4h")
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["recordsDelivered"], report["errors"]), (2, 0))
        self.assertEqual(sorted(function.keys()), ["a", "b"])

    def test_the_clock_passes_by_a_function_that_somebody_called(self):
        begun, may_end = threading.Event(), threading.Event()
        self.addCleanup(may_end.set)
        function = self.external(lambda event: begun.set() or may_end.wait(WAIT_SECONDS), Timeout=30)
        answer = self.in_background(lambda: self.client.invoke(FunctionName="orders", Payload="{}"))
        self.assertTrue(begun.wait(WAIT_SECONDS))
        self.server.clock(advance="4h")
        may_end.set()
        answer = answer()
        self.assertEqual((answer.get("FunctionError"), json.load(answer["Payload"])), (None, True))
        self.client.invoke(FunctionName="orders", Payload="{}")
        for deadline in function.deadlines:  # a runtime compares it with its own clock
            self.assertAlmostEqual(deadline, time.time() + 30, delta=WAIT_SECONDS)

    def test_a_batching_window_ends_in_no_time(self):
        function = self.external()
        uuid = self.create_mapping(BatchSize=100, MaximumBatchingWindowInSeconds=300)
        put(self.dynamodb, "people", "a", "b", "c")
        self.server.clock(advance="4m")
        self.assertEqual(function.events, [])
        self.server.clock(advance="70s")
        self.assertEqual([len(event["Records"]) for event in function.events], [3])
        self.server.drain(uuid)

    def test_a_record_that_gets_too_old_is_given_up(self):
        def fail(event):
            raise FunctionFailed("Boom", "always")

        function = self.external(fail)
        uuid = self.create_mapping(MaximumRecordAgeInSeconds=60)
        put(self.dynamodb, "people", "a")
        self.server.clock(advance="10m")
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["discarded"], report["recordsDelivered"]), (1, 0))
        self.assertIn("MaximumRecordAgeInSeconds", report["lastDiscard"])
        self.assertGreater(len(function.events), 3, "it was tried again on the way, at its own times")

    def test_records_leave_the_stream_after_a_day(self):
        put(self.dynamodb, "people", "old")
        self.server.clock(advance="23h")
        put(self.dynamodb, "people", "young")
        self.assertEqual(len(self.records()), 2)
        self.server.clock(advance="2h")
        self.assertEqual([record["dynamodb"]["Keys"]["pk"]["S"] for record in self.records()], ["young"])

    def test_an_iterator_expires_after_a_quarter_of_an_hour(self):
        [shard] = self.streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]
        iterator = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard["ShardId"],
                                                   ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.server.clock(advance="14m")
        self.streams.get_records(ShardIterator=iterator)
        self.server.clock(advance="2m")
        with self.assertRaises(self.streams.exceptions.ExpiredIteratorException):
            self.streams.get_records(ShardIterator=iterator)

    def test_an_event_is_tried_again_after_one_and_two_minutes(self):
        def fail(event):
            raise FunctionFailed("Boom", "always")

        function = self.external(fail)
        self.client.invoke(FunctionName="orders", InvocationType="Event", Payload="{}")
        self.server.clock(advance="59s")
        self.assertEqual(len(function.events), 1)
        self.server.clock(advance="2s")
        self.assertEqual(len(function.events), 2)
        self.server.clock(advance="2m")
        self.assertEqual(len(function.events), 3)
        self.server.clock(advance="5h")
        self.assertEqual(len(function.events), 3)

    def test_an_advance_that_takes_too_long_says_what_it_waits_for_and_can_go_on(self):
        begun, may_end = threading.Event(), threading.Event()
        self.addCleanup(may_end.set)
        self.external(lambda event: begun.set() or may_end.wait(WAIT_SECONDS), Timeout=60)
        uuid = self.create_mapping()
        put(self.dynamodb, "people", "a")
        self.assertTrue(begun.wait(WAIT_SECONDS))
        status, answer = self.server.request("POST", "/_millrace/clock", {"advance": "4h", "timeoutSeconds": 0.2})
        self.assertEqual(status, 504)
        self.assertIn("an event source mapping that reads, invokes or saves", answer["message"])
        self.assertIn("has not answered yet", answer["stuck"][0]["reason"])
        self.assertLess(answer["aheadOfRealTimeSeconds"], 60)

        advanced = self.in_background(lambda: self.server.clock(advance="4h"))
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.server.clock()["advancing"]:
            self.assertLess(time.monotonic(), deadline, "it does not begin")
        status, answer = self.server.request("POST", "/_millrace/clock", {"advance": "1s"})
        self.assertEqual((status, answer["message"]),
                         (409, "The clock is being moved by another request; one moves it at a time."))
        may_end.set()
        self.assertAlmostEqual(advanced()["aheadOfRealTimeSeconds"], 4 * 3600, delta=10)
        self.assertEqual(self.server.drain(uuid)["mappings"][0]["recordsDelivered"], 1)

    def test_refusals_are_sentences(self):
        def refusal(body):
            status, answer = self.server.request("POST", "/_millrace/clock", body)
            self.assertEqual(status, 400, answer)
            return answer["message"]

        self.assertIn("never goes back", refusal({"set": "2020-01-01T00:00:00Z"}))
        self.assertIn("start Millrace with --clock 2020-01-01", refusal({"set": "2020-01-01T00:00:00Z"}))
        self.assertIn("never goes back", refusal({"advance": "-4h"}))
        self.assertIn("freeze, set, advance and timeoutSeconds", refusal({"hours": 4}))
        self.assertIn("freeze must be true", refusal({"freeze": "now"}))


class ClockThatStands(Clock):
    arguments = ("--clock", "2026-01-01T00:00:00Z", "--freeze-clock")

    def test_everything_happens_at_one_time(self):
        put(self.dynamodb, "people", "a")
        put(self.dynamodb, "people", "b")
        self.assertEqual({record["dynamodb"]["ApproximateCreationDateTime"].timestamp() for record in self.records()},
                         {NEW_YEAR.timestamp()})
        self.external()
        described = self.dynamodb.describe_table(TableName="people")["Table"]
        self.assertEqual(described["CreationDateTime"].timestamp(), NEW_YEAR.timestamp())
        modified = self.client.get_function_configuration(FunctionName="orders")["LastModified"]
        self.assertTrue(modified.startswith("2026-01-01T00:00:00.000"), modified)
        self.create_mapping()
        self.server.drain()  # nothing here needs time to pass

    def test_set_goes_to_a_time_and_stays_there(self):
        answer = self.server.clock(set="2026-06-30T12:00:00Z")
        self.assertEqual((answer["now"], answer["frozen"]), ("2026-06-30T12:00:00.000Z", True))
        self.assertEqual(self.server.clock(advance=90)["now"], "2026-06-30T12:01:30.000Z")

    def test_a_drain_says_that_the_clock_stands_and_what_moves_it(self):
        attempts = []

        def fail_once(event):
            attempts.append(event)
            if len(attempts) == 1:
                raise FunctionFailed("Boom", "the first time")

        self.external(fail_once)
        uuid = self.create_mapping()
        put(self.dynamodb, "people", "a")
        status, report = self.server.request("POST", "/_millrace/drain", {"timeoutSeconds": 0.5})
        self.assertEqual(status, 504)
        self.assertIn("The clock is frozen at 2026-01-01T00:00:00.000Z", report["clock"])
        self.assertIn("POST /_millrace/clock", report["clock"])
        self.assertIn("the next attempt is at 2026-01-01T00:00:0", report["stuck"][0]["reason"])
        self.server.clock(advance="1m")
        [mapping] = self.server.drain(uuid)["mappings"]
        self.assertEqual((mapping["recordsDelivered"], mapping["errors"]), (1, 1))

    def test_runs_when_it_is_let_go(self):
        self.assertEqual(self.server.clock()["now"], "2026-01-01T00:00:00.000Z")
        answer = self.server.clock(freeze=False)
        self.assertFalse(answer["frozen"])
        deadline = time.monotonic() + WAIT_SECONDS
        while self.server.clock()["now"] == "2026-01-01T00:00:00.000Z":
            self.assertLess(time.monotonic(), deadline, "it does not run")


if __name__ == "__main__":
    unittest.main()
