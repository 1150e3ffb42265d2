"""Transactions through boto3: all or nothing, the reasons of a cancelled one, tokens, and the stream."""

import concurrent.futures
import unittest

from millrace_server import MillraceServer
from tables import create_people, put


def putting(key, **more):
    return {"Put": {"TableName": "people", "Item": {"pk": {"S": key}}, **more}}


class Transactions(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]

    def keys(self):
        return sorted(item["pk"]["S"] for item in self.dynamodb.scan(TableName="people")["Items"])

    def records(self):
        streams = self.server.client("dynamodbstreams")
        shard = streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard,
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"])
                for record in streams.get_records(ShardIterator=iterator)["Records"]]

    def test_writes_all_and_each_change_is_in_the_stream(self):
        put(self.dynamodb, "people", "checked")
        put(self.dynamodb, "people", "gone")
        self.dynamodb.transact_write_items(TransactItems=[
            putting("new"),
            {"Delete": {"TableName": "people", "Key": {"pk": {"S": "gone"}}}},
            {"ConditionCheck": {"TableName": "people", "Key": {"pk": {"S": "checked"}},
                                "ConditionExpression": "attribute_exists(pk)"}},
            {"Update": {"TableName": "people", "Key": {"pk": {"S": "updated"}}, "UpdateExpression": "SET n = :n",
                        "ExpressionAttributeValues": {":n": {"N": "1"}}}},
        ])
        self.assertEqual(self.keys(), ["checked", "new", "updated"])
        self.assertEqual(self.records()[2:], [("INSERT", "new"), ("REMOVE", "gone"), ("INSERT", "updated")])

    def test_a_cancelled_one_says_why_and_changes_nothing(self):
        put(self.dynamodb, "people", "taken", n={"N": "1"})
        with self.assertRaises(self.dynamodb.exceptions.TransactionCanceledException) as caught:
            self.dynamodb.transact_write_items(TransactItems=[
                putting("new"),
                putting("taken", ConditionExpression="attribute_not_exists(pk)",
                        ReturnValuesOnConditionCheckFailure="ALL_OLD")])
        reasons = caught.exception.response["CancellationReasons"]
        self.assertEqual(reasons, [{"Code": "None"}, {"Code": "ConditionalCheckFailed",
                                                      "Message": "The conditional request failed",
                                                      "Item": {"pk": {"S": "taken"}, "n": {"N": "1"}}}])
        self.assertEqual(self.keys(), ["taken"])
        self.assertEqual(len(self.records()), 1)

    def test_a_token_makes_a_request_happen_once(self):
        once = {"ClientRequestToken": "once", "TransactItems": [
            {"Update": {"TableName": "people", "Key": {"pk": {"S": "counter"}}, "UpdateExpression": "ADD n :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}}}}]}
        for _ in range(3):
            self.dynamodb.transact_write_items(**once)
        answer = self.dynamodb.get_item(TableName="people", Key={"pk": {"S": "counter"}})
        self.assertEqual(answer["Item"]["n"], {"N": "1"})
        with self.assertRaises(self.dynamodb.exceptions.IdempotentParameterMismatchException):
            self.dynamodb.transact_write_items(ClientRequestToken="once", TransactItems=[putting("other")])

    def test_reads_of_one_moment(self):
        put(self.dynamodb, "people", "a", n={"N": "1"})
        answer = self.dynamodb.transact_get_items(ReturnConsumedCapacity="TOTAL", TransactItems=[
            {"Get": {"TableName": "people", "Key": {"pk": {"S": key}}}} for key in ("a", "missing")])
        self.assertEqual(answer["Responses"], [{"Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}, {}])
        self.assertEqual(answer["ConsumedCapacity"],
                         [{"TableName": "people", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}])

    def test_many_at_once_move_money_and_none_is_lost(self):
        accounts = [str(number) for number in range(4)]
        for account in accounts:
            put(self.dynamodb, "people", account, n={"N": "100"})

        def transfer(number):
            here, there = accounts[number % 4], accounts[(number + 1) % 4]
            change = {"TableName": "people", "UpdateExpression": "ADD n :by"}
            try:
                self.dynamodb.transact_write_items(TransactItems=[
                    {"Update": {**change, "Key": {"pk": {"S": here}}, "ExpressionAttributeValues": {":by": {"N": "-1"}}}},
                    {"Update": {**change, "Key": {"pk": {"S": there}}, "ExpressionAttributeValues": {":by": {"N": "1"}}}}])
            except self.dynamodb.exceptions.TransactionCanceledException as cancelled:
                codes = {reason["Code"] for reason in cancelled.response["CancellationReasons"]}
                self.assertLessEqual(codes, {"None", "TransactionConflict"})
                return 0
            return 1

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            happened = sum(pool.map(transfer, range(200)))
        self.assertGreater(happened, 0)
        amounts = [int(item["n"]["N"]) for item in self.dynamodb.scan(TableName="people")["Items"]]
        self.assertEqual(sum(amounts), 400)
        self.assertEqual(len(self.records()), 4 + 2 * happened)


if __name__ == "__main__":
    unittest.main()
