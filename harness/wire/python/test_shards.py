"""The shards of a stream come and go: rolled over by the clock, split and merged on command, and followed by a consumer
and by an event source mapping."""

import json
import os
import tempfile
import unittest
import urllib.request
from urllib.parse import quote

from beside import headers_of
from lineage_consumer import LineageConsumer
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import create_function

IN_PROCESS = {"S3Bucket": "in-process", "S3Key": "echo"}
KEYS = [f"key-{number}" for number in range(8)]


class Shards(unittest.TestCase):
    arguments = ("--clock", "2026-01-01T00:00:00Z", "--freeze-clock")

    def setUp(self):
        self.server = self.enterContext(MillraceServer(*self.arguments))
        self.dynamodb = self.server.client("dynamodb")
        self.streams = self.server.client("dynamodbstreams")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        self.consumer = LineageConsumer(self.streams, self.stream_arn)

    def write(self, number, keys=KEYS):
        put(self.dynamodb, "people", *keys, n={"N": str(number)})

    def reshard(self, **body):
        status, answer = self.server.request("POST", "/_millrace/streams/people", body)
        self.assertEqual(status, 200, answer)
        return answer

    def open_shards(self):
        return [shard for shard in self.shards_kept() if shard["open"]]

    def shards_kept(self):
        status, answer = self.server.request("GET", "/_millrace/streams/people")
        self.assertEqual(status, 200, answer)
        return answer["shards"]

    def children_of(self, shard_id):
        """What DescribeStream answers to a ShardFilter, which Debian's boto3 is too old for."""
        request = urllib.request.Request(
            self.server.url, headers=headers_of("DescribeStream", "DynamoDBStreams_20120810"),
            data=json.dumps({"StreamArn": self.stream_arn,
                             "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": shard_id}}).encode())
        with urllib.request.urlopen(request) as answer:
            return [shard["ShardId"] for shard in json.load(answer)["StreamDescription"]["Shards"]]

    def seen_of(self, key):
        """The numbers that the consumer has read of a key, in the order in which it read them."""
        images = [record["dynamodb"]["NewImage"] for record in self.consumer.records]
        return [int(image["n"]["N"]) for image in images if image["pk"] == {"S": key}]


class Following(Shards):
    def test_a_consumer_reads_each_record_once_and_in_order_over_more_than_a_day(self):
        client = self.server.client("lambda")
        create_function(client, "echo", IN_PROCESS)
        client.create_event_source_mapping(EventSourceArn=self.stream_arn, FunctionName="echo",
                                           StartingPosition="TRIM_HORIZON", BatchSize=10)
        hours = 30
        for hour in range(hours):
            self.write(hour)
            if hour == 5:
                self.reshard(action="split")
            if hour == 6:
                self.reshard(action="split", shardId=self.open_shards()[0]["shardId"])
            if hour == 11:
                self.merge_two()
            if hour % 7 == 3:
                self.consumer.poll()
            self.server.clock(advance="1h")
        self.consumer.poll()

        for key in KEYS:
            self.assertEqual(self.seen_of(key), list(range(hours)), key)
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in self.consumer.records]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertGreater(len(self.consumer.shards_read), 10)
        self.assertLess(len(self.consumer.shards()), 30, "closed shards leave after a day")
        report = self.server.drain()
        self.assertEqual(report["mappings"][0]["recordsDelivered"], hours * len(KEYS))

    def merge_two(self):
        lower, upper = sorted(self.open_shards(), key=lambda shard: shard["firstHash"])[:2]
        return self.reshard(action="merge", shardId=upper["shardId"], adjacentShardId=lower["shardId"])

    def test_a_shard_rolls_over_after_four_hours(self):
        self.write(1)
        self.server.clock(advance="3h59m59s")
        self.assertEqual(len(self.consumer.shards()), 1)
        self.server.clock(advance="1s")
        parent, child = self.consumer.shards()
        self.assertIn("EndingSequenceNumber", parent["SequenceNumberRange"])
        self.assertNotIn("EndingSequenceNumber", child["SequenceNumberRange"])
        self.assertEqual(child["ParentShardId"], parent["ShardId"])
        self.assertNotIn("ParentShardId", parent)
        self.assertEqual(self.children_of(parent["ShardId"]), [child["ShardId"]])

    def test_a_shard_without_a_record_stays(self):
        self.server.clock(advance="2d")
        self.assertEqual(len(self.consumer.shards()), 1)
        self.write(1)
        self.server.clock(advance="4h")
        self.assertEqual(len(self.consumer.shards()), 2)

    def test_an_iterator_outlives_the_closing_of_its_shard(self):
        [shard] = self.consumer.shards()
        iterator = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard["ShardId"],
                                                   ShardIteratorType="LATEST")["ShardIterator"]
        self.write(1, ["a"])
        self.reshard(action="rollover")
        self.write(2, ["a"])
        page = self.streams.get_records(ShardIterator=iterator)
        self.assertEqual([record["dynamodb"]["NewImage"]["n"] for record in page["Records"]], [{"N": "1"}])
        self.assertNotIn("NextShardIterator", page)


