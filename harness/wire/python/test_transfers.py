"""Exports to and imports from buckets through boto3, with a directory in the place of S3, and across a process that is killed."""

import base64
import csv
import datetime
import gzip
import hashlib
import json
import pathlib
import tempfile
import time
import unittest
import urllib.request

from millrace_server import REGION, MillraceServer
from tables import create_people, put

CREATION = {"BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}


def items(dynamodb, table):
    found = {}
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        found.update({item["pk"]["S"]: item for item in page["Items"]})
    return found


def finished(describe):
    """What it describes, once that is over. The server tells nobody: one has to ask."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        described = describe()
        status = next(value for name, value in described.items() if name.endswith("Status"))
        if status not in ("IN_PROGRESS", "CANCELLING"):
            return described
    raise AssertionError(f"not over after a minute: {described}")


def call(server, operation, body):
    """An operation that is newer than botocore."""
    request = urllib.request.Request(server.url, data=json.dumps(body).encode(), headers={
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}", "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


class Transfers(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.server = self.enterContext(MillraceServer("--buckets", str(self.folder)))
        self.dynamodb = self.server.client("dynamodb")
        self.arn = create_people(self.dynamodb)["TableArn"]
        self.dynamodb.update_continuous_backups(
            TableName="people", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        put(self.dynamodb, "people", "zoe", note={"S": "a \"quoted\" text\n"}, ages={"NS": ["1", "2.5"]},
            photo={"B": b"\x00\xff"}, more={"M": {"deep": {"L": [{"BOOL": True}, {"NULL": True}]}}})
        put(self.dynamodb, "people", *(f"p{number}" for number in range(200)), note={"S": "x"})

    def export(self, **arguments):
        begun = self.dynamodb.export_table_to_point_in_time(TableArn=self.arn, S3Bucket="exports", **arguments)
        arn = begun["ExportDescription"]["ExportArn"]
        return finished(lambda: self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"])

    def import_table(self, table, bucket, prefix, **arguments):
        begun = self.dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix},
            TableCreationParameters={"TableName": table, **CREATION}, **arguments)
        arn = begun["ImportTableDescription"]["ImportArn"]
        return finished(lambda: self.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"])

    def test_what_is_exported_is_imported(self):
        for export_format in ("DYNAMODB_JSON", "ION"):
            export = self.export(ExportFormat=export_format, S3Prefix="nightly")
            self.assertEqual(export["ExportStatus"], "COMPLETED")
            self.assertEqual(export["ItemCount"], 201)
            prefix = export["ExportManifest"].rsplit("/", 1)[0] + "/data/"
            table = "again_" + export_format
            imported = self.import_table(table, "exports", prefix, InputFormat=export_format, InputCompressionType="GZIP")
            self.assertEqual(imported["ImportStatus"], "COMPLETED", imported)
            self.assertEqual(imported["ImportedItemCount"], 201)
            self.assertEqual(items(self.dynamodb, table), items(self.dynamodb, "people"))
        self.assertEqual(len(self.dynamodb.list_imports()["ImportSummaryList"]), 2)
        self.assertEqual(len(self.dynamodb.list_exports(TableArn=self.arn)["ExportSummaries"]), 2)

    def test_the_files_are_those_that_aws_documents(self):
        export = self.export()
        summary = self.folder / "exports" / export["ExportManifest"]
        told = json.loads(summary.read_text())
        self.assertEqual(told["itemCount"], 201)
        self.assertEqual(summary.with_suffix(".md5").read_text(),
                         base64.b64encode(hashlib.md5(summary.read_bytes()).digest()).decode())
        self.assertEqual((summary.parent / "_started").read_bytes(), b"")
        lines = []
        for line in (self.folder / "exports" / told["manifestFilesS3Key"]).read_text().splitlines():
            file = json.loads(line)
            packed = (self.folder / "exports" / file["dataFileS3Key"]).read_bytes()
            self.assertEqual(file["etag"], hashlib.md5(packed).hexdigest())
            self.assertEqual(file["md5Checksum"], base64.b64encode(hashlib.md5(packed).digest()).decode())
            lines += gzip.decompress(packed).decode().splitlines()
        self.assertEqual({json.loads(line)["Item"]["pk"]["S"] for line in lines}, set(items(self.dynamodb, "people")))

    def test_an_increment_has_what_changed(self):
        begin = self.server.clock(freeze=True)
        self.server.clock(advance="1h")
        put(self.dynamodb, "people", "zoe", note={"S": "changed"})
        self.dynamodb.delete_item(TableName="people", Key={"pk": {"S": "p7"}})
        self.server.clock(advance="30m")
        now = self.dynamodb.describe_continuous_backups(TableName="people")["ContinuousBackupsDescription"]
        latest = now["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
        begun = call(self.server, "ExportTableToPointInTime", {  # Debian's botocore knows no increments
            "TableArn": self.arn, "S3Bucket": "exports", "ExportType": "INCREMENTAL_EXPORT",
            "IncrementalExportSpecification": {
                "ExportFromTime": (latest - datetime.timedelta(minutes=45)).timestamp(),
                "ExportToTime": latest.timestamp()}})["ExportDescription"]
        export = finished(lambda: self.dynamodb.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"])
        self.assertEqual(export["ExportStatus"], "COMPLETED", begin)
        records = []
        for file in (self.folder / "exports" / "AWSDynamoDB" / "data").iterdir():
            records += [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
        self.assertEqual({record["Keys"]["pk"]["S"]: record.get("NewImage", {}).get("note") for record in records},
                         {"zoe": {"S": "changed"}, "p7": None})

    def test_csv_and_what_is_wrong_with_it(self):
        bucket = self.folder / "in"
        bucket.mkdir()
        with open(bucket / "a.csv", "w", newline="") as file:
            csv.writer(file).writerows([["pk", "note"], ["a", 'x,"y"'], ["b", "two\nlines"], ["", "no key"], ["c", ""]])
        imported = self.import_table("of_csv", "in", "a", InputFormat="CSV")
        self.assertEqual(imported["ImportStatus"], "FAILED")
        self.assertEqual(imported["FailureCode"], "ItemValidationError")
        self.assertEqual((imported["ImportedItemCount"], imported["ErrorCount"]), (3, 1))
        self.assertEqual(items(self.dynamodb, "of_csv")["b"]["note"], {"S": "two\nlines"})
        with self.assertRaises(self.dynamodb.exceptions.ResourceInUseException):
            self.import_table("of_csv", "in", "a", InputFormat="CSV")
        missing = self.import_table("of_nothing", "nowhere", "a", InputFormat="CSV")
        self.assertEqual(missing["FailureCode"], "S3NoSuchBucket")
        self.assertNotIn("of_nothing", self.dynamodb.list_tables()["TableNames"])

    def test_nothing_leads_out_of_the_directory(self):
        (self.folder.parent / "secret").write_text('{"Item":{"pk":{"S":"secret"}}}')
        self.addCleanup((self.folder.parent / "secret").unlink)
        imported = self.import_table("leak", "exports", "../secret", InputFormat="DYNAMODB_JSON")
        self.assertNotEqual(imported.get("ImportedItemCount"), 1)
        export = self.export(S3Prefix="../../outside")
        self.assertEqual(export["ExportStatus"], "FAILED")
        self.assertFalse((self.folder.parent / "outside").exists())

    def test_a_bulk_put_goes_into_a_table_that_is_there(self):
        bucket = self.folder / "in"
        bucket.mkdir()
        (bucket / "items.json.gz").write_bytes(gzip.compress("".join(
            json.dumps({"Item": {"pk": {"S": f"bulk{number}"}}}) + "\n" for number in range(500)).encode()
            + b'{"Item":{"pk":{"N":"1"}}}\n'))
        begun = call(self.server, "StartBulkPutItems", {
            "TableName": "people",
            "InputS3Configuration": {"S3Bucket": "in", "InputFormat": "DYNAMODB_JSON", "InputCompressionType": "GZIP"},
            "OutputS3Configuration": {"S3Bucket": "out", "OutputType": ["ERROR"]}})["BulkOperationDescription"]
        arn = {"BulkOperationArn": begun["BulkOperationArn"]}
        described = finished(lambda: call(self.server, "DescribeBulkOperation", arn)["BulkOperationDescription"])
        self.assertEqual(described["BulkOperationStatus"], "COMPLETED_WITH_ERRORS", described)
        self.assertEqual((described["ProcessedItemCount"], described["FailedItemCount"]), (501, 1))
        self.assertEqual(len(items(self.dynamodb, "people")), 701)
        reports = list((self.folder / "out").rglob("errors/*.json"))
        self.assertEqual(json.loads(reports[0].read_text())["ErrorCode"], "ValidationException")
        listed = call(self.server, "ListBulkOperations", {})["BulkOperationsSummaryList"]
        self.assertEqual([each["BulkOperationArn"] for each in listed], [begun["BulkOperationArn"]])


class Killed(unittest.TestCase):
    def test_transfers_go_on_after_the_process_was_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            database = str(pathlib.Path(folder) / "millrace.db")
            bucket = pathlib.Path(folder) / "millrace.db.buckets" / "in"
            bucket.mkdir(parents=True)
            (bucket / "items.json").write_text("".join(
                json.dumps({"Item": {"pk": {"S": str(number)}, "note": {"S": "x" * 50}}}) + "\n" for number in range(20_000)))
            with MillraceServer("--db-path", database) as server:
                dynamodb = server.client("dynamodb")
                begun = dynamodb.import_table(
                    S3BucketSource={"S3Bucket": "in"}, InputFormat="DYNAMODB_JSON",
                    TableCreationParameters={"TableName": "again", **CREATION})
                server.kill()
            with MillraceServer("--db-path", database) as server:
                dynamodb = server.client("dynamodb")
                arn = begun["ImportTableDescription"]["ImportArn"]
                imported = finished(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"])
                self.assertEqual(imported["ImportStatus"], "COMPLETED", imported)
                self.assertEqual(imported["ImportedItemCount"], 20_000)
                self.assertEqual(len(items(dynamodb, "again")), 20_000)


if __name__ == "__main__":
    unittest.main()
