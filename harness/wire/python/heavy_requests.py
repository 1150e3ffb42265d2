"""Requests to DynamoDB that cost as much as a caller can make them cost: (what, operation, body, status).

A body is a value, or the text itself where JSON of Python cannot say it. Each may be sent several times.
"""

import json
import random

NOTHING = {"NULL": True}
LONG = "a" * 390_000
KEY = {"pk": {"S": "long"}}


def names(count):
    """Distinct short names in no order."""
    chosen = [f"{number:x}" for number in range(0x1000, 0x1000 + count)]
    random.Random(1).shuffle(chosen)
    return chosen


def numbered(count, text):
    return {f":{number}": {"S": text(number)} for number in range(count)}


def any_of(count, condition):
    return " OR ".join(condition(number) for number in range(count))


def item(**attributes):
    return {"TableName": "Heavy", "Item": {"pk": {"S": "written"}, **attributes}}


def update(**members):
    return {"TableName": "Heavy", "Key": {"pk": {"S": "updated"}}, **members}


def scan(**members):
    return {"TableName": "Heavy", **members}


def on_long(**members):
    """A write that meets the long item."""
    return {"TableName": "Heavy", "Key": KEY, **members}


def contains(count, letters=1_000):
    """As many searches as an expression can hold, each for a text that nearly is there."""
    return (any_of(count, lambda number: f"contains(t,:{number})"),
            numbered(count, lambda number: "a" * (letters + number) + "b"))


def values():
    many, most = names(40_000), names(300_000)
    yield "an item in no order", "PutItem", item(**{name: NOTHING for name in many}), 200
    yield "an item far too large", "PutItem", item(**{name: NOTHING for name in most}), 400
    yield "a map far too large", "PutItem", item(m={"M": {name: NOTHING for name in most}}), 400
    yield "a list far too large", "PutItem", item(l={"L": [NOTHING] * 800_000}), 400
    yield "a set in no order", "PutItem", item(s={"SS": most[:70_000]}), 200
    yield "a number set in no order", "PutItem", item(s={"NS": [str(int(name, 16)) for name in many]}), 200
    yield "a set with one member twice", "PutItem", item(s={"SS": most + most[:1]}), 400
    yield "a binary set with one member twice", "PutItem", item(s={"BS": [f"{name:0>8}" for name in most + most[:1]]}), 400
    yield "a number of a million digits", "PutItem", item(n={"N": "1" * 1_000_000}), 400
    yield "a number of zeros", "PutItem", item(n={"N": "0" * 15_000_000 + "1"}), 200
    yield "numbers of many zeros", "PutItem", item(s={"NS": ["0." + "0" * 1_000 + str(number) for number in range(10_000)]}), 400
    yield "a large binary", "PutItem", item(b={"B": "AAAA" * 3_900_000}), 400
    yield "escapes", "PutItem", '{"TableName":"Heavy","Item":{"pk":{"S":"written"},"t":{"S":"' + "\\u0001" * 2_600_000 + '"}}}', 400