class OnCommand(Shards):
    def test_tells_what_a_stream_holds(self):
        self.write(1)
        for name in ("people", self.stream_arn, self.stream_arn.partition("/stream/")[0]):
            status, answer = self.server.request("GET", "/_millrace/streams/" + quote(name, safe=""))
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["streamArn"], self.stream_arn)
            [shard] = answer["shards"]
            self.assertEqual(shard["records"], len(KEYS))
            self.assertEqual((shard["firstHash"], shard["lastHash"]), (0, 2 ** 32 - 1))
            self.assertEqual((shard["open"], shard["parentShardIds"]), (True, []))
            self.assertEqual(shard["openedAt"], "2026-01-01T00:00:00.000Z")

    def test_a_merged_shard_has_two_parents_of_which_the_api_names_one(self):
        split = self.reshard(action="split")
        self.assertEqual((len(split["closed"]), len(split["opened"])), (1, 2))
        merged = self.reshard(action="merge")
        [child] = merged["opened"]
        shards = {shard["shardId"]: shard for shard in merged["shards"]}
        self.assertCountEqual(shards[child]["parentShardIds"], split["opened"])
        last = max(split["opened"], key=lambda shard_id: int(shards[shard_id]["endingSequenceNumber"]))
        described = {shard["ShardId"]: shard for shard in self.consumer.shards()}
        self.assertEqual(described[child]["ParentShardId"], last)
        for parent in split["opened"]:  # either of them leads to it
            self.assertEqual(self.children_of(parent), [child])

    def test_refuses_with_a_sentence(self):
        for path, body, wanted in (
                ("people", {"action": "merge"}, (400, "The stream has one open shard, and nothing to merge it with.")),
                ("people", {"action": "split", "shardId": "x"}, (400, "The stream has no shard x.")),
                ("people", {"action": "tidy"}, (400, 'action must be "rollover", "split" or "merge".')),
                ("nobody", {"action": "split"}, (404, None))):
            status, answer = self.server.request("POST", "/_millrace/streams/" + path, body)
            self.assertEqual(status, wanted[0], answer)
            if wanted[1] is not None:
                self.assertEqual(answer["message"], wanted[1])

    def test_a_table_without_a_stream_is_told_apart(self):
        create_people(self.dynamodb, "quiet")
        status, answer = self.server.request("GET", "/_millrace/streams/quiet")
        self.assertEqual(status, 404)
        self.assertEqual(answer["Message"], "The table quiet has no stream.")


class WithoutRollover(Shards):
    arguments = (*Shards.arguments, "--shard-rollover", "off")

    def test_shards_stay_until_they_are_told(self):
        self.write(1)
        self.server.clock(advance="20h")
        self.assertEqual(len(self.consumer.shards()), 1)
        self.reshard(action="rollover")
        self.assertEqual(len(self.consumer.shards()), 2)


class AcrossAKill(unittest.TestCase):
    def test_shards_parents_and_ages_are_there_again(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        arguments = ("--db-path", os.path.join(folder, "millrace.db"), "--freeze-clock", "--clock")
        server = MillraceServer(*arguments, "2026-01-01T00:00:00Z").start()
        create_people(server.client("dynamodb"), stream="NEW_IMAGE")
        put(server.client("dynamodb"), "people", *KEYS)
        for action in ("split", "merge", "rollover"):
            status, answer = server.request("POST", "/_millrace/streams/people", {"action": action})
            self.assertEqual(status, 200, answer)
        put(server.client("dynamodb"), "people", *KEYS, n={"N": "2"})
        _, before = server.request("GET", "/_millrace/streams/people")
        server.kill()

        with MillraceServer(*arguments, "2026-01-01T01:00:00Z") as server:
            _, after = server.request("GET", "/_millrace/streams/people")
            self.assertEqual(after, before)
            self.assertEqual(max(len(shard["parentShardIds"]) for shard in after["shards"]), 2)
            server.clock(advance="3h")  # the open shard is four hours old
            _, later = server.request("GET", "/_millrace/streams/people")
            self.assertEqual(len(later["shards"]), len(after["shards"]) + 1)


if __name__ == "__main__":
    unittest.main()
