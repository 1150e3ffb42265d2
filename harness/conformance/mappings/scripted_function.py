"""The function of the mapping cases: writes down each event that it gets, and answers as its case's script says.

Script and events lie in a DynamoDB table (environment variables CASES_TABLE and, unless it is AWS's, CASES_ENDPOINT), so the same code runs wherever functions can
reach DynamoDB: on AWS as handler `scripted_function.handler` of a Python runtime, elsewhere behind the `bootstrap` beside it.

A script is a list of answers, one for each invocation; the last one goes on for ever:
  {"return": JSON}          this answer, as it is
  {"error": "text"}         an exception
  {"report": ["key", …]}    batchItemFailures of the records with these partition keys, as far as they are in the event
  {"count": true}           the state of the window with the number of records added
  {"when": "key", "then": ANSWER, "else": ANSWER, "times": N}
                            `then` for events with a record of that key, the first N times (always, without `times`)
"""

import json
import os
import time

import boto3
from botocore.config import Config

TABLE = os.environ["CASES_TABLE"]
dynamodb = boto3.client("dynamodb", endpoint_url=os.environ.get("CASES_ENDPOINT") or None,
                        config=Config(retries={"max_attempts": 3}))


class ScriptedError(Exception):
    pass


def keys_of(event):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def stream_of(event):
    return event.get("eventSourceARN") or event["Records"][0]["eventSourceARN"]


def count(stream, what):
    """How often this has been asked for, this time included."""
    answer = dynamodb.update_item(TableName=TABLE, Key={"pk": {"S": stream}, "sk": {"S": f"count#{what}"}},
                                  UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}},
                                  ReturnValues="UPDATED_NEW")
    return int(answer["Attributes"]["n"]["N"])


def script_of(stream):
    answer = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": stream}, "sk": {"S": "script"}}, ConsistentRead=True)
    return json.loads(answer["Item"]["script"]["S"])


def carry_out(answer, event, stream):
    if "when" in answer:
        applies = answer["when"] in keys_of(event)
        if applies and "times" in answer:
            applies = count(stream, f"when {answer['when']}") <= answer["times"]
        return carry_out(answer["then"] if applies else answer["else"], event, stream)
    if "error" in answer:
        raise ScriptedError(answer["error"])
    if "report" in answer:
        failures = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in event["Records"]
                    if record["dynamodb"]["Keys"]["pk"]["S"] in answer["report"]]
        return {"batchItemFailures": failures}
    if "count" in answer:
        return {"state": {"n": event.get("state", {}).get("n", 0) + len(event["Records"])}}
    return answer["return"]


def handler(event, context):
    stream = stream_of(event)
    number = count(stream, "invocations")
    dynamodb.put_item(TableName=TABLE, Item={
        "pk": {"S": stream}, "sk": {"S": f"event#{number:06d}"}, "event": {"S": json.dumps(event)},
        "time": {"N": repr(time.time())}})
    script = script_of(stream)
    return carry_out(script[min(number, len(script)) - 1], event, stream)
