"""Tumbling windows and ParallelizationFactor: what functions are sent, through boto3 and the Runtime API."""

import collections
import os
import tempfile
import threading
import unittest

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, create_function

WAIT_SECONDS = 20
FROZEN = ("--clock", "2026-01-01T00:00:00Z", "--freeze-clock")


def count(event):
    """Aggregates as AWS's example does: how often each key was seen in the window."""
    state = collections.Counter(event["state"])
    state.update(record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"])
    return {"state": dict(state)}


class Mapped(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = self.enterContext(MillraceServer(*self.arguments))
        self.dynamodb = self.server.client("dynamodb")
        self.client = self.server.client("lambda")
        self.stream_arn = create_people(self.dynamodb, stream="KEYS_ONLY")["LatestStreamArn"]
        create_function(self.client, "orders", EXTERNAL)

    def runtime(self, handler):
        return self.enterContext(ExternalFunction(self.server.runtime_api_port, "orders", handler))

    def create_mapping(self, **arguments):
        return self.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName="orders", StartingPosition="TRIM_HORIZON", **arguments)["UUID"]


class TumblingWindows(Mapped):
    def setUp(self):
        self.arguments = (*FROZEN, "--db-path",
                          os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "millrace.db"))
        super().setUp()

    def told(self, event):
        """What an event says of its window, in short."""
        return (event["window"]["start"][11:19], event["window"]["end"][11:19],
                [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]], event["state"],
                event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"])

    def test_a_state_goes_from_batch_to_batch_until_the_window_is_over(self):
        function = self.runtime(count)
        uuid = self.create_mapping(TumblingWindowInSeconds=30, BatchSize=2)
        self.assertEqual(self.client.get_event_source_mapping(UUID=uuid)["TumblingWindowInSeconds"], 30)
        self.server.clock(advance="10s")
        put(self.dynamodb, "people", "a", "b", "c")
        self.server.drain()
        self.server.clock(advance="25s")  # the end comes by itself, before this is over
        put(self.dynamodb, "people", "d")
        self.server.drain()
        self.server.clock(advance="60s")
        events = [self.told(event) for event in function.events]
        seen = [key for event in events for key in event[2]]
        self.assertEqual(seen, ["a", "b", "c", "d"])
        first = [event for event in events if event[0] == "00:00:00"]
        self.assertEqual(first[0][3:], ({}, False, False))
        self.assertEqual(first[-1], ("00:00:00", "00:00:30", [], {"a": 1, "b": 1, "c": 1}, True, False))
        self.assertEqual(events[-2:], [("00:00:30", "00:01:00", ["d"], {}, False, False),
                                       ("00:00:30", "00:01:00", [], {"d": 1}, True, False)])
        for event in function.events:
            self.assertEqual(event["eventSourceARN"], self.stream_arn)
            self.assertRegex(event["shardId"], r"^shardId-\d{20}-[0-9a-f]+$")

    def test_a_killed_server_goes_on_in_the_middle_of_a_window(self):
        function = self.runtime(count)
        self.create_mapping(TumblingWindowInSeconds=900)
        put(self.dynamodb, "people", "a", "b")
        self.server.drain()
        self.server.kill()
        function.close()
        self.server.start()
        function = self.runtime(count)
        put(self.server.client("dynamodb"), "people", "c")
        self.server.drain()
        self.server.clock(advance="15m")
        self.assertEqual([self.told(event)[2:] for event in function.events],
                         [(["c"], {"a": 1, "b": 1}, False, False), ([], {"a": 1, "b": 1, "c": 1}, True, False)])

    def test_a_state_of_more_than_a_megabyte_ends_the_window_early(self):
        large = "x" * 1_050_000
        function = self.runtime(lambda event: {"state": {"all": large if event["Records"] else ""}})
        self.create_mapping(TumblingWindowInSeconds=60, BatchSize=1)
        put(self.dynamodb, "people", "a", "b")
        self.server.drain()
        self.assertEqual([(len(event["Records"]), len(event["state"].get("all", "")),
                           event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"])
                          for event in function.events],
                         [(1, 0, False, False), (0, len(large), True, True)] * 2)

    def test_an_answer_without_a_state_has_failed(self):
        function = self.runtime(lambda event: {} if len(function.events) == 1 else {"state": {}})
        uuid = self.create_mapping(TumblingWindowInSeconds=60)
        put(self.dynamodb, "people", "a")
        self.server.clock(advance="2s")
        self.assertEqual(function.keys(), ["a", "a"])
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["errors"], report["recordsDelivered"]), (1, 1))


class Lanes(Mapped):
    def test_batches_of_a_shard_are_at_work_at_the_same_time_and_keys_stay_in_order(self):
        together = threading.Barrier(3, timeout=WAIT_SECONDS)
        met = []
        arrived = collections.defaultdict(list)

        def handler(event):
            for record in event["Records"]:
                arrived[record["dynamodb"]["Keys"]["pk"]["S"]].append(int(record["dynamodb"]["SequenceNumber"]))
            if not met:
                together.wait()
                met.append(True)

        runtimes = [self.runtime(handler) for _ in range(3)]
        keys = [f"{n % 20:02}" for n in range(200)]
        for version, key in enumerate(keys):
            put(self.dynamodb, "people", key, version={"N": str(version)})
        uuid = self.create_mapping(ParallelizationFactor=3, BatchSize=5)
        self.assertEqual(self.client.get_event_source_mapping(UUID=uuid)["ParallelizationFactor"], 3)
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["recordsDelivered"], report["errors"]), (200, 0))
        self.assertEqual(met[0], True, "three of its batches were at work at once")
        self.assertEqual({key: len(sequences) for key, sequences in arrived.items()},
                         dict(collections.Counter(keys)), "each change once")
        for key, sequences in arrived.items():
            self.assertEqual(sequences, sorted(sequences), key)
        self.assertTrue(all(runtime.records for runtime in runtimes))

    def test_a_key_that_fails_does_not_hold_up_the_others(self):
        def handler(event):
            if any(record["dynamodb"]["Keys"]["pk"]["S"] == "bad" for record in event["Records"]):
                raise FunctionFailed("Trouble", "it never works")

        runtimes = [self.runtime(handler) for _ in range(2)]
        put(self.dynamodb, "people", "bad", *(f"{n:02}" for n in range(40)))
        uuid = self.create_mapping(ParallelizationFactor=10, BatchSize=1, MaximumRetryAttempts=1)
        [report] = self.server.drain(uuid)["mappings"]
        self.assertEqual((report["recordsDelivered"], report["discarded"]), (40, 1))
        arrived = [key for runtime in runtimes for key in runtime.keys()]
        self.assertEqual(arrived.count("bad"), 2)


if __name__ == "__main__":
    unittest.main()
