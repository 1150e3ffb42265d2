"""PartiQL through boto3: statements by themselves, in batches and in transactions, in its own values and in Python's."""

import unittest

import botocore.exceptions

from millrace_server import MillraceServer
from tables import create_music, create_people, put


class Statements(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MillraceServer())
        cls.dynamodb = cls.server.client("dynamodb")
        cls.stream_arn = create_people(cls.dynamodb, stream="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        create_music(cls.dynamodb)

    def execute(self, statement, *parameters, **more):
        if parameters:
            more["Parameters"] = list(parameters)
        return self.dynamodb.execute_statement(Statement=statement, **more)

    def test_the_four_statements(self):
        self.execute('INSERT INTO "people" VALUE {\'pk\': ?, \'n\': 1, \'tags\': <<\'x\'>>}', {"S": "four"})
        with self.assertRaises(self.dynamodb.exceptions.DuplicateItemException) as caught:
            self.execute('INSERT INTO "people" VALUE {\'pk\': \'four\'}')
        self.assertEqual(caught.exception.response["Error"]["Message"], "Duplicate primary key exists in table")
        answer = self.execute('UPDATE "people" SET n = n + ? REMOVE tags WHERE pk = ? RETURNING ALL NEW *',
                              {"N": "2"}, {"S": "four"}, ReturnConsumedCapacity="TOTAL")
        self.assertEqual(answer["Items"], [{"pk": {"S": "four"}, "n": {"N": "3"}}])
        self.assertEqual(answer["ConsumedCapacity"], {"TableName": "people", "CapacityUnits": 1.0})
        self.assertEqual(self.execute('SELECT n FROM "people" WHERE pk = \'four\'')["Items"], [{"n": {"N": "3"}}])
        self.execute('DELETE FROM "people" WHERE pk = \'four\'')
        self.assertEqual(self.execute('SELECT * FROM "people" WHERE pk = \'four\'')["Items"], [])

    def test_each_change_is_in_the_stream(self):
        self.execute('INSERT INTO "people" VALUE {\'pk\': \'streamed\'}')
        self.execute('UPDATE "people" SET n = 1 WHERE pk = \'streamed\'')
        self.execute('DELETE FROM "people" WHERE pk = \'streamed\'')
        streams = self.server.client("dynamodbstreams")
        shard = streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard,
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual([record["eventName"] for record in records
                          if record["dynamodb"]["Keys"]["pk"]["S"] == "streamed"], ["INSERT", "MODIFY", "REMOVE"])

    def test_pages(self):
        for number in range(7):
            self.execute('INSERT INTO music VALUE {\'artist\': \'paged\', \'song\': ?, \'year\': ?}',
                         {"S": f"s{number}"}, {"N": str(number)})
        statement = 'SELECT song FROM "music"."byYear" WHERE artist = ? ORDER BY "year" DESC'
        songs, token, pages = [], {}, 0
        while True:
            answer = self.execute(statement, {"S": "paged"}, Limit=3, **token)
            songs += [item["song"]["S"] for item in answer["Items"]]
            pages += 1
            if "NextToken" not in answer:
                break
            self.assertEqual(set(answer["LastEvaluatedKey"]), {"artist", "song", "year"})
            token = {"NextToken": answer["NextToken"]}
        self.assertEqual((songs, pages), ([f"s{number}" for number in range(6, -1, -1)], 3))
        with self.assertRaisesRegex(botocore.exceptions.ClientError, "NextToken does not match request"):
            self.execute(statement, {"S": "other"}, **token)

    def test_a_batch_tells_of_each_statement(self):
        put(self.dynamodb, "people", "batch-taken")
        answer = self.dynamodb.batch_execute_statement(Statements=[
            {"Statement": 'INSERT INTO "people" VALUE {\'pk\': \'batch-new\'}'},
            {"Statement": 'INSERT INTO "people" VALUE {\'pk\': ?}', "Parameters": [{"S": "batch-taken"}]},
            {"Statement": 'DELETE FROM "nowhere" WHERE pk = \'x\''},
            {"Statement": "DELETE people"},
        ])
        codes = [member.get("Error", {}).get("Code") for member in answer["Responses"]]
        self.assertEqual(codes, [None, "DuplicateItem", "ResourceNotFound", "ValidationError"])
        self.assertEqual([member.get("TableName") for member in answer["Responses"]],
                         ["people", "people", None, None])
        read = self.dynamodb.batch_execute_statement(Statements=[
            {"Statement": f'SELECT * FROM "people" WHERE pk = \'{key}\'', "ConsistentRead": True}
            for key in ("batch-new", "batch-none")])
        self.assertEqual(read["Responses"], [{"TableName": "people", "Item": {"pk": {"S": "batch-new"}}},
                                             {"TableName": "people"}])

    def test_a_transaction_happens_as_a_whole(self):
        put(self.dynamodb, "people", "tx-there", n={"N": "1"})
        statements = [{"Statement": 'INSERT INTO "people" VALUE {\'pk\': \'tx-new\'}'},
                      {"Statement": 'EXISTS(SELECT * FROM "people" WHERE pk = \'tx-there\' AND n = ?)',
                       "Parameters": [{"N": "2"}]}]
        with self.assertRaises(self.dynamodb.exceptions.TransactionCanceledException) as caught:
            self.dynamodb.execute_transaction(TransactStatements=statements)
        self.assertEqual([reason["Code"] for reason in caught.exception.response["CancellationReasons"]],
                         ["None", "ConditionalCheckFailed"])
        self.assertEqual(self.execute('SELECT * FROM "people" WHERE pk = \'tx-new\'')["Items"], [])
        statements[1]["Parameters"] = [{"N": "1"}]
        for _ in range(2):
            self.dynamodb.execute_transaction(TransactStatements=statements, ClientRequestToken="statements")
        answer = self.dynamodb.execute_transaction(TransactStatements=[
            {"Statement": f'SELECT * FROM "people" WHERE pk = \'{key}\''} for key in ("tx-new", "tx-none")])
        self.assertEqual(answer["Responses"], [{"Item": {"pk": {"S": "tx-new"}}}, {}])

    def test_values_of_python(self):
        documents = self.server.resource("dynamodb").meta.client
        documents.execute_statement(Statement='INSERT INTO "people" VALUE {\'pk\': ?, \'data\': ?, \'set\': ?}',
                                    Parameters=["python", b"\x00\xff", {"a", "b"}])
        item, = documents.execute_statement(Statement='SELECT * FROM "people" WHERE pk = ?',
                                            Parameters=["python"])["Items"]
        self.assertEqual((bytes(item["data"]), item["set"]), (b"\x00\xff", {"a", "b"}))

    def test_what_is_refused_is_told(self):
        for statement, text in [
            ("SELECT", "Statement wasn't well formed, can't be processed: "),
            ("SELECT * FROM people WHERE pk = '€", "Missing end of string"),
            ("SELECT * FROM people WHERE " + "(" * 8_000, "Nesting is too deep"),
            ("SELECT * FROM people WHERE pk = ?", "Number of parameters in request and statement don't match."),
        ]:
            with self.assertRaisesRegex(botocore.exceptions.ClientError, text.replace(".", r"\.")):
                self.execute(statement)
