"""Everyday commands of the AWS CLI, as its users type them: what is printed, and the exit status."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
import zipfile

from millrace_server import REGION, MillraceServer, echo_binary

AWS = "/usr/bin/aws"  # Debian's package: another one in the PATH would be a version that nobody chose
if not os.access(AWS, os.X_OK):
    sys.exit("These tests need the AWS CLI: install the Debian package awscli (./dev setup test does).")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.server = MillraceServer().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.directory.cleanup()

    def run_aws(self, command, **documents):
        """Runs `aws COMMAND`; {name} in it stands for a file with that document."""
        files = {name: "file://" + self.file(name, text) for name, text in documents.items()}
        arguments = [files.get(word[1:-1], word) if word.startswith("{") else word for word in shlex.split(command)]
        environment = {"PATH": os.environ["PATH"], "HOME": self.directory.name, "AWS_ACCESS_KEY_ID": "local",
                       "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""}
        return subprocess.run([AWS, "--endpoint-url", self.server.url, *arguments], env=environment, check=False,
                              capture_output=True, text=True, cwd=self.directory.name, timeout=60)

    def aws(self, command, **documents):
        """What `aws COMMAND` prints, as a value; it must succeed."""
        done = self.run_aws(command, **documents)
        self.assertEqual(done.returncode, 0, f"aws {command}\n{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, command, **documents):
        """The message of a command that must fail because of the service: exit status 254."""
        done = self.run_aws(command, **documents)
        self.assertEqual(done.returncode, 254, f"aws {command}\n{done.stdout}{done.stderr}")
        return done.stderr.strip()

    def file(self, name, document):
        path = os.path.join(self.directory.name, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return path

    def make_table(self, name, options=""):
        self.aws(f"dynamodb create-table --table-name {name} --billing-mode PAY_PER_REQUEST {options} "
                 "--attribute-definitions AttributeName=Artist,AttributeType=S AttributeName=Song,AttributeType=S "
                 "--key-schema AttributeName=Artist,KeyType=HASH AttributeName=Song,KeyType=RANGE")
        self.aws(f"dynamodb wait table-exists --table-name {name}")

    def put(self, table, artist, song, plays):
        self.aws(f"dynamodb put-item --table-name {table} --item {{item}}",
                 item={"Artist": {"S": artist}, "Song": {"S": song}, "Plays": {"N": str(plays)}})

    def test_a_table_from_its_creation_to_its_end(self):
        made = self.aws("dynamodb create-table --table-name Music "
                        "--attribute-definitions AttributeName=Artist,AttributeType=S AttributeName=Song,AttributeType=S "
                        "--key-schema AttributeName=Artist,KeyType=HASH AttributeName=Song,KeyType=RANGE "
                        "--provisioned-throughput ReadCapacityUnits=5,WriteCapacityUnits=5 --tags Key=team,Value=music")
        arn = made["TableDescription"]["TableArn"]
        self.aws("dynamodb wait table-exists --table-name Music")
        self.assertIn("Music", self.aws("dynamodb list-tables --query TableNames"))
        self.assertEqual(self.aws("dynamodb describe-table --table-name Music --query Table.TableStatus"), "ACTIVE")
        self.assertEqual(self.aws(f"dynamodb list-tags-of-resource --resource-arn {arn}"),
                         {"Tags": [{"Key": "team", "Value": "music"}]})
        self.aws(f"dynamodb tag-resource --resource-arn {arn} --tags Key=stage,Value=test")
        self.aws(f"dynamodb untag-resource --resource-arn {arn} --tag-keys team")
        self.assertEqual(self.aws(f"dynamodb list-tags-of-resource --resource-arn {arn} --query Tags[].Key"), ["stage"])
        updated = self.aws("dynamodb update-table --table-name Music --billing-mode PAY_PER_REQUEST "
                           "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES")
        self.assertEqual(updated["TableDescription"]["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES")
        self.aws("dynamodb update-time-to-live --table-name Music "
                 "--time-to-live-specification Enabled=true,AttributeName=expires")
        self.assertEqual(self.aws("dynamodb describe-time-to-live --table-name Music")["TimeToLiveDescription"],
                         {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"})
        self.aws("dynamodb delete-table --table-name Music")
        self.aws("dynamodb wait table-not-exists --table-name Music")
        self.assertIn("(ResourceNotFoundException) when calling the DescribeTable operation: Requested resource not found: "
                      "Table: Music not found",
                      self.refused("dynamodb describe-table --table-name Music"))

    def test_an_index_is_added_and_queried(self):
        self.make_table("Indexed")
        self.put("Indexed", "Acme", "One", 7)
        self.aws("dynamodb update-table --table-name Indexed --attribute-definitions AttributeName=Plays,AttributeType=N "
                 "--global-secondary-index-updates {updates}",
                 updates=[{"Create": {"IndexName": "by_plays", "Projection": {"ProjectionType": "ALL"},
                                      "KeySchema": [{"AttributeName": "Plays", "KeyType": "HASH"}]}}])
        found = self.aws("dynamodb query --table-name Indexed --index-name by_plays "
                         "--key-condition-expression 'Plays = :p' --expression-attribute-values {values} "
                         "--query Items[].Song.S", values={":p": {"N": "7"}})
        self.assertEqual(found, ["One"])

    def test_items_are_written_read_and_removed(self):
        self.make_table("Items")
        self.put("Items", "Acme", "One", 1)
        key = {"Artist": {"S": "Acme"}, "Song": {"S": "One"}}
        self.assertEqual(self.aws("dynamodb get-item --table-name Items --key {key} --consistent-read "
                                  "--projection-expression Plays", key=key), {"Item": {"Plays": {"N": "1"}}})
        changed = self.aws("dynamodb update-item --table-name Items --key {key} --update-expression 'ADD Plays :one' "
                           "--expression-attribute-values {values} --return-values UPDATED_NEW "
                           "--return-consumed-capacity TOTAL", key=key, values={":one": {"N": "1"}})
        self.assertEqual(changed["Attributes"], {"Plays": {"N": "2"}})
        self.assertEqual(changed["ConsumedCapacity"], {"TableName": "Items", "CapacityUnits": 1.0})
        self.assertIn("(ConditionalCheckFailedException)",
                      self.refused("dynamodb put-item --table-name Items --item {item} "
                                   "--condition-expression 'attribute_not_exists(Artist)'", item=key))
        old = self.aws("dynamodb delete-item --table-name Items --key {key} --return-values ALL_OLD", key=key)
        self.assertEqual(old["Attributes"]["Plays"], {"N": "2"})
        # An item that is not there prints nothing at all.
        self.assertIsNone(self.aws("dynamodb get-item --table-name Items --key {key}", key=key))

    def test_a_file_with_the_whole_input(self):
        self.make_table("FromFile")
        skeleton = self.aws("dynamodb put-item --generate-cli-skeleton input")
        self.assertIn("ConditionExpression", skeleton)
        self.aws("dynamodb put-item --cli-input-json {input}",
                 input={"TableName": "FromFile", "Item": {"Artist": {"S": "€😀"}, "Song": {"S": "One"}}})
        self.assertEqual(self.aws("dynamodb scan --table-name FromFile --query Items[0].Artist.S"), "€😀")

    def test_batches_and_transactions(self):
        self.make_table("Many")
        puts = [{"PutRequest": {"Item": {"Artist": {"S": "Acme"}, "Song": {"S": f"{n:02}"}}}} for n in range(25)]
        self.assertEqual(self.aws("dynamodb batch-write-item --request-items {items}", items={"Many": puts}),
                         {"UnprocessedItems": {}})
        keys = [{"Artist": {"S": "Acme"}, "Song": {"S": f"{n:02}"}} for n in range(5)]
        got = self.aws("dynamodb batch-get-item --request-items {items}", items={"Many": {"Keys": keys}})
        self.assertEqual(len(got["Responses"]["Many"]), 5)
        self.aws("dynamodb transact-write-items --transact-items {items}",
                 items=[{"Delete": {"TableName": "Many", "Key": keys[0]}},
                        {"ConditionCheck": {"TableName": "Many", "Key": keys[1],
                                            "ConditionExpression": "attribute_exists(Artist)"}}])
        read = self.aws("dynamodb transact-get-items --transact-items {items}",
                        items=[{"Get": {"TableName": "Many", "Key": key}} for key in keys[:2]])
        self.assertEqual([sorted(answer) for answer in read["Responses"]], [[], ["Item"]])
        self.assertIn("(TransactionCanceledException)",
                      self.refused("dynamodb transact-write-items --transact-items {items}",
                                   items=[{"ConditionCheck": {"TableName": "Many", "Key": keys[0],
                                                              "ConditionExpression": "attribute_exists(Artist)"}}]))

    def test_pages_are_put_together_or_cut(self):
        self.make_table("Pages")
        puts = [{"PutRequest": {"Item": {"Artist": {"S": "Acme"}, "Song": {"S": f"{n:02}"}}}} for n in range(10)]
        self.aws("dynamodb batch-write-item --request-items {items}", items={"Pages": puts})
        whole = self.aws("dynamodb scan --table-name Pages --page-size 3")  # the CLI asks on until there is no more
        self.assertEqual((whole["Count"], whole["ScannedCount"]), (10, 10))
        first = self.aws("dynamodb query --table-name Pages --max-items 4 --key-condition-expression 'Artist = :a' "
                         "--expression-attribute-values {values}", values={":a": {"S": "Acme"}})
        self.assertEqual([item["Song"]["S"] for item in first["Items"]], ["00", "01", "02", "03"])
        rest = self.aws(f"dynamodb query --table-name Pages --starting-token {first['NextToken']} "
                        "--key-condition-expression 'Artist = :a' --expression-attribute-values {values} "
                        "--query Items[].Song.S", values={":a": {"S": "Acme"}})
        self.assertEqual(rest, ["04", "05", "06", "07", "08", "09"])
        count = self.aws("dynamodb scan --table-name Pages --select COUNT --filter-expression 'Song > :s' "
                         "--expression-attribute-values {values} --query Count", values={":s": {"S": "06"}})
        self.assertEqual(count, 3)

    def test_statements(self):
        self.make_table("Spoken")
        self.aws("dynamodb execute-statement --statement "
                 "\"INSERT INTO Spoken VALUE {'Artist': 'Acme', 'Song': 'One', 'Plays': 3}\"")
        self.assertEqual(self.aws("dynamodb execute-statement --statement \"SELECT Plays FROM Spoken WHERE Artist=? "
                                  "AND Song=?\" --parameters {parameters}", parameters=[{"S": "Acme"}, {"S": "One"}]),
                         {"Items": [{"Plays": {"N": "3"}}]})
        batch = self.aws("dynamodb batch-execute-statement --statements {statements}", statements=[
            {"Statement": "UPDATE Spoken SET Plays=4 WHERE Artist='Acme' AND Song='One'"},
            {"Statement": "DELETE FROM Nowhere WHERE Artist='Acme'"}])
        self.assertEqual([answer.get("Error", {}).get("Code") for answer in batch["Responses"]],
                         [None, "ResourceNotFound"])
        self.aws("dynamodb execute-transaction --transact-statements {statements}", statements=[
            {"Statement": "DELETE FROM Spoken WHERE Artist='Acme' AND Song='One'"}])
        self.assertEqual(self.aws("dynamodb scan --table-name Spoken --query Count"), 0)

    def test_backups_and_points_in_time(self):
        self.make_table("Kept")
        self.put("Kept", "Acme", "One", 1)
        self.aws("dynamodb update-continuous-backups --table-name Kept "
                 "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true")
        arn = self.aws("dynamodb create-backup --table-name Kept --backup-name before --query BackupDetails.BackupArn")
        self.assertEqual(self.aws("dynamodb list-backups --table-name Kept --query BackupSummaries[].BackupName"), ["before"])
        self.aws(f"dynamodb restore-table-from-backup --target-table-name Again --backup-arn {arn}")
        self.aws("dynamodb wait table-exists --table-name Again")
        self.assertEqual(self.aws("dynamodb scan --table-name Again --query Items[].Plays.N"), ["1"])
        self.aws(f"dynamodb delete-backup --backup-arn {arn}")

    def test_a_function_is_called_for_the_changes_of_a_table(self):
        self.make_table("Watched", "--stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE")
        stream = self.aws("dynamodb describe-table --table-name Watched --query Table.LatestStreamArn")
        self.assertEqual(self.aws("dynamodbstreams list-streams --table-name Watched --query Streams[].StreamArn"), [stream])
        with zipfile.ZipFile(os.path.join(self.directory.name, "code.zip"), "w") as code:
            code.write(echo_binary(), "bootstrap")
        self.aws("lambda create-function --function-name echo --runtime provided.al2023 --handler bootstrap "
                 "--role arn:aws:iam::000000000000:role/lambda --zip-file fileb://code.zip")
        self.aws("lambda wait function-active-v2 --function-name echo")
        mapping = self.aws("lambda create-event-source-mapping --function-name echo --starting-position TRIM_HORIZON "
                           f"--batch-size 10 --enabled --event-source-arn {stream} --query UUID")
        self.put("Watched", "Acme", "One", 1)
        self.server.drain()
        described = self.aws(f"lambda get-event-source-mapping --uuid {mapping}")
        self.assertEqual((described["State"], described["BatchSize"], described["LastProcessingResult"]),
                         ("Enabled", 10, "OK"))
        self.aws("lambda invoke --function-name echo --cli-binary-format raw-in-base64-out "
                 "--payload '{\"Records\":[]}' answer.json")
        with open(os.path.join(self.directory.name, "answer.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"Records": []})
        self.aws(f"lambda delete-event-source-mapping --uuid {mapping}")
        self.aws("lambda delete-function --function-name echo")

    def test_a_mistake_is_told_as_aws_tells_it(self):
        self.assertEqual(self.refused("dynamodb get-item --table-name Nowhere --key {key}", key={"a": {"S": "b"}}),
                         "An error occurred (ResourceNotFoundException) when calling the GetItem operation: "
                         "Requested resource not found")
        self.make_table("Mistaken")
        self.assertIn("(ValidationException) when calling the GetItem operation: The provided key element does not match "
                      "the schema", self.refused("dynamodb get-item --table-name Mistaken --key {key}", key={"a": {"S": "b"}}))


if __name__ == "__main__":
    unittest.main()
