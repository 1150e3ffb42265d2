#!/usr/bin/python3
"""Runs the cases of fixtures/mappings against an endpoint, through AWS's public APIs only: tables, streams, functions and
event source mappings are made by boto3, and what a function was sent is read from the table in which it writes it down.

    run.py --endpoint-url http://127.0.0.1:8000 --millrace-clock     a Millrace; its clock is moved where a case waits
    run.py --endpoint-url http://127.0.0.1:4566                      another emulator; waits are waited for
    run.py --region eu-west-1 --role ARN --runtime python3.13        AWS itself

Prints each case that fails with what was expected, what came and where AWS says so; exit status 0 when all passed."""

import argparse
import collections
import io
import json
import pathlib
import re
import sys
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parents[2] / "fixtures" / "mappings"
FUNCTION = "mapping-cases"
TABLE = "mapping-cases"
STATE_TIMEOUT_SECONDS = 180


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint-url", help="of DynamoDB, Streams and Lambda; AWS's own without")
    parser.add_argument("--function-endpoint-url", help="by which functions reach DynamoDB, if it is another one")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--role", default="arn:aws:iam::000000000000:role/mapping-cases")
    parser.add_argument("--runtime", default="provided.al2023", help="python3.x where there is one")
    parser.add_argument("--cases", type=pathlib.Path, default=CASES, help="folder of the cases")
    parser.add_argument("--filter", default="", help="regular expression on `file: name`")
    parser.add_argument("--settle-seconds", type=float, default=3.0,
                        help="without --millrace-clock: how long nothing more must come until a case is over")
    parser.add_argument("--millrace-clock", action="store_true",
                        help="move the clock by /_millrace/clock instead of waiting")
    return parser.parse_args()


class Mismatch(Exception):
    """A case is not as it should be."""


