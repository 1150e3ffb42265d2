"""Vector indexes through boto3 (vector_model.py teaches it what it does not know), across lost commits and restarts, and
beside others."""

import json
import os
import random
import tempfile
import unittest

from beside import LIGHT_TABLE, Beside, headers_of
from millrace_server import MillraceServer
from tables import create_people
from vector_model import vector_client


def vector(*values):
    return {"L": numbers(*values)}


def numbers(*values):
    return [{"N": repr(value)} for value in values]


def index(name="near", dimensions=2, **members):
    return {"IndexName": name, "VectorAttribute": {"AttributeName": "v"}, "Dimensions": dimensions,
            "DistanceFunction": "EUCLIDEAN", "Projection": {"ProjectionType": "ALL"}} | members


def create(dynamodb, *indexes, attributes=("pk",), name="vectors"):
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        **({"VectorIndexes": list(indexes)} if indexes else {}))


def search(dynamodb, *values, most=10, **members):
    """Keys and scores."""
    found = dynamodb.search_vectors(TableName="vectors", IndexName="near", SearchVector=numbers(*values), TopK=most,
                                    **members)["SearchResults"]
    return [(result["Item"]["pk"]["S"], result["Score"]) for result in found]


class Vectors(unittest.TestCase):
    def test_they_are_found_by_distance_and_condition(self):
        dynamodb = vector_client(self.enterContext(MillraceServer()))
        schema = [{"AttributeName": "tenant", "SearchSchemaElementType": "HASH"},
                  {"AttributeName": "color", "SearchSchemaElementType": "INLINE_FILTER"}]
        create(dynamodb, index(SearchSchema=schema), attributes=("pk", "tenant", "color"))
        for key, tenant, color, values in (("a", "t", "red", (3, 4)), ("b", "t", "blue", (1, 0)), ("c", "u", "red", (0, 0))):
            put = dynamodb.put_item(TableName="vectors", ReturnConsumedCapacity="INDEXES",
                                    Item={"pk": {"S": key}, "tenant": {"S": tenant}, "color": {"S": color},
                                          "v": vector(*values)})
        self.assertEqual(put["ConsumedCapacity"]["VectorIndexes"], {"near": {"VectorWriteRequestBytes": 1024.0}})
        values = {":t": {"S": "t"}}
        self.assertEqual(search(dynamodb, 0, 0, SearchConditionExpression="tenant = :t", ExpressionAttributeValues=values),
                         [("b", 1.0), ("a", 5.0)])
        answer = dynamodb.search_vectors(
            TableName="vectors", IndexName="near", SearchVector=numbers(0, 0), TopK=1, ProjectionExpression="v, #c",
            SearchConditionExpression="tenant = :t AND #c = :c", ExpressionAttributeNames={"#c": "color"},
            ExpressionAttributeValues=values | {":c": {"S": "red"}}, ReturnConsumedCapacity="TOTAL")
        self.assertEqual(answer["SearchResults"],
                         [{"Item": {"v": vector(3, 4), "color": {"S": "red"}}, "Score": 5.0}])
        self.assertEqual(answer["ConsumedCapacity"], {"VectorSearchRequestBytes": 1024.0})
        with self.assertRaisesRegex(dynamodb.exceptions.ClientError, "ValidationException.*must be provided when"):
            search(dynamodb, 0, 0)
        with self.assertRaisesRegex(dynamodb.exceptions.ClientError, r"Invalid size for parameter v, Expected: 2, Actual: 3"):
            dynamodb.put_item(TableName="vectors", Item={"pk": {"S": "a"}, "v": vector(1, 2, 3)})

    def test_an_index_is_added_filled_and_deleted(self):
        dynamodb = vector_client(self.enterContext(MillraceServer()))
        create(dynamodb)
        for number in range(600):
            dynamodb.put_item(TableName="vectors", Item={"pk": {"S": str(number)}, "v": vector(number, 0)})
        described = dynamodb.update_table(TableName="vectors", VectorIndexUpdates=[{"Create": index()}])["TableDescription"]
        self.assertEqual((described["TableStatus"], described["VectorIndexes"][0]["IndexStatus"],
                          described["VectorIndexes"][0]["Backfilling"]), ("UPDATING", "CREATING", False))
        while (state := self.state(dynamodb))["IndexStatus"] == "CREATING":
            self.assertIn("Backfilling", state)
        self.assertEqual((state["IndexStatus"], state["ItemCount"]), ("ACTIVE", 600))
        self.assertEqual(search(dynamodb, 300, 0, most=1), [("300", 0.0)])
        dynamodb.update_table(TableName="vectors", VectorIndexUpdates=[{"Delete": {"IndexName": "near"}}])
        self.assertNotIn("VectorIndexes", dynamodb.describe_table(TableName="vectors")["Table"])

    @staticmethod
    def state(dynamodb):
        return dynamodb.describe_table(TableName="vectors")["Table"]["VectorIndexes"][0]

    def test_what_was_not_committed_is_not_found(self):
        server = self.enterContext(MillraceServer())
        dynamodb = vector_client(server)
        create(dynamodb, index())
        dynamodb.put_item(TableName="vectors", Item={"pk": {"S": "a"}, "v": vector(1, 0)})
        self.assertEqual(search(dynamodb, 0, 0), [("a", 1.0)])
        plan = {"seed": 1, "points": {"storage.commit": {"times": 1}}}
        self.assertEqual(server.request("PUT", "/_millrace/faults", plan)[0], 200)
        with self.assertRaisesRegex(dynamodb.exceptions.ClientError, "InternalServerError"):
            dynamodb.put_item(TableName="vectors", Item={"pk": {"S": "a"}, "v": vector(7, 0)})
        self.assertEqual(search(dynamodb, 0, 0), [("a", 1.0)])
        dynamodb.put_item(TableName="vectors", Item={"pk": {"S": "b"}, "v": vector(2, 0)})
        self.assertEqual(search(dynamodb, 0, 0), [("a", 1.0), ("b", 2.0)])

    def test_they_outlive_kill(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        arguments = ("--db-path", os.path.join(folder, "millrace.db"))
        server = self.enterContext(MillraceServer(*arguments))
        dynamodb = vector_client(server)
        create(dynamodb, index())
        expected = []
        for number in range(50):
            dynamodb.put_item(TableName="vectors", Item={"pk": {"S": str(number)}, "v": vector(number / 3, 0)})
        expected = search(dynamodb, 0, 0, most=50)
        self.assertEqual([key for key, _ in expected], [str(number) for number in range(50)])
        server.kill()
        with MillraceServer(*arguments) as server:
            dynamodb = vector_client(server)
            self.assertEqual(search(dynamodb, 0, 0, most=50), expected)
            dynamodb.delete_item(TableName="vectors", Key={"pk": {"S": "0"}})
            self.assertEqual(search(dynamodb, 0, 0, most=1), expected[1:2])


class SearchesBeside(Beside):
    """5,000 vectors of 256 dimensions: more than is compared on the I/O thread."""

    DIMENSIONS = 256

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        dynamodb = vector_client(cls.server)
        create_people(dynamodb, LIGHT_TABLE)
        create(dynamodb, index(dimensions=cls.DIMENSIONS))
        rng = random.Random(3)
        for batch in range(200):
            dynamodb.batch_write_item(RequestItems={"vectors": [
                {"PutRequest": {"Item": {"pk": {"S": f"{batch}/{number}"}, "v": cls.any_vector(rng)}}}
                for number in range(25)]})
        cls.body = json.dumps({"TableName": "vectors", "IndexName": "near", "TopK": 100,
                               "SearchVector": cls.any_vector(rng)["L"]}).encode()

    @classmethod
    def any_vector(cls, rng):
        return vector(*(round(rng.gauss(0, 1), 3) for _ in range(cls.DIMENSIONS)))

    def test_nobody_waits_for_a_search(self):
        """The first one reads the index; those behind it do not."""
        self.assert_nobody_waits("POST", "/", self.body, headers_of("SearchVectors"), 200)
        self.assert_nobody_waits("POST", "/", self.body, headers_of("SearchVectors"), 200)


if __name__ == "__main__":
    unittest.main()
