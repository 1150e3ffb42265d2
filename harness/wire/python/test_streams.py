"""DynamoDB Streams through boto3: from the table to the last record of the last shard."""

import unittest

from millrace_server import MillraceServer
from tables import create_people, put


def read_all(streams, stream_arn):
    """All records of a stream: every shard from its start until it has nothing more."""
    records = []
    for shard in streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=stream_arn, ShardId=shard["ShardId"],
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator is not None:
            page = streams.get_records(ShardIterator=iterator)
            records += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return records


class Streams(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")
        self.streams = self.server.client("dynamodbstreams")

    def test_shows_insert_change_and_removal(self):
        arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        put(self.dynamodb, "people", "a", n={"N": "1"})
        put(self.dynamodb, "people", "a", n={"N": "2"})
        self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "a"}})

        records = read_all(self.streams, arn)
        self.assertEqual([record["eventName"] for record in records], ["INSERT", "MODIFY", "REMOVE"])
        change = records[1]["dynamodb"]
        self.assertEqual((change["OldImage"]["n"], change["NewImage"]["n"]), ({"N": "1"}, {"N": "2"}))
        self.assertEqual(change["Keys"], {"pk": {"S": "a"}})
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
        self.assertEqual(numbers, sorted(numbers))

    def test_reads_thousands_of_records_page_by_page(self):
        arn = create_people(self.dynamodb, stream="KEYS_ONLY")["LatestStreamArn"]
        for start in range(0, 1500, 25):
            self.dynamodb.batch_write_item(RequestItems={
                "people": [{"PutRequest": {"Item": {"pk": {"S": f"{start + n}"}}}} for n in range(25)]})
        keys = {record["dynamodb"]["Keys"]["pk"]["S"] for record in read_all(self.streams, arn)}
        self.assertEqual(len(keys), 1500)

    def test_lists_streams_of_a_deleted_table(self):
        arn = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        put(self.dynamodb, "people", "a")
        self.dynamodb.delete_table(TableName="people")
        listed = self.streams.list_streams(TableName="people")["Streams"]
        self.assertEqual([stream["StreamArn"] for stream in listed], [arn])
        self.assertEqual(len(read_all(self.streams, arn)), 1)

    def test_raises_the_exception_of_an_unknown_stream(self):
        arn = create_people(self.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
        with self.assertRaises(self.streams.exceptions.ResourceNotFoundException):
            self.streams.describe_stream(StreamArn=arn.replace("people", "nobody"))


class SeveralShards(unittest.TestCase):
    def test_all_shards_together_hold_every_record(self):
        with MillraceServer("--shards-per-stream", "4") as server:
            dynamodb, streams = server.client("dynamodb"), server.client("dynamodbstreams")
            arn = create_people(dynamodb, stream="KEYS_ONLY")["LatestStreamArn"]
            put(dynamodb, "people", *(f"{n}" for n in range(40)))
            shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
            self.assertEqual(len(shards), 4)
            keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in read_all(streams, arn)]
            self.assertEqual(sorted(keys), sorted(f"{n}" for n in range(40)))


if __name__ == "__main__":
    unittest.main()
