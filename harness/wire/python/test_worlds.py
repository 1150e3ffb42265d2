"""Two regions and three accounts with the same names: each sees its own tables, streams, functions and mappings."""

import contextlib
import itertools
import json
import re
import sqlite3
import tempfile
import unittest

from external_function import ExternalFunction
from millrace_server import REGION, MillraceServer
from tables import create_people, put

OTHER_REGION = "us-west-2"
HOME_ACCOUNT = "000000000000"
# Access key -> account: any key that is no account stands for the default one.
ACCOUNTS = {"local": HOME_ACCOUNT, "111122223333": "111122223333", "444455556666": "444455556666"}


class World:
    """One account in one region: its clients, and what is made of the same names in each."""

    def __init__(self, server, region, key):
        self.region, self.account, self.name = region, ACCOUNTS[key], f"{region}/{ACCOUNTS[key]}"
        self.dynamodb = server.client("dynamodb", region, key)
        self.streams = server.client("dynamodbstreams", region, key)
        self.functions = server.client("lambda", region, key)

    def table_arn(self, table="people"):
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{table}"

    def function_arn(self, function="echo"):
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}"

    def create_function(self, name="echo", bucket="in-process", key="echo"):
        return self.functions.create_function(FunctionName=name, Runtime="provided.al2023", Handler="bootstrap",
                                              Role=f"arn:aws:iam::{self.account}:role/r",
                                              Code={"S3Bucket": bucket, "S3Key": key})

    def create_mapping(self, stream_arn, function="echo"):
        return self.functions.create_event_source_mapping(EventSourceArn=stream_arn, FunctionName=function,
                                                          StartingPosition="TRIM_HORIZON")

    def keys(self):
        return sorted(item["pk"]["S"] for item in self.dynamodb.scan(TableName="people")["Items"])

    def records(self, stream_arn):
        [shard] = self.streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]
        iterator = self.streams.get_shard_iterator(StreamArn=stream_arn, ShardId=shard["ShardId"],
                                                   ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return self.streams.get_records(ShardIterator=iterator)["Records"]


def all_worlds(server):
    return [World(server, region, key) for region, key in itertools.product((REGION, OTHER_REGION), ACCOUNTS)]


class Worlds(unittest.TestCase):
    def setUp(self):
        self.server = MillraceServer().start()
        self.addCleanup(self.server.stop)
        self.worlds = all_worlds(self.server)

    def error_of(self, call, **arguments):
        """Name and message of the error that the call ends with."""
        with self.assertRaises(Exception) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def test_tables_of_one_name_hold_different_items(self):
        for world in self.worlds:
            self.assertEqual(world.dynamodb.list_tables()["TableNames"], [])
            table = create_people(world.dynamodb)
            self.assertEqual(table["TableArn"], world.table_arn())
            put(world.dynamodb, "people", world.name, n={"N": "1"})
        for world in self.worlds:
            self.assertEqual(world.keys(), [world.name])
            self.assertEqual(world.dynamodb.list_tables()["TableNames"], ["people"])
            world.dynamodb.update_item(TableName="people", Key={"pk": {"S": world.name}},
                                       UpdateExpression="SET n = n + :one", ExpressionAttributeValues={":one": {"N": "1"}})
        first, *others = self.worlds
        first.dynamodb.delete_item(TableName="people", Key={"pk": {"S": first.name}})
        self.assertEqual(first.keys(), [])
        first.dynamodb.delete_table(TableName="people")
        self.assertEqual(self.error_of(first.dynamodb.scan, TableName="people")[0], "ResourceNotFoundException")
        for world in others:
            [item] = world.dynamodb.query(TableName="people", KeyConditionExpression="pk = :k",
                                          ExpressionAttributeValues={":k": {"S": world.name}})["Items"]
            self.assertEqual(item["n"]["N"], "2")

    def test_batches_stay_in_their_world(self):
        for world in self.worlds:
            create_people(world.dynamodb)
            world.dynamodb.batch_write_item(RequestItems={"people": [
                {"PutRequest": {"Item": {"pk": {"S": key}}}} for key in ("a", world.name)]})
        wanted = {"Keys": [{"pk": {"S": key}} for key in ["a", *(world.name for world in self.worlds)]]}
        for world in self.worlds:
            for table in ("people", world.table_arn()):
                [items] = world.dynamodb.batch_get_item(RequestItems={table: wanted})["Responses"].values()
                self.assertEqual(sorted(item["pk"]["S"] for item in items), ["a", world.name])

    def test_an_arn_says_whose_table_is_meant(self):
        for world in self.worlds:
            create_people(world.dynamodb)
        for world, other in itertools.product(self.worlds, repeat=2):
            if world is other:
                self.assertEqual(world.dynamodb.describe_table(TableName=other.table_arn())["Table"]["TableArn"],
                                 world.table_arn())
                continue
            key = {"pk": {"S": "a"}}
            for call, arguments in ((world.dynamodb.get_item, {"Key": key}), (world.dynamodb.put_item, {"Item": key}),
                                    (world.dynamodb.describe_table, {}), (world.dynamodb.delete_table, {})):
                code, message = self.error_of(call, TableName=other.table_arn(), **arguments)
                self.assertEqual(code, "ResourceNotFoundException")
                self.assertIn(f"is in account {other.account}, region {other.region}; this is account {world.account}",
                              message)
        for world in self.worlds:
            self.assertEqual(world.keys(), [])

    def test_streams_are_of_their_table(self):
        arns = {}
        for world in self.worlds:
            arns[world] = create_people(world.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
            self.assertTrue(arns[world].startswith(world.table_arn() + "/stream/"))
            put(world.dynamodb, "people", world.name)
        for world in self.worlds:
            for more in ({}, {"TableName": "people"}):
                listed = world.streams.list_streams(**more)["Streams"]
                self.assertEqual([stream["StreamArn"] for stream in listed], [arns[world]])
            [record] = world.records(arns[world])
            self.assertEqual(record["awsRegion"], world.region)
            self.assertEqual(record["dynamodb"]["Keys"]["pk"]["S"], world.name)
        for world, other in itertools.permutations(self.worlds, 2):
            code, message = self.error_of(world.streams.describe_stream, StreamArn=arns[other])
            self.assertEqual(code, "ResourceNotFoundException")
            self.assertIn("(it is of ", message)
        mine, theirs = self.worlds[:2]
        [shard] = mine.streams.describe_stream(StreamArn=arns[mine])["StreamDescription"]["Shards"]
        iterator = mine.streams.get_shard_iterator(StreamArn=arns[mine], ShardId=shard["ShardId"],
                                                   ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.assertEqual(self.error_of(theirs.streams.get_records, ShardIterator=iterator)[0],
                         "ResourceNotFoundException")

    def test_functions_of_one_name_are_different_functions(self):
        for number, world in enumerate(self.worlds):
            self.assertEqual(world.functions.list_functions()["Functions"], [])
            self.assertEqual(world.create_function()["FunctionArn"], world.function_arn())
            world.create_function(f"only-{number}")
        for number, world in enumerate(self.worlds):
            names = [function["FunctionName"] for function in world.functions.list_functions()["Functions"]]
            self.assertEqual(names, ["echo", f"only-{number}"])
            for name in ("echo", world.function_arn(), f"{world.account}:function:echo"):
                answer = world.functions.invoke(FunctionName=name, Payload=json.dumps({"Records": []}))
                self.assertNotIn("FunctionError", answer)
        for world, other in itertools.permutations(self.worlds, 2):
            self.assertEqual(self.error_of(world.functions.get_function, FunctionName=other.function_arn())[0],
                             "ResourceNotFoundException")
        first, *others = self.worlds
        first.functions.delete_function(FunctionName="echo")
        self.assertEqual(self.error_of(first.functions.invoke, FunctionName="echo")[0], "ResourceNotFoundException")
        for world in others:
            world.functions.get_function(FunctionName="echo")

    def test_mappings_take_the_records_of_their_own_world_to_its_function(self):
        runtimes, uuids, arns = {}, {}, {}
        for world in self.worlds:
            world.create_function("orders", "external", "external")
            at_home = world.region == REGION and world.account == HOME_ACCOUNT
            name = "orders" if at_home else f"{world.region}/{world.account}/orders"
            runtimes[world] = ExternalFunction(self.server.runtime_api_port, name)
            self.addCleanup(runtimes[world].close)
            arns[world] = create_people(world.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
            uuids[world] = world.create_mapping(arns[world], "orders")["UUID"]
            put(world.dynamodb, "people", world.name)
        report = self.server.drain()
        self.assertEqual(len(report["mappings"]), len(self.worlds))
        for world in self.worlds:
            [record] = runtimes[world].records
            self.assertEqual(record["eventSourceARN"], arns[world])
            self.assertEqual(record["awsRegion"], world.region)
            self.assertEqual(record["dynamodb"]["Keys"]["pk"]["S"], world.name)
            [mapping] = world.functions.list_event_source_mappings()["EventSourceMappings"]
            self.assertEqual(mapping["UUID"], uuids[world])
            self.assertEqual(mapping["FunctionArn"], world.function_arn("orders"))
            self.assertEqual(mapping["EventSourceArn"], arns[world])
        for world, other in itertools.permutations(self.worlds, 2):
            for call in (world.functions.get_event_source_mapping, world.functions.delete_event_source_mapping):
                self.assertEqual(self.error_of(call, UUID=uuids[other])[0], "ResourceNotFoundException")
            code, message = self.error_of(world.create_mapping, stream_arn=arns[other], function="orders")
            self.assertEqual(code, "InvalidParameterValueException")
            self.assertIn("Stream not found", message)

    def test_a_key_that_is_no_account_is_the_default_one(self):
        create_people(self.server.client("dynamodb", key="AKIDEXAMPLE"))
        for key in ("local", "12345678901", "1234567890123", HOME_ACCOUNT):
            with self.subTest(key=key):
                self.assertEqual(self.server.client("dynamodb", key=key).list_tables()["TableNames"], ["people"])


class KeptWorlds(unittest.TestCase):
    def test_a_restart_keeps_them_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("--db-path", folder + "/millrace.db")
            with MillraceServer(*arguments) as server:
                for world in all_worlds(server):
                    create_people(world.dynamodb, stream="KEYS_ONLY")
                    put(world.dynamodb, "people", world.name)
                    world.create_function()
            with MillraceServer(*arguments) as server:
                for world in all_worlds(server):
                    self.assertEqual(world.keys(), [world.name])
                    [function] = world.functions.list_functions()["Functions"]
                    self.assertEqual(function["FunctionArn"], world.function_arn())
                    self.assertEqual(len(world.streams.list_streams()["Streams"]), 1)


class OlderDatabases(unittest.TestCase):
    """Formats before 4 had one account in one region: tables and functions were stored under their names."""

    def make(self, file):
        with MillraceServer("--db-path", file) as server:
            home = World(server, REGION, "local")
            stream = create_people(home.dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
            put(home.dynamodb, "people", "before")
            home.create_function()
            uuid = home.create_mapping(stream)["UUID"]
            server.drain()
        return stream, uuid

    @staticmethod
    def take_back_to_format_3(database):
        for kind, arn, text in database.execute("SELECT kind, name, text FROM documents").fetchall():
            if kind not in ("table", "function"):
                continue
            document = json.loads(text)
            if kind == "function":
                del document["region"], document["account"]
            database.execute("UPDATE documents SET name = ?, text = ?, checksum = NULL WHERE kind = ? AND name = ?",
                             (document["name"], json.dumps(document), kind, arn))
        database.execute("ALTER TABLE keyspaces DROP COLUMN history_from")
        for table in ("history", "forgotten_history"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version = 3")

    @staticmethod
    def take_back_to_format_2(database):
        for table, column in (("rows", "checksum"), ("record_blocks", "checksum"), ("documents", "checksum"),
                              ("keyspaces", "row_count"), ("keyspaces", "item_bytes")):
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        for table in ("dropped_keyspaces", "dropped_logs"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version = 2")

    def check_opens(self, *steps):
        with tempfile.TemporaryDirectory() as folder:
            file = folder + "/millrace.db"
            stream, uuid = self.make(file)
            with contextlib.closing(sqlite3.connect(file)) as database:
                for step in steps:
                    step(database)
                database.commit()
            for opening in range(2):
                with MillraceServer("--db-path", file) as server:
                    home, *others = all_worlds(server)
                    self.assertEqual(home.keys()[-1], "before")
                    self.assertEqual(home.dynamodb.describe_table(TableName="people")["Table"]["ItemCount"],
                                     1 + opening)
                    self.assertEqual(home.streams.list_streams()["Streams"][0]["StreamArn"], stream)
                    self.assertEqual(home.functions.get_function(FunctionName="echo")["Configuration"]["FunctionArn"],
                                     home.function_arn())
                    put(home.dynamodb, "people", f"at opening {opening}")
                    [mapping] = server.drain(uuid)["mappings"]
                    self.assertEqual(mapping["recordsDelivered"], 2 + opening)
                    for world in others:
                        self.assertEqual(world.dynamodb.list_tables()["TableNames"], [])
            with contextlib.closing(sqlite3.connect(file)) as database:
                self.assertEqual(database.execute("PRAGMA user_version").fetchone(), (5,))
                names = database.execute("SELECT name FROM documents WHERE kind IN ('table', 'function') ORDER BY 1")
                self.assertEqual(names.fetchall(), [(home.table_arn(),), (home.function_arn(),)])

    def test_format_3(self):
        self.check_opens(self.take_back_to_format_3)

    def test_format_2(self):
        self.check_opens(self.take_back_to_format_3, self.take_back_to_format_2)


class SharedDb(unittest.TestCase):
    def check_shared(self, *arguments):
        with MillraceServer(*arguments) as server:
            worlds = all_worlds(server)
            home = worlds[0]
            stream = create_people(worlds[-1].dynamodb, stream="NEW_IMAGE")["LatestStreamArn"]
            self.assertTrue(stream.startswith(home.table_arn()))
            worlds[1].create_function()
            uuid = worlds[2].create_mapping(stream.replace(f":{REGION}:", f":{OTHER_REGION}:"),
                                            worlds[3].function_arn())["UUID"]
            for world in worlds:
                put(world.dynamodb, world.table_arn(), world.name)
            for world in worlds:
                self.assertEqual(world.keys(), sorted(other.name for other in worlds))
                self.assertEqual(world.dynamodb.describe_table(TableName="people")["Table"]["TableArn"],
                                 home.table_arn())
                self.assertEqual(len(world.records(stream.replace(HOME_ACCOUNT, world.account))), len(worlds))
                self.assertEqual(world.functions.get_event_source_mapping(UUID=uuid)["FunctionArn"],
                                 home.function_arn())
            [mapping] = server.drain()["mappings"]
            self.assertEqual(mapping["recordsDelivered"], len(worlds))

    def test_everybody_sees_everything(self):
        self.check_shared("--shared-db")

    def test_dynamodb_locals_option_does_the_same(self):
        self.check_shared("-sharedDb")


class Log(unittest.TestCase):
    def test_it_tells_of_a_table_that_was_looked_for_in_the_wrong_region(self):
        with tempfile.TemporaryFile("w+") as log:
            with MillraceServer("--log-level", "info", log=log) as server:
                create_people(server.client("dynamodb"))
                stranger = server.client("dynamodb", OTHER_REGION)
                for _ in range(2):
                    with self.assertRaises(stranger.exceptions.ResourceNotFoundException):
                        stranger.describe_table(TableName="people")
            log.seek(0)
            text = log.read()
        for line in (f"requests for region {OTHER_REGION}, account {HOME_ACCOUNT} see tables, streams and functions",
                     f"there is no table people in region {OTHER_REGION}, account {HOME_ACCOUNT}"):
            self.assertEqual(len(re.findall(re.escape(line), text)), 1, text)


if __name__ == "__main__":
    unittest.main()
