"""What is set about a table beside the table, through boto3; what that does not know is in settings.test.js."""

import os
import tempfile
import unittest
from urllib.parse import quote

from millrace_server import REGION, MillraceServer
from tables import create_music, create_people, put

CHANGES = f"arn:aws:kinesis:{REGION}:000000000000:stream/changes"


class ContributorInsights(unittest.TestCase):
    def test_they_are_enabled_listed_and_disabled(self):
        dynamodb = self.enterContext(MillraceServer()).client("dynamodb")
        create_music(dynamodb)
        for index in ({}, {"IndexName": "byGenre"}):
            dynamodb.update_contributor_insights(TableName="music", ContributorInsightsAction="ENABLE", **index)
        described = dynamodb.describe_contributor_insights(TableName="music", IndexName="byGenre")
        self.assertEqual((described["ContributorInsightsStatus"], len(described["ContributorInsightsRuleList"])),
                         ("ENABLED", 2))
        page = dynamodb.list_contributor_insights(MaxResults=1)
        rest = dynamodb.list_contributor_insights(MaxResults=1, NextToken=page["NextToken"])
        self.assertNotIn("NextToken", rest)
        listed = page["ContributorInsightsSummaries"] + rest["ContributorInsightsSummaries"]
        self.assertEqual([summary.get("IndexName") for summary in listed], [None, "byGenre"])
        dynamodb.update_contributor_insights(TableName="music", ContributorInsightsAction="DISABLE")
        listed = dynamodb.list_contributor_insights(TableName="music")["ContributorInsightsSummaries"]
        self.assertEqual([summary["IndexName"] for summary in listed], ["byGenre"])


    def test_the_keys_with_most_traffic_are_told(self):
        server = self.enterContext(MillraceServer("--throttling", "--freeze-clock"))
        dynamodb = server.client("dynamodb")
        dynamodb.create_table(
            TableName="small", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 3})
        put(dynamodb, "small", "not counted yet")
        dynamodb.update_contributor_insights(TableName="small", ContributorInsightsAction="ENABLE")
        put(dynamodb, "small", "a", "b")
        for _ in range(3):
            with self.assertRaises(dynamodb.exceptions.ProvisionedThroughputExceededException):
                put(dynamodb, "small", "b")
        for key in ("a", "a", "b"):
            dynamodb.get_item(TableName="small", Key={"pk": {"S": key}}, ConsistentRead=True)
        dynamodb.query(TableName="small", KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": {"S": "a"}})
        status, told = server.request("GET", "/_millrace/insights/small?limit=2")
        self.assertEqual((status, told), (200, {
            "tableName": "small", "enabled": True,
            "PKC": [{"key": {"pk": {"S": "a"}}, "count": 3.5}, {"key": {"pk": {"S": "b"}}, "count": 2.0}], "SKC": [],
            "PKT": [{"key": {"pk": {"S": "b"}}, "count": 3.0}], "SKT": []}))
        self.assertEqual(server.request("GET", "/_millrace/insights/nowhere")[0], 404)


class KinesisDestinations(unittest.TestCase):
    def test_a_destination_outlives_a_restart(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        arguments = ("--db-path", os.path.join(folder, "millrace.db"))
        with MillraceServer(*arguments) as server:
            dynamodb = server.client("dynamodb")
            create_people(dynamodb)
            enabled = dynamodb.enable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            self.assertEqual(enabled["DestinationStatus"], "ENABLING")
            put(dynamodb, "people", "a", "b", "c")
        with MillraceServer(*arguments) as server:
            dynamodb = server.client("dynamodb")
            shown = dynamodb.describe_kinesis_streaming_destination(TableName="people")
            self.assertEqual(shown["KinesisDataStreamDestinations"],
                             [{"StreamArn": CHANGES, "DestinationStatus": "ACTIVE"}])
            put(dynamodb, "people", "d")
            self.assertEqual(self.delivered(server, "changes"), ["a", "b", "c", "d"])
            self.assertEqual(self.delivered(server, quote(CHANGES, safe=""), limit=3), ["a", "b", "c", "d"])
            self.assertEqual(self.delivered(server, "others"), [])
            dynamodb.disable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            with self.assertRaises(dynamodb.exceptions.ClientError) as caught:
                dynamodb.disable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            self.assertIn("must be ACTIVE to perform DISABLE operation", str(caught.exception))

    def delivered(self, server, destination, limit=1000):
        """The keys of all records, page by page."""
        keys, after, more = [], "", True
        while more:
            status, page = server.request("GET", f"/_millrace/kinesis/{destination}?after={after}&limit={limit}")
            self.assertEqual(status, 200, page)
            self.assertLessEqual(len(page["records"]), limit)
            keys += [record["data"]["dynamodb"]["Keys"]["pk"]["S"] for record in page["records"]]
            after, more = page["next"], page["more"]
        return keys

    def test_a_page_is_refused_that_cannot_be(self):
        server = self.enterContext(MillraceServer())
        for query in ("limit=0", "limit=1001", "limit=x", "after=1"):
            status, answer = server.request("GET", f"/_millrace/kinesis/changes?{query}")
            self.assertEqual((status, answer["Type"]), (400, "User"), query)


if __name__ == "__main__":
    unittest.main()