class World:
    """The endpoint, and what all cases share: the table of scripts and events, and the function."""

    def __init__(self, arguments):
        self.arguments = arguments
        settings = {"region_name": arguments.region, "endpoint_url": arguments.endpoint_url,
                    "config": Config(retries={"max_attempts": 2}, read_timeout=120, parameter_validation=False)}
        if arguments.endpoint_url:
            settings.update(aws_access_key_id="local", aws_secret_access_key="local")
        self.dynamodb = boto3.client("dynamodb", **settings)
        self.streams = boto3.client("dynamodbstreams", **settings)
        self.client = boto3.client("lambda", **settings)

    def set_up(self):
        self.dynamodb.create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
        self.dynamodb.get_waiter("table_exists").wait(TableName=TABLE)
        variables = {"CASES_TABLE": TABLE}
        if endpoint := self.arguments.function_endpoint_url or self.arguments.endpoint_url:
            variables["CASES_ENDPOINT"] = endpoint
        self.client.create_function(
            FunctionName=FUNCTION, Runtime=self.arguments.runtime, Handler="scripted_function.handler",
            Role=self.arguments.role, Timeout=30, Environment={"Variables": variables}, Code={"ZipFile": zipped()})
        self.client.get_waiter("function_active").wait(FunctionName=FUNCTION)

    def tear_down(self):
        self.client.delete_function(FunctionName=FUNCTION)
        self.dynamodb.delete_table(TableName=TABLE)

    def post(self, path, body):
        request = urllib.request.Request(self.arguments.endpoint_url + path, json.dumps(body).encode(), method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    def wait(self, seconds):
        if self.arguments.millrace_clock:
            self.post("/_millrace/clock", {"advance": seconds, "timeoutSeconds": 100})
        else:
            time.sleep(seconds)

    def events_of(self, stream_arn):
        """What the function was sent of a stream, in order."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=TABLE, ConsistentRead=True, KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
            ExpressionAttributeValues={":pk": {"S": stream_arn}, ":event": {"S": "event#"}})
        return [json.loads(item["event"]["S"]) for page in pages for item in page["Items"]]

    def settled_events_of(self, stream_arn):
        """The same when no more come."""
        if self.arguments.millrace_clock:
            self.wait(0.001)  # a move of the clock ends when all that is under way has come to rest
            return self.events_of(stream_arn)
        events = self.events_of(stream_arn)
        unchanged_since = time.monotonic()
        while time.monotonic() - unchanged_since < self.arguments.settle_seconds:
            time.sleep(0.2)
            now = self.events_of(stream_arn)
            if len(now) != len(events):
                events, unchanged_since = now, time.monotonic()
        return events


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("bootstrap", "scripted_function.py"):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, (HERE / name).read_bytes())
    return buffer.getvalue()


class Run:
    """One case: its table, its mapping, its steps."""

    def __init__(self, world, number, case):
        self.world = world
        self.case = case
        self.table = f"mapping-case-{number:03d}"
        self.uuid = None
        self.stream_arn = None

    def run(self):
        try:
            self.make_table()
            for step in self.case["steps"]:
                [[verb, argument]] = step.items()
                getattr(self, f"do_{verb}")(argument)
        finally:
            self.clean_up()

    def make_table(self):
        view = self.case.get("view", "NEW_AND_OLD_IMAGES")
        self.world.dynamodb.create_table(
            TableName=self.table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
        self.world.dynamodb.get_waiter("table_exists").wait(TableName=self.table)
        self.stream_arn = self.world.dynamodb.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        self.do_script(self.case.get("script", [{"return": None}]))

    def clean_up(self):
        if self.uuid is not None:
            self.do_unmap(True)
        self.world.dynamodb.delete_table(TableName=self.table)

    def await_state(self, *states):
        deadline = time.monotonic() + STATE_TIMEOUT_SECONDS
        while (shown := self.mapping()["State"]) not in states:
            if time.monotonic() > deadline:
                raise Mismatch(f"the mapping stays {shown}, not {' or '.join(states)}")
            time.sleep(0.02 if self.world.arguments.millrace_clock else 1)

    def mapping(self):
        return self.world.client.get_event_source_mapping(UUID=self.uuid)

    def filled_in(self, arguments):
        """Patterns may be written as JSON objects instead of texts."""
        arguments = json.loads(json.dumps(arguments))
        for each in (arguments.get("FilterCriteria") or {}).get("Filters", []):
            if not isinstance(each.get("Pattern", ""), str):
                each["Pattern"] = json.dumps(each["Pattern"])
        return arguments

    # --- Steps ---

    def do_script(self, script):
        self.world.dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": self.stream_arn}, "sk": {"S": "script"},
                                                            "script": {"S": json.dumps(script)}})

    def do_put(self, keys):
        """A key, several in one text, or an item."""
        items = [keys] if isinstance(keys, dict) else [{"pk": {"S": key}} for key in keys.split()]
        for item in items:
            self.world.dynamodb.put_item(TableName=self.table, Item=item)

    def do_delete(self, keys):
        for key in keys.split():
            self.world.dynamodb.delete_item(TableName=self.table, Key={"pk": {"S": key}})

    def do_map(self, arguments):
        created = self.world.client.create_event_source_mapping(
            EventSourceArn=self.stream_arn, FunctionName=FUNCTION,
            **{"StartingPosition": "TRIM_HORIZON", **self.filled_in(arguments)})
        self.uuid = created["UUID"]
        self.await_state("Enabled", "Disabled")

    def do_update(self, arguments):
        self.world.client.update_event_source_mapping(UUID=self.uuid, **self.filled_in(arguments))
        self.await_state("Enabled", "Disabled")

    def do_unmap(self, _):
        uuid, self.uuid = self.uuid, None
        self.world.client.delete_event_source_mapping(UUID=uuid)
        deadline = time.monotonic() + STATE_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                self.world.client.get_event_source_mapping(UUID=uuid)
            except self.world.client.exceptions.ResourceNotFoundException:
                return
            time.sleep(0.02 if self.world.arguments.millrace_clock else 1)
        raise Mismatch("the mapping does not go away")

    def do_wait(self, seconds):
        self.world.wait(seconds)

    def do_refused(self, what):
        """A request that must be refused: `map` or `update`, with the error and, where it is known, its text."""
        [verb] = {"map", "update"} & what.keys()
        try:
            getattr(self, f"do_{verb}")(what[verb])
        except ClientError as refusal:
            error = refusal.response["Error"]
            if error["Code"] != what["error"]:
                raise Mismatch(f"refused with {error['Code']} ({error['Message']}), not {what['error']}")
            text = what.get("message", "").replace("$STREAM", self.stream_arn)
            if text and error["Message"] != text:
                raise Mismatch(f"refused with the text\n    {error['Message']}\n  not\n    {text}")
            return
        raise Mismatch(f"{verb} was not refused")

    def do_shows(self, members):
        """Members of the mapping as GetEventSourceMapping tells them; null stands for one that must not be there."""
        shown = self.mapping()
        for name, value in self.filled_in(members).items():
            if shown.get(name) != value:
                raise Mismatch(f"{name} is {shown.get(name)!r}, not {value!r}")

    def do_expect(self, expected):
        """The invocations so far. Each is a list of keys, or an object with `keys` and what else its event says."""
        events = self.world.settled_events_of(self.stream_arn)
        came = [summary(event) for event in events]
        wanted = [each if isinstance(each, dict) else {"keys": each} for each in expected]
        seen = [{name: each.get(name) for name in one} for one, each in zip(wanted, came)]
        if len(came) != len(wanted) or seen != [completed(each) for each in wanted]:
            raise Mismatch("expected\n    " + "\n    ".join(map(json.dumps, wanted)) + "\n  came\n    "
                           + "\n    ".join(json.dumps({name: value for name, value in each.items()
                                                       if value is not None and name in shown_names(wanted)})
                                           for each in came))

    def do_expect_each(self, expected):
        """What was delivered of each key, in order, whatever the batches were."""
        delivered = collections.defaultdict(list)
        for event in self.world.settled_events_of(self.stream_arn):
            for record in event["Records"]:
                delivered[record["dynamodb"]["Keys"]["pk"]["S"]].append(record["eventName"])
        if dict(delivered) != expected:
            raise Mismatch(f"expected\n    {json.dumps(expected)}\n  came\n    {json.dumps(delivered)}")

    def do_expect_record(self, members):
        """Members of the first record that came; `$any` stands for any value that is there."""
        events = self.world.settled_events_of(self.stream_arn)
        record = next(record for event in events for record in event["Records"])
        if problem := difference(members, record, "record"):
            raise Mismatch(problem)


def completed(wanted):
    return {**wanted, "keys": wanted["keys"].split() if isinstance(wanted["keys"], str) else wanted["keys"]}


def shown_names(wanted):
    return {"keys"} | {name for each in wanted for name in each}


def summary(event):
    return {"keys": [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]],
            "events": [record["eventName"] for record in event["Records"]],
            "state": event.get("state"), "final": event.get("isFinalInvokeForWindow"),
            "early": event.get("isWindowTerminatedEarly"), "window": "window" in event}


def difference(expected, came, path):
    if expected == "$any":
        return None
    if expected == "$absent":
        return f"{path} is there: {came!r}"
    if isinstance(expected, dict) and isinstance(came, dict):
        for name, value in expected.items():
            if name not in came:
                if value == "$absent":
                    continue
                return f"{path}.{name} is not there"
            if problem := difference(value, came[name], f"{path}.{name}"):
                return problem
        return None
    return None if expected == came else f"{path} is {came!r}, not {expected!r}"


def main():
    arguments = parse_arguments()
    cases = [(f"{path.stem}: {case['name']}", case) for path in sorted(arguments.cases.glob("*.json"))
             for case in json.loads(path.read_text())]
    chosen = [(name, case) for name, case in cases if re.search(arguments.filter, name)]
    if not chosen:
        sys.exit("no case has such a name")
    world = World(arguments)
    world.set_up()
    failed = 0
    try:
        for number, (name, case) in enumerate(chosen):
            try:
                Run(world, number, case).run()
            except (Mismatch, ClientError) as problem:
                failed += 1
                print(f"FAILED {name}\n  {problem}\n  source: {case['source']}")
    finally:
        world.tear_down()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
