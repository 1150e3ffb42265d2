"""Items through boto3: all types, expressions, conditions and their exceptions, batches, queries and scans."""

import unittest

from millrace_server import MillraceServer
from tables import create_music, create_people, put

ALL_TYPES = {
    "string": {"S": "text with é, € and 😀"}, "number": {"N": "-12.5"}, "binary": {"B": b"\x00\x01\xff"},
    "true": {"BOOL": True}, "null": {"NULL": True}, "strings": {"SS": ["a", "b"]}, "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"\x01", b"\x02"]}, "list": {"L": [{"S": "x"}, {"N": "1"}, {"L": []}]},
    "map": {"M": {"nested": {"M": {"deep": {"BOOL": False}}}}},
}


class Items(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        cls.dynamodb = cls.server.client("dynamodb")
        create_people(cls.dynamodb)
        create_music(cls.dynamodb)

    def get(self, key):
        return self.dynamodb.get_item(TableName="people", Key={"pk": {"S": key}}, ConsistentRead=True).get("Item")

    def test_keeps_values_of_all_ten_types(self):
        item = {"pk": {"S": "types"}, **ALL_TYPES}
        self.dynamodb.put_item(TableName="people", Item=item)
        self.assertEqual(self.get("types"), item)

    def test_gets_nothing_for_a_missing_item(self):
        self.assertIsNone(self.get("nobody"))

    def test_deletes_an_item_and_returns_it(self):
        put(self.dynamodb, "people", "deleted", n={"N": "1"})
        answer = self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "deleted"}}, ReturnValues="ALL_OLD")
        self.assertEqual(answer["Attributes"]["n"], {"N": "1"})
        self.assertIsNone(self.get("deleted"))

    def test_updates_with_an_expression(self):
        put(self.dynamodb, "people", "updated", n={"N": "1"}, tags={"SS": ["a"]}, old={"S": "x"})
        answer = self.dynamodb.update_item(
            TableName="people", Key={"pk": {"S": "updated"}}, ReturnValues="ALL_NEW",
            UpdateExpression="SET n = n + :two, #l = list_append(if_not_exists(#l, :empty), :items) "
                             "REMOVE #o ADD tags :tag",
            ExpressionAttributeNames={"#l": "list", "#o": "old"},
            ExpressionAttributeValues={":two": {"N": "2"}, ":empty": {"L": []}, ":items": {"L": [{"S": "x"}]},
                                       ":tag": {"SS": ["b"]}})
        self.assertEqual(answer["Attributes"], {"pk": {"S": "updated"}, "n": {"N": "3"}, "list": {"L": [{"S": "x"}]},
                                                "tags": {"SS": ["a", "b"]}})

    def test_raises_the_exception_of_a_failed_condition_with_the_item(self):
        put(self.dynamodb, "people", "taken", n={"N": "1"})
        with self.assertRaises(self.dynamodb.exceptions.ConditionalCheckFailedException) as caught:
            self.dynamodb.put_item(TableName="people", Item={"pk": {"S": "taken"}},
                                   ConditionExpression="attribute_not_exists(pk)")
        self.assertEqual(caught.exception.response["Error"]["Message"], "The conditional request failed")
        self.assertEqual(self.get("taken")["n"], {"N": "1"})

    def test_raises_a_validation_exception_with_the_text_of_aws(self):
        with self.assertRaises(self.dynamodb.exceptions.ClientError) as caught:
            self.dynamodb.get_item(TableName="people", Key={"wrong": {"S": "x"}})
        self.assertEqual(caught.exception.response["Error"],
                         {"Code": "ValidationException",
                          "Message": "The provided key element does not match the schema"})

    def test_raises_the_exception_of_a_missing_table(self):
        with self.assertRaises(self.dynamodb.exceptions.ResourceNotFoundException):
            self.dynamodb.get_item(TableName="nowhere", Key={"pk": {"S": "x"}})

    def test_writes_and_reads_batches(self):
        written = self.dynamodb.batch_write_item(RequestItems={
            "people": [{"PutRequest": {"Item": {"pk": {"S": f"batch-{n}"}}}} for n in range(25)]})
        self.assertEqual(written["UnprocessedItems"], {})
        keys = [{"pk": {"S": f"batch-{n}"}} for n in range(30)]
        read = self.dynamodb.batch_get_item(RequestItems={"people": {"Keys": keys}})
        self.assertEqual(len(read["Responses"]["people"]), 25)
        self.assertEqual(read["UnprocessedKeys"], {})

    def test_pages_through_a_query(self):
        for n in range(7):
            self.dynamodb.put_item(TableName="music", Item={"artist": {"S": "paged"}, "song": {"S": f"song {n}"}})
        pages = list(self.dynamodb.get_paginator("query").paginate(
            TableName="music", KeyConditionExpression="artist = :a", ExpressionAttributeValues={":a": {"S": "paged"}},
            PaginationConfig={"PageSize": 3}))
        self.assertEqual([page["Count"] for page in pages], [3, 3, 1])
        songs = [item["song"]["S"] for page in pages for item in page["Items"]]
        self.assertEqual(songs, [f"song {n}" for n in range(7)])

    def test_queries_indexes(self):
        for song, year in (("late", "1999"), ("early", "1965")):
            self.dynamodb.put_item(TableName="music", Item={"artist": {"S": "indexed"}, "song": {"S": song},
                                                            "year": {"N": year}, "genre": {"S": "jazz"}})
        by_year = self.dynamodb.query(TableName="music", IndexName="byYear", KeyConditionExpression="artist = :a",
                                      ExpressionAttributeValues={":a": {"S": "indexed"}}, ScanIndexForward=False)
        self.assertEqual([item["song"]["S"] for item in by_year["Items"]], ["late", "early"])
        by_genre = self.dynamodb.query(TableName="music", IndexName="byGenre", KeyConditionExpression="genre = :g",
                                       ExpressionAttributeValues={":g": {"S": "jazz"}})
        self.assertEqual(by_genre["Count"], 2)
        self.assertNotIn("year", by_genre["Items"][0])


class Scans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        cls.dynamodb = cls.server.client("dynamodb")
        create_people(cls.dynamodb)
        cls.keys = [f"key-{n:02}" for n in range(20)]
        put(cls.dynamodb, "people", *cls.keys)

    def test_pages_through_a_scan(self):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName="people", PaginationConfig={"PageSize": 6})
        self.assertEqual(sorted(item["pk"]["S"] for page in pages for item in page["Items"]), self.keys)

    def test_segments_hold_every_item_exactly_once(self):
        found = []
        for segment in range(3):
            page = self.dynamodb.scan(TableName="people", Segment=segment, TotalSegments=3)
            found += [item["pk"]["S"] for item in page["Items"]]
        self.assertEqual(sorted(found), self.keys)


if __name__ == "__main__":
    unittest.main()
