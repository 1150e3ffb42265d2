"""Tables in two regions of one process that hold the same items, as boto3 sees them."""

import os
import tempfile
import unittest

from millrace_server import REGION, MillraceServer
from tables import create_people, put

OTHER_REGION = "us-west-2"
THIRD_REGION = "ap-south-1"
IMAGES = "NEW_AND_OLD_IMAGES"


class GlobalTables(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = MillraceServer(*self.arguments).start()
        self.addCleanup(lambda: self.server.stop())
        self.connect()

    def connect(self):
        self.here = self.server.client("dynamodb")
        self.there = self.server.client("dynamodb", OTHER_REGION)

    def replicate(self, region=OTHER_REGION):
        self.here.update_table(TableName="people", ReplicaUpdates=[{"Create": {"RegionName": region}}])

    def items(self, client):
        found = []
        for page in client.get_paginator("scan").paginate(TableName="people", ConsistentRead=True):
            found += page["Items"]
        return sorted(found, key=lambda item: item["pk"]["S"])

    def replicas(self, client):
        table = client.describe_table(TableName="people")["Table"]
        return [(replica["RegionName"], replica["ReplicaStatus"]) for replica in table.get("Replicas", [])]

    def error_of(self, call, **arguments):
        with self.assertRaises(Exception) as caught:
            call(**arguments)
        return caught.exception.response["Error"]["Code"]


class Replicas(GlobalTables):
    def test_a_replica_gets_what_is_there_and_what_comes(self):
        create_people(self.here)
        put(self.here, "people", *(f"old {number}" for number in range(1200)))
        self.replicate()
        put(self.here, "people", "new here")
        self.server.drain()
        self.assertEqual(self.replicas(self.here), [(OTHER_REGION, "ACTIVE")])
        self.assertEqual(self.replicas(self.there), [(REGION, "ACTIVE")])
        put(self.there, "people", "new there", n={"N": "1"})
        self.server.drain()
        self.assertEqual(len(self.items(self.here)), 1202)
        self.assertEqual(self.items(self.here), self.items(self.there))

    def test_the_last_writer_wins_and_conditions_are_local(self):
        create_people(self.here)
        self.replicate()
        self.replicate(THIRD_REGION)
        third = self.server.client("dynamodb", THIRD_REGION)
        for number in range(60):
            for client in (self.here, self.there, third):
                update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": f"{number}"}}}
                client.update_item(TableName="people", Key={"pk": {"S": f"{number % 7}"}}, **update)
        self.here.delete_item(TableName="people", Key={"pk": {"S": "3"}})
        self.server.drain()
        self.assertEqual(len(self.items(self.here)), 6)
        self.assertEqual(self.items(self.here), self.items(self.there))
        self.assertEqual(self.items(self.here), self.items(third))
        taken = {"TableName": "people", "Item": {"pk": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(pk)"}
        self.assertEqual(self.error_of(third.put_item, **taken), "ConditionalCheckFailedException")

    def test_a_function_hears_of_what_was_written_elsewhere(self):
        create_people(self.here)
        self.replicate()
        functions = self.server.client("lambda", OTHER_REGION)
        functions.create_function(FunctionName="echo", Runtime="provided.al2023", Handler="bootstrap",
                                  Role="arn:aws:iam::000000000000:role/r",
                                  Code={"S3Bucket": "in-process", "S3Key": "echo"})
        stream = self.there.describe_table(TableName="people")["Table"]["LatestStreamArn"]
        functions.create_event_source_mapping(EventSourceArn=stream, FunctionName="echo",
                                              StartingPosition="TRIM_HORIZON")
        put(self.here, "people", *(f"{number}" for number in range(40)))
        [mapping] = self.server.drain()["mappings"]
        self.assertEqual(mapping["recordsDelivered"], 40)

    def test_a_replica_goes_and_the_table_stays(self):
        create_people(self.here)
        self.replicate()
        put(self.there, "people", "kept")
        self.assertEqual(self.error_of(self.here.delete_table, TableName="people"), "ValidationException")
        self.here.update_table(TableName="people", ReplicaUpdates=[{"Delete": {"RegionName": OTHER_REGION}}])
        self.assertEqual([item["pk"]["S"] for item in self.items(self.here)], ["kept"])
        self.assertEqual(self.replicas(self.here), [])
        self.assertEqual(self.error_of(self.there.describe_table, TableName="people"), "ResourceNotFoundException")
        self.here.delete_table(TableName="people")

    def test_an_advance_of_the_clock_waits_for_what_is_on_its_way(self):
        self.server.clock(freeze=True)
        create_people(self.here)
        self.replicate()
        put(self.here, "people", *(f"{number}" for number in range(200)))
        self.server.clock(advance="1s")
        self.assertEqual(len(self.items(self.there)), 200)


class ReplicasOfAFile(GlobalTables):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.arguments = ("--db-path", os.path.join(folder.name, "data.db"))
        super().setUp()

    def test_a_killed_server_goes_on_where_it_was(self):
        create_people(self.here)
        self.replicate()
        for round_number in range(3):
            put(self.here, "people", *(f"{round_number} here {number}" for number in range(150)))
            put(self.there, "people", *(f"{round_number} there {number}" for number in range(50)))
            self.server.kill()
            self.server = MillraceServer(*self.arguments).start()
            self.connect()
        self.server.drain()
        self.assertEqual(len(self.items(self.here)), 600)
        self.assertEqual(self.items(self.here), self.items(self.there))


class OneWorld(GlobalTables):
    arguments = ("--shared-db",)

    def test_there_are_no_other_regions(self):
        create_people(self.here)
        with self.assertRaisesRegex(Exception, "--shared-db"):
            self.replicate()


class Version2017(GlobalTables):
    group = [{"RegionName": REGION}, {"RegionName": OTHER_REGION}]

    def test_items_tell_who_wrote_them(self):
        for client in (self.here, self.there):
            create_people(client, stream=IMAGES)
        made = self.here.create_global_table(GlobalTableName="people", ReplicationGroup=self.group)
        self.assertEqual(made["GlobalTableDescription"]["GlobalTableStatus"], "CREATING")
        described = self.there.describe_global_table(GlobalTableName="people")["GlobalTableDescription"]
        self.assertEqual(described["GlobalTableStatus"], "ACTIVE")
        put(self.there, "people", "a")
        self.server.drain()
        [item] = self.items(self.here)
        self.assertEqual(item["aws:rep:updateregion"], {"S": OTHER_REGION})
        self.assertEqual(item["aws:rep:deleting"], {"BOOL": False})
        self.assertEqual(self.items(self.there), [item])
        self.here.delete_item(TableName="people", Key={"pk": {"S": "a"}})
        self.server.drain()
        self.assertEqual(self.items(self.there), [])
        [listed] = self.here.list_global_tables()["GlobalTables"]
        self.assertCountEqual(listed["ReplicationGroup"], self.group)
        self.here.update_global_table(GlobalTableName="people",
                                      ReplicaUpdates=[{"Delete": {"RegionName": OTHER_REGION}}])
        self.assertEqual(self.error_of(self.here.update_global_table, GlobalTableName="people",
                                       ReplicaUpdates=[{"Delete": {"RegionName": OTHER_REGION}}]),
                         "ReplicaNotFoundException")

    def test_settings_are_those_of_all_tables(self):
        for client in (self.here, self.there):
            client.create_table(TableName="people", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
                                StreamSpecification={"StreamEnabled": True, "StreamViewType": IMAGES})
        self.here.create_global_table(GlobalTableName="people", ReplicationGroup=self.group)
        self.here.update_global_table_settings(
            GlobalTableName="people", GlobalTableProvisionedWriteCapacityUnits=9,
            ReplicaSettingsUpdate=[{"RegionName": OTHER_REGION, "ReplicaProvisionedReadCapacityUnits": 4}])
        settings = self.there.describe_global_table_settings(GlobalTableName="people")["ReplicaSettings"]
        units = {one["RegionName"]: (one["ReplicaProvisionedReadCapacityUnits"],
                                     one["ReplicaProvisionedWriteCapacityUnits"]) for one in settings}
        self.assertEqual(units, {REGION: (1, 9), OTHER_REGION: (4, 9)})


if __name__ == "__main__":
    unittest.main()
