"""Backups and point-in-time recovery through boto3, and across a process that is killed."""

import datetime
import pathlib
import tempfile
import unittest

from millrace_server import MillraceServer
from tables import create_people, put


def items(dynamodb, table):
    return {item["pk"]["S"]: item.get("note", {}).get("S") for item in dynamodb.scan(TableName=table)["Items"]}


class Backups(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(MillraceServer("--freeze-clock"))
        self.dynamodb = self.server.client("dynamodb")
        create_people(self.dynamodb)
        put(self.dynamodb, "people", "zoe", note={"S": "before"})

    def test_a_table_comes_back_from_its_backup(self):
        made = self.dynamodb.create_backup(TableName="people", BackupName="nightly")["BackupDetails"]
        self.assertEqual(made["BackupStatus"], "CREATING")
        put(self.dynamodb, "people", "zoe", note={"S": "after"})
        self.dynamodb.delete_table(TableName="people")
        described = self.dynamodb.describe_backup(BackupArn=made["BackupArn"])["BackupDescription"]
        self.assertEqual(described["BackupDetails"]["BackupStatus"], "AVAILABLE")
        self.assertEqual(described["SourceTableDetails"]["ItemCount"], 1)
        answer = self.dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=made["BackupArn"])
        self.assertEqual(answer["TableDescription"]["TableStatus"], "CREATING")
        self.assertTrue(answer["TableDescription"]["RestoreSummary"]["RestoreInProgress"])
        self.dynamodb.get_waiter("table_exists").wait(TableName="again", WaiterConfig={"Delay": 1})
        self.assertEqual(items(self.dynamodb, "again"), {"zoe": "before"})
        self.dynamodb.delete_backup(BackupArn=made["BackupArn"])
        with self.assertRaises(self.dynamodb.exceptions.BackupNotFoundException):
            self.dynamodb.describe_backup(BackupArn=made["BackupArn"])

    def test_backups_are_listed_in_pages(self):
        for name in ("first", "second", "third"):
            self.dynamodb.create_backup(TableName="people", BackupName=name)
            self.server.clock(advance="1m")
        pages = self.dynamodb.get_paginator("list_backups").paginate(
            TableName="people", PaginationConfig={"PageSize": 2})
        self.assertEqual([[each["BackupName"] for each in page["BackupSummaries"]] for page in pages],
                         [["first", "second"], ["third"]])

    def test_a_table_goes_back_to_an_hour_ago(self):
        described = self.dynamodb.update_continuous_backups(
            TableName="people", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        self.assertEqual(recovery["PointInTimeRecoveryStatus"], "ENABLED")
        self.server.clock(advance="1h")
        put(self.dynamodb, "people", "zoe", note={"S": "after"})
        self.dynamodb.restore_table_to_point_in_time(
            SourceTableName="people", TargetTableName="earlier",
            RestoreDateTime=recovery["EarliestRestorableDateTime"] + datetime.timedelta(minutes=30))
        self.dynamodb.get_waiter("table_exists").wait(TableName="earlier", WaiterConfig={"Delay": 1})
        self.assertEqual(items(self.dynamodb, "earlier"), {"zoe": "before"})
        with self.assertRaises(self.dynamodb.exceptions.InvalidRestoreTimeException):
            self.dynamodb.restore_table_to_point_in_time(
                SourceTableName="people", TargetTableName="too_early",
                RestoreDateTime=recovery["EarliestRestorableDateTime"] - datetime.timedelta(minutes=30))


class Killed(unittest.TestCase):
    def test_a_large_restore_goes_on_after_the_process_was_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            database = str(pathlib.Path(folder) / "millrace.db")
            with MillraceServer("--db-path", database) as server:
                dynamodb = server.client("dynamodb")
                create_people(dynamodb)
                for start in range(0, 3000, 25):
                    dynamodb.batch_write_item(RequestItems={"people": [
                        {"PutRequest": {"Item": {"pk": {"S": str(key)}, "note": {"S": "before"}}}}
                        for key in range(start, start + 25)]})
                backup = dynamodb.create_backup(TableName="people", BackupName="nightly")["BackupDetails"]["BackupArn"]
                put(dynamodb, "people", "0", note={"S": "after"})
                dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=backup)
                server.kill()
            with MillraceServer("--db-path", database) as server:
                dynamodb = server.client("dynamodb")
                dynamodb.get_waiter("table_exists").wait(TableName="again", WaiterConfig={"Delay": 1})
                found = {}
                for page in dynamodb.get_paginator("scan").paginate(TableName="again"):
                    found.update({item["pk"]["S"]: item["note"]["S"] for item in page["Items"]})
                self.assertEqual(len(found), 3000)
                self.assertEqual(set(found.values()), {"before"})


if __name__ == "__main__":
    unittest.main()