def placeholders():
    many, most = names(40_000), names(400_000)
    yield "values in no order", "UpdateItem", update(
        UpdateExpression="SET a = :1000", ExpressionAttributeValues={f":{name}": NOTHING for name in most}), 400
    yield "names in no order", "UpdateItem", update(
        UpdateExpression="SET #1000 = #1001", ExpressionAttributeNames={f"#{name}": name for name in most}), 400
    yield "one name again and again", "UpdateItem", json.dumps(update(
        UpdateExpression="SET #a = #b", ExpressionAttributeNames={})).replace(
            "{}", "{" + ",".join(['"#a":"a"'] * 1_000_000) + "}"), 400
    yield "one value again and again", "UpdateItem", json.dumps(update(
        UpdateExpression="SET a = :a", ExpressionAttributeValues={})).replace(
            "{}", "{" + ",".join(['":a":{"S":"a"}'] * 600_000) + "}"), 200
    yield "updates in no order", "UpdateItem", update(
        AttributeUpdates={name: {"Value": NOTHING} for name in many[:15_000]}, ReturnValues="UPDATED_NEW"), 200
    yield "as many removals", "UpdateItem", update(
        AttributeUpdates={name: {"Action": "DELETE"} for name in many[:15_000]}, ReturnValues="UPDATED_OLD"), 200
    yield "expected", "UpdateItem", update(
        AttributeUpdates={"a": {"Value": NOTHING}},
        Expected={name: {"ComparisonOperator": "NULL"} for name in most[:200_000]}), 200
    yield "a legacy filter", "Scan", scan(ScanFilter={name: {"ComparisonOperator": "NULL"} for name in most[:200_000]}), 200
    yield "a legacy filter of one attribute", "Scan", scan(
        ScanFilter={"t": {"ComparisonOperator": "IN", "AttributeValueList": [{"S": name} for name in most]}}), 200
    yield "key conditions", "Query", scan(KeyConditions={
        name: {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]} for name in most[:150_000]}), 400
    yield "attributes to get", "Scan", scan(AttributesToGet=most), 200
    yield "one attribute twice", "Scan", scan(AttributesToGet=most + most[:1]), 400


def expressions():
    for needle in ("a" * 1_000 + "b", "b" + "a" * 1_000, "a" * 120 + "b" + "a" * 120, "a" * 100_000 + "b" + "a" * 100_000):
        yield f"contains, nearly {len(needle)} characters", "Scan", scan(
            FilterExpression="contains(t, :n)", ExpressionAttributeValues={":n": {"S": needle}}), 200
    condition, needles = contains(200)
    yield "200 times contains in a filter", "Scan", scan(FilterExpression=condition, ExpressionAttributeValues=needles), 200
    yield "in the filter of a query", "Query", scan(
        KeyConditionExpression="pk = :pk", FilterExpression=condition,
        ExpressionAttributeValues=needles | {":pk": KEY["pk"]}), 200
    condition, needles = contains(200, letters=50)
    yield "for short texts", "Scan", scan(FilterExpression=condition, ExpressionAttributeValues=needles), 200
    yield "in the condition of an update", "UpdateItem", on_long(
        UpdateExpression="REMOVE x", ConditionExpression=condition, ExpressionAttributeValues=needles), 400
    yield "in the condition of a deletion", "DeleteItem", on_long(
        ConditionExpression=condition, ExpressionAttributeValues=needles), 400
    yield "in the condition of a put", "PutItem", {
        "TableName": "Heavy", "Item": KEY, "ConditionExpression": condition, "ExpressionAttributeValues": needles}, 400
    yield "100 sizes", "Scan", scan(FilterExpression=any_of(100, lambda number: f"size(t)=:{number}"),
                                    ExpressionAttributeValues=numbered(100, str)), 200
    yield "prefixes", "Scan", scan(FilterExpression=any_of(150, lambda number: f"begins_with(t,:{number})"),
                                   ExpressionAttributeValues=numbered(150, lambda number: "a" * 13_000 + str(number))), 200
    yield "99 large operands", "Scan", scan(
        FilterExpression="t IN (" + ",".join(f":{number}" for number in range(99)) + ")",
        ExpressionAttributeValues=numbered(99, lambda number: "a" * 15_000 + str(number))), 200
    yield "ranges", "Scan", scan(FilterExpression=any_of(99, lambda number: f"t BETWEEN :{2 * number} AND :{2 * number + 1}"),
                                 ExpressionAttributeValues=numbered(198, lambda number: "a" * 10_000 + str(number))), 200
    yield "a large list in 150 comparisons", "Scan", scan(
        FilterExpression=any_of(150, lambda number: "l=:l"), ExpressionAttributeValues={":l": {"L": [NOTHING] * 95_000 + [{"BOOL": True}]}}), 200
    yield "many paths", "Scan", scan(ProjectionExpression=",".join(f"#{name}" for name in names(680)),
                                     ExpressionAttributeNames={f"#{name}": name for name in names(680)}), 200
    yield "many elements", "GetItem", {
        "TableName": "Heavy", "Key": {"pk": {"S": "list"}},
        "ProjectionExpression": ",".join(f"l[{number}]" for number in range(90_000, 90_450))}, 200
    yield "many copies of a large value", "UpdateItem", on_long(
        UpdateExpression="SET " + ",".join(f"a{number}=t" for number in range(500))), 400
    yield "many copies of a large list", "UpdateItem", {
        "TableName": "Heavy", "Key": {"pk": {"S": "list"}},
        "UpdateExpression": "SET " + ",".join(f"a{number}=list_append(l,l)" for number in range(180))}, 400


