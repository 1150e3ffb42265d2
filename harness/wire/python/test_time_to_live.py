"""Time to live through boto3: an item that expires goes through the stream to a function, as the service's own doing."""

import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer
from tables import create_people, put
from test_functions import EXTERNAL, create_function


class TimeToLive(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = self.enterContext(MillraceServer("--freeze-clock", *self.arguments))
        self.dynamodb = self.server.client("dynamodb")
        self.stream_arn = create_people(self.dynamodb, stream="OLD_IMAGE")["LatestStreamArn"]
        self.dynamodb.update_time_to_live(
            TableName="people", TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"})

    def put_for(self, key, seconds):
        now = int(self.server.request("GET", "/_millrace/clock")[1]["epochSeconds"])
        put(self.dynamodb, "people", key, gone={"N": str(now + seconds)})

    def keys(self):
        return sorted(item["pk"]["S"] for item in self.dynamodb.scan(TableName="people")["Items"])


class Expiry(TimeToLive):
    def test_the_function_is_told_who_deleted_the_item(self):
        client = self.server.client("lambda")
        create_function(client, "orders", EXTERNAL)
        function = self.enterContext(ExternalFunction(self.server.runtime_api_port, "orders", lambda event: event))
        client.create_event_source_mapping(EventSourceArn=self.stream_arn, FunctionName="orders", BatchSize=10,
                                           StartingPosition="TRIM_HORIZON")
        self.put_for("session", 3600)
        self.put_for("other", 7200)
        self.server.drain()
        self.server.clock(advance="59m")
        self.assertEqual(self.keys(), ["other", "session"])
        self.server.clock(advance="1h")
        self.server.drain()
        self.assertEqual(self.keys(), ["other"])
        removed = function.records[-1]
        self.assertEqual(removed["eventName"], "REMOVE")
        self.assertEqual(removed["userIdentity"], {"principalId": "dynamodb.amazonaws.com", "type": "Service"})
        self.assertEqual(removed["dynamodb"]["OldImage"]["pk"], {"S": "session"})

    def test_each_goes_at_its_own_time_of_a_long_advance(self):
        for hour in range(1, 6):
            self.put_for(f"after {hour} h", hour * 3600)
        self.server.clock(advance="4h30m")
        self.assertEqual(self.keys(), ["after 5 h"])


class WithDelay(TimeToLive):
    arguments = ("--time-to-live-delay", "600")

    def test_an_item_that_has_expired_is_read_until_it_goes(self):
        self.put_for("session", 60)
        self.server.clock(advance="10m")
        self.assertEqual(self.keys(), ["session"])
        self.server.clock(advance="2m")
        self.assertEqual(self.keys(), [])


if __name__ == "__main__":
    unittest.main()
