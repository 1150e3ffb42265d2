"""DynamoDB Streams through boto3: from the table to the last record of the last shard."""

import base64
import json
import pathlib
import unittest
from decimal import Decimal

from millrace_server import MillraceServer
from tables import create_people, put

from boto3.dynamodb.types import TypeDeserializer


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


class GoldenEvents(unittest.TestCase):
    """The files of fixtures/events, which the server is held to, are what Python's deserialiser reads."""

    folder = pathlib.Path(__file__).parents[3] / "fixtures" / "events"

    def images(self):
        read = TypeDeserializer().deserialize
        for path in sorted(self.folder.glob("*.*.json")):
            golden = json.loads(path.read_text())
            for record in (golden["record"], *golden["event"]["Records"]):
                change = record["dynamodb"]
                for image in ("Keys", "NewImage", "OldImage"):
                    if image in change:
                        values = {name: read(_bytes_of(value)) for name, value in change[image].items()}
                        yield path.name, record["eventName"], image, values

    def test_are_read_as_values_of_python(self):
        seen = {}
        for name, event, image, values in self.images():
            self.assertEqual(values["pk"], "a", name)
            if "expire" not in name and image != "Keys":
                seen.setdefault((event, image), values)
                self.assertEqual(seen[event, image], values, name)
        self.assertEqual(set(seen), {("INSERT", "NewImage"), ("MODIFY", "NewImage"), ("MODIFY", "OldImage"),
                                     ("REMOVE", "OldImage")})
        new = seen["INSERT", "NewImage"]
        self.assertEqual(new, seen["MODIFY", "NewImage"])
        self.assertEqual(new, seen["REMOVE", "OldImage"])
        self.assertEqual(new["string"], 'größer als "vorher" \\ \u2028 \U0001f680\n')
        self.assertEqual(new["number"], Decimal("12345678901234567890.123456789"))
        self.assertEqual(new["binary"].value, bytes([0, 1, 2, 3, 4, 255, 254]))
        self.assertEqual((new["boolean"], new["nothing"], new["empty"]), (True, None, ""))
        self.assertEqual(new["strings"], {"x", "y", "z"})
        self.assertEqual(new["numbers"], {Decimal("-2.5"), Decimal(0), Decimal("1E+20")})
        self.assertEqual({binary.value for binary in new["binaries"]}, {b"\0", b"\xff"})
        self.assertEqual(len(new["list"]), 10)
        self.assertEqual(new["list"][8], [["deep"]])
        self.assertEqual(new["map"]["list"], [{"of": [Decimal(1)]}])
        self.assertEqual(new["map"]["map"], {"map": {}})

    def test_name_who_made_the_change_as_aws_does(self):
        for path in self.folder.glob("*.expire.json"):
            golden = json.loads(path.read_text())
            self.assertEqual(golden["record"]["userIdentity"],
                             {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"})
            self.assertEqual(golden["event"]["Records"][0]["userIdentity"],
                             {"principalId": "dynamodb.amazonaws.com", "type": "Service"})


def _bytes_of(value):
    """The JSON of an attribute value with its binary texts decoded, as an SDK hands it to the deserialiser."""
    [(kind, content)] = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(element) for element in content]}
    if kind == "L":
        return {kind: [_bytes_of(element) for element in content]}
    if kind == "M":
        return {kind: {name: _bytes_of(element) for name, element in content.items()}}
    return value


if __name__ == "__main__":
    unittest.main()
