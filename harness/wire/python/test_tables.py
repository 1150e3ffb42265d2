"""Tables through boto3: make, describe, list, change, delete."""

import unittest

from millrace_server import REGION, MillraceServer
from tables import create_music, create_people


class Tables(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")

    def test_creates_describes_and_deletes_a_table(self):
        table = create_people(self.dynamodb)
        self.assertEqual(table["TableStatus"], "ACTIVE")
        self.assertTrue(table["TableArn"].startswith(f"arn:aws:dynamodb:{REGION}:"))
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")

        self.dynamodb.delete_table(TableName="people")
        self.dynamodb.get_waiter("table_not_exists").wait(TableName="people")
        with self.assertRaises(self.dynamodb.exceptions.ResourceNotFoundException):
            self.dynamodb.describe_table(TableName="people")

    def test_refuses_a_name_that_is_taken(self):
        create_people(self.dynamodb)
        with self.assertRaises(self.dynamodb.exceptions.ResourceInUseException) as caught:
            create_people(self.dynamodb)
        self.assertEqual(caught.exception.response["Error"]["Message"], "Table already exists: people")

    def test_pages_through_the_names_of_all_tables(self):
        names = [f"table-{number}" for number in range(5)]
        for name in names:
            create_people(self.dynamodb, name)
        pages = self.dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
        self.assertEqual([name for page in pages for name in page["TableNames"]], names)

    def test_changes_a_table(self):
        create_people(self.dynamodb)
        self.dynamodb.update_table(TableName="people", BillingMode="PROVISIONED",
                                   ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
        self.dynamodb.get_waiter("table_exists").wait(TableName="people")
        throughput = self.dynamodb.describe_table(TableName="people")["Table"]["ProvisionedThroughput"]
        self.assertEqual((throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]), (3, 4))

    def test_adds_an_index_to_a_table_with_items(self):
        create_people(self.dynamodb)
        self.dynamodb.put_item(TableName="people", Item={"pk": {"S": "a"}, "city": {"S": "Ghent"}})
        self.dynamodb.update_table(
            TableName="people", AttributeDefinitions=[{"AttributeName": "city", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "byCity", "Projection": {"ProjectionType": "ALL"},
                                                     "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}]}}])
        found = self.dynamodb.query(TableName="people", IndexName="byCity", KeyConditionExpression="city = :c",
                                    ExpressionAttributeValues={":c": {"S": "Ghent"}})
        self.assertEqual(found["Count"], 1)

    def test_describes_indexes(self):
        create_music(self.dynamodb)
        table = self.dynamodb.describe_table(TableName="music")["Table"]
        self.assertEqual([index["IndexName"] for index in table["LocalSecondaryIndexes"]], ["byYear"])
        self.assertEqual([(index["IndexName"], index["IndexStatus"]) for index in table["GlobalSecondaryIndexes"]],
                         [("byGenre", "ACTIVE")])

    def test_keeps_tags_and_pages_through_them(self):
        arn = self.dynamodb.create_table(
            TableName="tagged", BillingMode="PAY_PER_REQUEST", Tags=[{"Key": "team", "Value": "orders"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])["TableDescription"]["TableArn"]
        more = [{"Key": f"k{number:02}", "Value": str(number)} for number in range(15)]
        self.dynamodb.tag_resource(ResourceArn=arn, Tags=more)
        self.dynamodb.untag_resource(ResourceArn=arn, TagKeys=["k00"])
        pages = self.dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        tags = [tag for page in pages for tag in page["Tags"]]
        self.assertEqual(tags, more[1:] + [{"Key": "team", "Value": "orders"}])

    def test_sets_the_time_to_live(self):
        create_people(self.dynamodb)
        specification = {"Enabled": True, "AttributeName": "expires"}
        answer = self.dynamodb.update_time_to_live(TableName="people", TimeToLiveSpecification=specification)
        self.assertEqual(answer["TimeToLiveSpecification"], specification)
        shown = self.dynamodb.describe_time_to_live(TableName="people")["TimeToLiveDescription"]
        self.assertEqual(shown, {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"})
        with self.assertRaisesRegex(self.dynamodb.exceptions.ClientError, "TimeToLive is already enabled"):
            self.dynamodb.update_time_to_live(TableName="people", TimeToLiveSpecification=specification)


if __name__ == "__main__":
    unittest.main()
