"""A day of a stream in seconds: 24 hours of emulated time with writes, expiring items, rollovers, splits and merges, failing
functions, a mapping that is switched off for a while, orderly ends and kills. Nothing is lost, each key is in order, and
what was counted is exact; a record comes again only after an end or an answer that was an error."""

import collections
import os
import random
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone

from external_function import ExternalFunction, FunctionFailed
from millrace_server import MillraceServer
from tables import create_people
from test_functions import EXTERNAL, create_function

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
STEP = timedelta(minutes=15)
STEPS = 24 * 4
KEYS = [f"key{number:02}" for number in range(24)]
WRITES_OF_A_STEP = 20


class Consumer:
    """A function with a mapping of its own; `see` is called with each event, and may refuse it."""

    def __init__(self, name, runtimes=1, **settings):
        self.name = name
        self.settings = settings
        self.arrived = []  # (sequence number, key, event, version) in the order of arrival
        self.uuid = None
        self._runtimes = runtimes
        self._attached = []
        self._lock = threading.Lock()

    def create(self, client, stream_arn):
        create_function(client, self.name, EXTERNAL)
        self.uuid = client.create_event_source_mapping(
            EventSourceArn=stream_arn, FunctionName=self.name, StartingPosition="TRIM_HORIZON", **self.settings)["UUID"]

    def attach(self, server):
        self._attached = [ExternalFunction(server.runtime_api_port, self.name, self._handle)
                          for _ in range(self._runtimes)]

    def detach(self):
        for function in self._attached:
            function.close()

    def _handle(self, event):
        with self._lock:
            answer = self.answer(event)
            for record in event["Records"]:
                change = record["dynamodb"]
                version = change.get("NewImage", {}).get("version", {}).get("N")
                self.arrived.append((int(change["SequenceNumber"]), change["Keys"]["pk"]["S"], record["eventName"],
                                     None if version is None else int(version)))
            return answer

    def answer(self, event):
        return None

    def changes(self):
        """By key: what arrived, each record where it came first."""
        seen = set()
        changes = collections.defaultdict(list)
        for sequence, key, event, version in self.arrived:
            if sequence not in seen:
                seen.add(sequence)
                changes[key].append((event, version))
        return changes


