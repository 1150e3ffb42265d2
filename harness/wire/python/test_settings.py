"""What is set about a table beside the table, through boto3; what that does not know is in settings.test.js."""

import os
import tempfile
import unittest

from millrace_server import REGION, MillraceServer
from tables import create_music, create_people

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


class KinesisDestinations(unittest.TestCase):
    def test_a_destination_outlives_a_restart(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        arguments = ("--db-path", os.path.join(folder, "millrace.db"))
        with MillraceServer(*arguments) as server:
            dynamodb = server.client("dynamodb")
            create_people(dynamodb)
            enabled = dynamodb.enable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            self.assertEqual(enabled["DestinationStatus"], "ENABLING")
        with MillraceServer(*arguments) as server:
            dynamodb = server.client("dynamodb")
            shown = dynamodb.describe_kinesis_streaming_destination(TableName="people")
            self.assertEqual(shown["KinesisDataStreamDestinations"],
                             [{"StreamArn": CHANGES, "DestinationStatus": "ACTIVE"}])
            dynamodb.disable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            with self.assertRaises(dynamodb.exceptions.ClientError) as caught:
                dynamodb.disable_kinesis_streaming_destination(TableName="people", StreamArn=CHANGES)
            self.assertIn("must be ACTIVE to perform DISABLE operation", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
