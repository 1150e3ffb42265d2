"""FilterCriteria through boto3: what is recorded of Lambda (reference 4.10), through a mapping and its function."""

import json
import unittest

from external_function import ExternalFunction
from millrace_server import MillraceServer
from tables import create_people
from test_functions import EXTERNAL, create_function


def criteria(*patterns):
    return {"Filters": [{"Pattern": p if isinstance(p, str) else json.dumps(p)} for p in patterns]}


def new_image(**attributes):
    return {"dynamodb": {"NewImage": attributes}}


def item(**attributes):
    return {"pk": {"S": "a"}, **attributes}


class Filters(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer())
        self.dynamodb = self.server.client("dynamodb")
        self.client = self.server.client("lambda")
        self.stream_arn = create_people(self.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]

    def create_mapping(self, function="orders", **arguments):
        return self.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName=function, StartingPosition="TRIM_HORIZON", BatchSize=1,
            **arguments)

    def function(self, name="orders"):
        create_function(self.client, name, EXTERNAL)
        return self.enterContext(ExternalFunction(self.server.runtime_api_port, name))

    def put(self, *items):
        for one in items:
            self.dynamodb.put_item(TableName="people", Item=one)

    def test_the_recorded_results(self):
        changed = item(n={"N": "1"})
        cases = {
            "event_name": ({"eventName": ["INSERT"]}, item(), item(), 1),
            "two_names": ({"eventName": ["INSERT", "MODIFY"]}, item(), changed, 2),
            "name_and_source": ({"eventName": ["INSERT"], "eventSource": ["aws:dynamodb"]}, item(), changed, 1),
            "exists": (new_image(presentKey={"S": [{"exists": True}]}), item(presentKey={"S": "x"}), item(), 1),
            "exists_of_no_leaf": (new_image(presentKey=[{"exists": False}]), item(), item(presentKey={"S": "x"}), 2),
            "numeric_and_anything_but": (new_image(numericFilter={"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}),
                                         item(numericFilter={"N": "42"}), item(numericFilter={"N": "101"}), 1),
            "prefix": (new_image(prefix={"S": [{"prefix": "us-1"}]}), item(prefix={"S": "us-1-x"}),
                       item(prefix={"S": "other"}), 1),
        }
        for name, (pattern, first, second, expected) in cases.items():
            with self.subTest(name):
                self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "a"}})
                function = self.function(name)
                created = self.client.create_event_source_mapping(
                    EventSourceArn=self.stream_arn, FunctionName=name, StartingPosition="LATEST", BatchSize=1,
                    FilterCriteria=criteria(pattern))
                self.put(first, second)
                [report] = self.server.drain(created["UUID"])["mappings"]
                self.assertEqual((len(function.events), report["recordsDelivered"]), (expected, expected))
                self.client.delete_event_source_mapping(UUID=created["UUID"])

    def test_several_filters_are_alternatives_and_the_rest_moves_the_checkpoint(self):
        function = self.function()
        uuid = self.create_mapping(FilterCriteria=criteria(new_image(kind={"S": ["a"]}), new_image(kind={"S": ["b"]})))["UUID"]
        for n in range(300):
            self.put({"pk": {"S": f"{n:03}"}, "kind": {"S": "abc"[n % 3]}})
        report = self.server.drain(uuid)
        self.assertTrue(report["drained"])
        self.assertEqual(sorted(function.keys()), [f"{n:03}" for n in range(300) if n % 3 != 2])
        self.client.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.client.update_event_source_mapping(UUID=uuid, Enabled=True)
        self.server.drain(uuid)
        self.assertEqual(len(function.records), 200, "it goes on behind what it has filtered out")

    def test_filters_are_shown_changed_and_cleared(self):
        self.function()
        pattern = '{ "eventName" : ["INSERT"] }'
        created = self.create_mapping(FilterCriteria=criteria(pattern))
        self.assertEqual(created["FilterCriteria"], criteria(pattern))
        uuid = created["UUID"]
        get = lambda: self.client.get_event_source_mapping(UUID=uuid)
        self.assertEqual(get()["FilterCriteria"], criteria(pattern))
        [listed] = self.client.list_event_source_mappings()["EventSourceMappings"]
        self.assertEqual(listed["FilterCriteria"], criteria(pattern))

        self.client.update_event_source_mapping(UUID=uuid, BatchSize=5)
        self.assertEqual(get()["FilterCriteria"], criteria(pattern), "an update that does not name it keeps it")
        self.client.update_event_source_mapping(UUID=uuid, FilterCriteria=criteria({"eventName": ["REMOVE"]}))
        self.assertEqual(get()["FilterCriteria"], criteria({"eventName": ["REMOVE"]}))
        self.client.update_event_source_mapping(UUID=uuid, FilterCriteria={})
        self.assertNotIn("FilterCriteria", get())
        self.client.update_event_source_mapping(UUID=uuid, FilterCriteria=criteria(pattern))
        self.client.update_event_source_mapping(UUID=uuid, FilterCriteria={"Filters": []})
        self.assertNotIn("FilterCriteria", get())

    def test_an_update_filters_what_comes_after_it(self):
        function = self.function()
        uuid = self.create_mapping()["UUID"]
        self.put(item())
        self.server.drain(uuid)
        self.client.update_event_source_mapping(UUID=uuid, FilterCriteria=criteria({"eventName": ["REMOVE"]}))
        self.put(item(n={"N": "1"}))
        self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "a"}})
        self.server.drain(uuid)
        self.assertEqual([record["eventName"] for record in function.records], ["INSERT", "REMOVE"])

    def test_a_customer_key_hides_the_filters_of_a_list(self):
        self.function()
        key = "arn:aws:kms:eu-west-1:000000000000:key/1"
        path = "/2015-03-31/event-source-mappings"
        # Debian's boto3 does not know KMSKeyArn.
        status, created = self.server.request("POST", path, {
            "EventSourceArn": self.stream_arn, "FunctionName": "orders", "StartingPosition": "LATEST",
            "FilterCriteria": criteria({"eventName": ["INSERT"]}), "KMSKeyArn": key})
        self.assertEqual(status, 202, created)
        _, shown = self.server.request("GET", f"{path}/{created['UUID']}")
        self.assertEqual((shown["KMSKeyArn"], shown["FilterCriteria"]), (key, criteria({"eventName": ["INSERT"]})))
        [listed] = self.client.list_event_source_mappings()["EventSourceMappings"]
        self.assertIsNone(listed.get("FilterCriteria"))

    def test_bad_patterns_are_refused_in_lambdas_words(self):
        self.function()
        bad = ["single-string", '{"eventName":["INSERT"', "[]", {"eventName": "INSERT"}, {"eventName": []},
               {"eventName": [{"PREFIX": "I"}]}, {"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 0, ">", 1]}]}}}}]
        for pattern in bad:
            with self.subTest(pattern), self.assertRaises(self.client.exceptions.InvalidParameterValueException) as caught:
                self.create_mapping(FilterCriteria=criteria({}, pattern))
            self.assertEqual(caught.exception.response["Error"]["Message"], "Invalid filter pattern definition.")
        self.assertEqual(self.client.list_event_source_mappings()["EventSourceMappings"], [])

    def test_more_filters_than_the_quota_are_refused(self):
        self.function()
        pattern = {"eventName": ["INSERT"]}
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException) as caught:
            self.create_mapping(FilterCriteria=criteria(*[pattern] * 6))
        self.assertIn("5", caught.exception.response["Error"]["Message"])
        self.create_mapping(FilterCriteria=criteria(*[pattern] * 5))


class RaisedQuota(unittest.TestCase):
    def test_ten_filters_with_a_raised_quota(self):
        server = self.enterContext(MillraceServer("--filters-per-mapping", "10"))
        stream_arn = create_people(server.client("dynamodb"), stream="NEW_IMAGE")["LatestStreamArn"]
        client = server.client("lambda")
        create_function(client, "orders", EXTERNAL)
        created = client.create_event_source_mapping(
            EventSourceArn=stream_arn, FunctionName="orders", StartingPosition="LATEST",
            FilterCriteria=criteria(*[{"eventName": ["INSERT"]}] * 10))
        self.assertEqual(len(created["FilterCriteria"]["Filters"]), 10)


if __name__ == "__main__":
    unittest.main()