class Failing(Consumer):
    """Fails every now and then."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self._random = random.Random(7)

    def answer(self, event):
        if self._random.random() < 0.2:
            raise FunctionFailed("Trouble", "every now and then")


class Refusing(Consumer):
    """Reports every record of one key, for ever."""

    bad = KEYS[5]

    def answer(self, event):
        bad = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]
               if record["dynamodb"]["Keys"]["pk"]["S"] == self.bad]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}


class Counting(Consumer):
    """Aggregates over windows. An end that comes again after a kill says the same."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.ends = {}

    def answer(self, event):
        state = collections.Counter(event["state"])
        state.update(record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"])
        if event["isFinalInvokeForWindow"]:
            self.ends[event["shardId"], event["window"]["start"]] = state
        return {"state": dict(state)}


class VirtualDay(unittest.TestCase):
    def setUp(self):
        self.path = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "millrace.db")
        self.log = self.enterContext(open(os.devnull, "w"))  # thousands of attempts that were meant to fail
        self.now = START
        self.random = random.Random(20261128)
        self.versions = collections.Counter()
        self.there = set()
        self.written = collections.defaultdict(list)  # by key: the changes that its records must tell
        self.expiring = {}                            # key -> when
        self.consumers = [Consumer("plain", BatchSize=100),
                          Failing("failing", 4, BatchSize=10, ParallelizationFactor=4, BisectBatchOnFunctionError=True),
                          Refusing("refusing", BatchSize=7, MaximumRetryAttempts=1,
                                   FunctionResponseTypes=["ReportBatchItemFailures"]),
                          Counting("counting", BatchSize=25, TumblingWindowInSeconds=900)]

    def begin(self):
        self.server = MillraceServer("--db-path", self.path, "--clock", self.now.isoformat().replace("+00:00", "Z"),
                                     "--freeze-clock", log=self.log).start()
        self.dynamodb, self.client = self.server.client("dynamodb"), self.server.client("lambda")
        for consumer in self.consumers:
            consumer.attach(self.server)

    def end(self, how):
        how()
        for consumer in self.consumers:
            consumer.detach()
        for client in (self.dynamodb, self.client):
            client.close()

    def write(self):
        key = self.random.choice(KEYS)
        if key in self.there and self.random.random() < 0.2:
            self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": key}})
            self.there.remove(key)
            self.written[key].append(("REMOVE", None))
            return
        self.versions[key] += 1
        self.dynamodb.put_item(TableName="people",
                               Item={"pk": {"S": key}, "version": {"N": str(self.versions[key])}})
        self.written[key].append(("MODIFY" if key in self.there else "INSERT", self.versions[key]))
        self.there.add(key)

    def write_mayfly(self, step):
        key, expires = f"mayfly{step:03}", self.now + timedelta(minutes=self.random.randint(5, 300))
        self.dynamodb.put_item(TableName="people", Item={
            "pk": {"S": key}, "version": {"N": "1"}, "expires": {"N": str(int(expires.timestamp()))}})
        self.written[key].append(("INSERT", 1))
        self.expiring[key] = expires

    def advance(self, step=STEP):
        self.now += step
        self.server.clock(set=self.now.isoformat().replace("+00:00", "Z"), timeoutSeconds=60)
        for key in [key for key, expires in self.expiring.items() if expires < self.now]:
            del self.expiring[key]
            self.written[key].append(("REMOVE", None))

    def reshard(self, **body):
        status, answer = self.server.request("POST", "/_millrace/streams/people", body)
        self.assertEqual(status, 200, answer)

    def open_shards(self):
        _, answer = self.server.request("GET", "/_millrace/streams/people")
        return sorted((shard for shard in answer["shards"] if shard["open"]), key=lambda shard: shard["firstHash"])

    def disturb(self, step):
        failing = next(consumer for consumer in self.consumers if consumer.name == "failing")
        if step in (10, 30):
            self.reshard(action="split", shardId=self.open_shards()[0]["shardId"])
        elif step == 50:
            lower, upper = self.open_shards()[:2]
            self.reshard(action="merge", shardId=lower["shardId"], adjacentShardId=upper["shardId"])
        elif step == 60:
            self.reshard(action="rollover")
        elif step == 20:
            self.client.update_event_source_mapping(UUID=failing.uuid, Enabled=False)
        elif step == 28:
            self.client.update_event_source_mapping(UUID=failing.uuid, Enabled=True)
        elif step in (40, 75):
            self.end(self.server.kill)
            self.begin()
        elif step == 55:
            self.end(self.server.stop)
            self.begin()

    def test_nothing_is_lost_and_every_key_is_in_order(self):
        self.begin()
        try:
            arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
            self.dynamodb.update_time_to_live(
                TableName="people", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
            for consumer in self.consumers:
                consumer.create(self.client, arn)
            for step in range(STEPS):
                for _ in range(WRITES_OF_A_STEP):
                    self.write()
                if step % 4 == 0:
                    self.write_mayfly(step)
                self.disturb(step)
                self.advance()
            for _ in range(24):  # what is left expires, and every window comes to its end
                self.advance()
            reports = {report["uuid"]: report for report in self.server.drain()["mappings"]}
            shards = self.server.request("GET", "/_millrace/streams/people")[1]["shards"]
        finally:
            self.end(self.server.stop)
        self.check(reports, shards)

    def check(self, reports, shards):
        total = sum(len(changes) for changes in self.written.values())
        for consumer in self.consumers:
            with self.subTest(consumer.name):
                report = reports[consumer.uuid]
                self.assertEqual(report["recordsDelivered"] + report["discarded"], total)
                if consumer.name != "refusing":
                    self.assertEqual(report["discarded"], 0)
                    self.assertEqual(dict(consumer.changes()), dict(self.written))
        plain, _, refusing, counting = self.consumers
        kills = 2
        again = len(plain.arrived) - len({sequence for sequence, *_ in plain.arrived})
        self.assertLessEqual(again, kills * 100, "no more than a batch comes again after a kill")
        self.assertGreater(reports[refusing.uuid]["discarded"], 0)
        counted = sum((state for state in counting.ends.values()), collections.Counter())
        self.assertEqual(dict(counted), {key: len(changes) for key, changes in self.written.items()},
                         "each record is counted in one window, once")
        self.assertGreater(len(shards), 8, "it has rolled over, too")


if __name__ == "__main__":
    unittest.main()
