"""`--throttling`: clients of tables with little throughput are throttled, come again, and get through."""

import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from millrace_server import REGION, MillraceServer


class Throttling(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer("--throttling", "--freeze-clock"))
        self.dynamodb = self.server.client("dynamodb")
        self.dynamodb.create_table(
            TableName="small", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})

    def put(self, key):
        self.dynamodb.put_item(TableName="small", Item={"pk": {"S": key}})

    def test_a_second_brings_new_units(self):
        for number in range(5):
            self.put(str(number))
        with self.assertRaises(self.dynamodb.exceptions.ProvisionedThroughputExceededException):
            self.put("6")
        self.server.clock(advance="1s")
        self.put("6")

    def test_a_batch_is_finished_in_several_calls(self):
        rest = {"small": [{"PutRequest": {"Item": {"pk": {"S": f"{number:02}"}}}} for number in range(25)]}
        calls = 0
        while rest:
            rest = self.dynamodb.batch_write_item(RequestItems=rest)["UnprocessedItems"]
            self.server.clock(advance="1s")
            calls += 1
        self.assertEqual(calls, 5)
        self.assertEqual(self.dynamodb.describe_table(TableName="small")["Table"]["ItemCount"], 25)

    def test_an_sdk_that_comes_again_gets_through_when_time_passes(self):
        self.server.clock(freeze=False)
        patient = boto3.client("dynamodb", endpoint_url=self.server.url, region_name=REGION, aws_access_key_id="local",
                               aws_secret_access_key="local",
                               config=Config(retries={"max_attempts": 20, "mode": "adaptive"}))
        for number in range(12):
            patient.put_item(TableName="small", Item={"pk": {"S": str(number)}})
        self.assertEqual(self.dynamodb.describe_table(TableName="small")["Table"]["ItemCount"], 12)


class WithoutIt(unittest.TestCase):
    def test_nothing_is_throttled(self):
        with MillraceServer() as server:
            dynamodb = server.client("dynamodb")
            dynamodb.create_table(
                TableName="small", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
            try:
                for number in range(500):
                    dynamodb.put_item(TableName="small", Item={"pk": {"S": str(number)}})
            except ClientError as error:
                self.fail(error)


if __name__ == "__main__":
    unittest.main()
