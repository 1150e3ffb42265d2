"""What is set about a table beside the table, through boto3; what that does not know is in settings.test.js."""

import unittest

from millrace_server import MillraceServer
from tables import create_music


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


if __name__ == "__main__":
    unittest.main()