def batches():
    many, most = names(40_000), names(100_000)
    yield "tables with bad names", "BatchWriteItem", {"RequestItems": {f"{name}*": [] for name in many}}, 400
    yield "tables with bad names", "BatchGetItem", {"RequestItems": {f"{name}*": {"Keys": []} for name in many}}, 400
    yield "100,000 keys", "BatchGetItem", {"RequestItems": {"Heavy": {"Keys": [{"pk": {"S": name}} for name in most]}}}, 400
    yield "100,000 tables", "BatchGetItem", {"RequestItems": {name: {"Keys": [{"pk": {"S": "x"}}]} for name in most}}, 400
    yield "100,000 deletions", "BatchWriteItem", {
        "RequestItems": {"Heavy": [{"DeleteRequest": {"Key": {"pk": {"S": name}}}} for name in most]}}, 400
    yield "100,000 tables", "BatchWriteItem", {
        "RequestItems": {name: [{"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}] for name in most}}, 400
    keys = {"Keys": [{"pk": {"S": f"large {number}"}} for number in range(100)]}
    yield "16 MB of items", "BatchGetItem", {"RequestItems": {"Large": keys}}, 200
    yield "parts of 16 MB of items", "BatchGetItem", {
        "RequestItems": {"Large": keys | {"ProjectionExpression": "pk"}}}, 200
    yield "10 MB of items", "BatchWriteItem", {"RequestItems": {"Heavy": [
        {"PutRequest": {"Item": {"pk": {"S": f"put {number}"}, "t": {"S": LONG}}}} for number in range(25)]}}, 200
    yield "10 MB of items and their removal", "BatchWriteItem", {"RequestItems": {"Heavy": [
        {"DeleteRequest": {"Key": {"pk": {"S": f"put {number}"}}}} for number in range(25)]}}, 200
    large = [{"TableName": "Large", "Key": {"pk": {"S": f"large {number}"}}} for number in range(100)]
    yield "checks of 16 MB of items", "TransactWriteItems", {"TransactItems": [
        {"ConditionCheck": {**key, "ConditionExpression": "attribute_exists(nothing)"}} for key in large]}, 400
    yield "checks of items that fit the I/O thread by number", "TransactWriteItems", {"TransactItems": [
        {"ConditionCheck": {**key, "ConditionExpression": "attribute_exists(nothing)"}} for key in large[:12]]}, 400
    yield "updates of 16 MB of items", "TransactWriteItems", {"TransactItems": [
        {"Update": {**key, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": NOTHING}}}
        for key in large]}, 400
    yield "updates of nearly 4 MB of items", "TransactWriteItems", {"TransactItems": [
        {"Update": {**key, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": NOTHING}}}
        for key in large[:24]]}, 200
    yield "4 MB of new items", "TransactWriteItems", {"TransactItems": [
        {"Put": {"TableName": "Heavy", "Item": {"pk": {"S": f"put {number}"}, "t": {"S": LONG}}}} for number in range(10)]}, 200
    yield "100,000 members", "TransactWriteItems", {"TransactItems": [{} for _ in range(100_000)]}, 400
    yield "16 MB of items", "TransactGetItems", {"TransactItems": [{"Get": key} for key in large]}, 400
    yield "nearly 4 MB of items", "TransactGetItems", {"TransactItems": [{"Get": key} for key in large[:24]]}, 200
    yield "items with 20 indexes", "BatchWriteItem", {"RequestItems": {"Indexed": [
        {"PutRequest": {"Item": {"pk": {"S": f"put {number}"}, "g": {"S": "x"}, "t": {"S": LONG}}}} for number in range(25)]}}, 200
    yield "the removal of items with 20 indexes", "BatchWriteItem", {"RequestItems": {"Indexed": [
        {"DeleteRequest": {"Key": {"pk": {"S": f"put {number}"}}}} for number in range(25)]}}, 200
    yield "an item with 20 indexes", "PutItem", {
        "TableName": "Indexed", "Item": {"pk": {"S": "one"}, "g": {"S": "x"}, "t": {"S": LONG}}}, 200
    yield "and its removal", "DeleteItem", {"TableName": "Indexed", "Key": {"pk": {"S": "one"}}}, 200


def pages():
    yield "a page of small items", "Scan", {"TableName": "Small"}, 200
    condition = any_of(200, lambda number: f"contains(t,:{number})")
    yield "a filter over small items", "Scan", {
        "TableName": "Small", "FilterExpression": condition, "ExpressionAttributeValues": numbered(200, str)}, 200
    yield "a projection of small items", "Scan", {
        "TableName": "Small", "ProjectionExpression": ",".join(f"#{name}" for name in names(680)),
        "ExpressionAttributeNames": {f"#{name}": name for name in names(680)}}, 200
    yield "large items behind small entries", "Query", {
        "TableName": "Local", "IndexName": "local", "Select": "ALL_ATTRIBUTES", "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "many"}}}, 200
    yield "tables", "ListTables", {}, 200


def tables():
    many, most = names(40_000), names(200_000)
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in most]
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    new = {"TableName": "Other", "KeySchema": key, "BillingMode": "PAY_PER_REQUEST"}
    yield "attribute definitions", "CreateTable", new | {"AttributeDefinitions": definitions}, 400
    index = {"Projection": {"ProjectionType": "ALL"}, "KeySchema": [{"AttributeName": most[-1], "KeyType": "HASH"}]}
    yield "indexes over attribute definitions", "CreateTable", new | {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, *definitions],
        "GlobalSecondaryIndexes": [index | {"IndexName": f"index{name}"} for name in many]}, 400
    yield "tags", "CreateTable", new | {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "Tags": [{"Key": name, "Value": "x"} for name in most]}, 400
    yield "projected attributes", "CreateTable", new | {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [index | {"IndexName": "index", "Projection": {
            "ProjectionType": "INCLUDE", "NonKeyAttributes": most}}]}, 400
    yield "index updates", "UpdateTable", {
        "TableName": "Heavy", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": f"index{name}"}} for name in many]}, 400
    yield "throughput updates", "UpdateTable", {
        "TableName": "Heavy", "GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": f"index{name}", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}
            for name in many]}, 400
    yield "definitions that no key uses", "UpdateTable", {
        "TableName": "Heavy", "DeletionProtectionEnabled": False, "AttributeDefinitions": definitions}, 200


def other_places():
    """Members that the groups above do not fill, each with as much as a body may hold."""
    many, most = names(40_000), names(200_000)
    text, attributes = "x" * 15_000_000, {name: NOTHING for name in most}
    for operation in ("GetItem", "DeleteItem", "UpdateItem"):
        yield "a key of many attributes", operation, {"TableName": "Heavy", "Key": attributes}, 400
    for operation in ("Query", "Scan"):
        yield "a start of many attributes", operation, {
            "TableName": "Heavy", "ExclusiveStartKey": attributes, **({"KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": {
                ":v": {"S": "x"}}} if operation == "Query" else {})}, 400
    for operation in ("GetItem", "PutItem", "DeleteItem", "UpdateItem", "Query", "Scan", "DescribeTable", "DeleteTable",
                      "UpdateTable", "CreateTable"):
        yield "the name of a table", operation, {"TableName": text, "Key": KEY, "Item": KEY}, 400
    for operation, member in (("ListTables", "ExclusiveStartTableName"), ("Scan", "ReturnConsumedCapacity"),
                              ("Query", "Select"), ("PutItem", "ReturnValues"), ("GetItem", "ReturnConsumedCapacity"),
                              ("Scan", "IndexName"), ("Query", "KeyConditionExpression"), ("GetItem", "ProjectionExpression"),
                              ("CreateTable", "BillingMode"), ("UpdateTable", "TableClass")):
        yield f"a text in {member}", operation, {"TableName": "Heavy", "Key": KEY, "Item": KEY, member: text}, 400
    yield "attributes to get", "GetItem", on_long(AttributesToGet=most), 200
    yield "attributes to get", "BatchGetItem", {"RequestItems": {"Heavy": {"Keys": [KEY], "AttributesToGet": most}}}, 200
    yield "attributes to get", "Query", scan(AttributesToGet=most, KeyConditions={
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["pk"]]}}), 200
    yield "a legacy filter", "Query", scan(QueryFilter={name: {"ComparisonOperator": "NULL"} for name in most}, KeyConditions={
        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["pk"]]}}), 200
    yield "expected", "DeleteItem", on_long(Expected={name: {"ComparisonOperator": "NOT_NULL"} for name in most}), 400
    yield "key elements", "CreateTable", {"TableName": "Other", "KeySchema": [
        {"AttributeName": name, "KeyType": "HASH"} for name in most]}, 400
    index = {"Projection": {"ProjectionType": "ALL"}, "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    yield "local indexes", "CreateTable", {
        "TableName": "Other", "KeySchema": index["KeySchema"], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "LocalSecondaryIndexes": [index | {"IndexName": f"index{name}"} for name in many]}, 400
    yield "replicas", "UpdateTable", {"TableName": "Heavy", "ReplicaUpdates": [{"Create": {"RegionName": name}} for name in most]}, 400
    for operation in ("DescribeLimits", "DescribeEndpoints"):
        yield "members that nobody reads", operation, {name: name for name in most}, 200
    yield "an operation that is not served", "ExecuteStatement", {"Statement": text}, 400
    yield "no JSON", "GetItem", "[" * 15_000_000, 400
    yield "no JSON at its end", "GetItem", json.dumps(scan(Key=attributes))[:-1], 400
    yield "nested as deep as may be", "PutItem", '{"TableName":"Heavy","Item":{"pk":{"S":"x"},"l":{"L":[' + ",".join(
        ['{"L":[' * 25 + "]}" * 25] * 60_000) + "]}}}", 400
    yield "one table again and again", "BatchGetItem", '{"RequestItems":{' + ",".join(
        ['"Heavy":{"Keys":[{"pk":{"S":"x"}}]}'] * 300_000) + "}}", None


def stream_requests():
    text = "x" * 15_000_000
    yield "DescribeStream", {"StreamArn": text}, 400
    yield "ListStreams", {"TableName": text}, 400
    yield "ListStreams", {"ExclusiveStartStreamArn": text}, 400
    yield "GetShardIterator", dict.fromkeys(("StreamArn", "ShardId", "ShardIteratorType", "SequenceNumber"), text[:3_500_000]), 400
    yield "GetRecords", {"ShardIterator": text}, 400
    yield "GetRecords", {name: name for name in names(200_000)}, 400


def requests():
    for group in (values, placeholders, expressions, batches, pages, tables, other_places):
        yield from group()
