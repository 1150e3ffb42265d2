#!/usr/bin/env python3
"""Writes fixtures/orders: a small shop's order table and the writes of a few days.

Deterministic: running it again gives the same files. `changes` on a line is the number of stream records the write makes
(0 for a write that changes nothing, and for a refused condition).
"""

import base64
import json
import pathlib
import random

OUT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "orders"
TABLE = "myDynamoDBTable"
random.seed(20150121)

CUSTOMERS = ["Zoë Krüger", "José Ñandú", "Анна Петрова", "王小明", "O'Brien & Söhne", "Łukasz Żak", "Ægir Þórsson", "नेहा शर्मा"]
STREETS = ["Mühlgasse 7", "Calle de Alcalá 12", "улица Мира, 3", "中山路 88 號", "Rue de l'Église 4 bis"]
GOODS = [("mill-01", "Kaffeemühle", "39.90"), ("tea-07", "Darjeeling 2nd flush", "12.5"), ("cup-02", "Tasse »blau«", "7"),
         ("pot-11", "Teekanne 1,2 l", "54.95"), ("bag-03", "Jutebeutel", "0.99"), ("spoon-5", "小さじ", "3.25")]


def s(text):
    return {"S": text}


def n(number):
    return {"N": str(number)}


def b(raw):
    return {"B": base64.b64encode(raw).decode()}


def key(order):
    return {"customerId": s(order["customer"]), "orderNumber": n(order["number"])}


def lines():
    chosen = random.sample(GOODS, random.randint(1, 4))
    return {"L": [{"M": {"sku": s(sku), "title": s(title), "quantity": n(random.randint(1, 5)), "price": n(price)}}
                  for sku, title, price in chosen]}


def order_item(order):
    item = key(order)
    item.update({
        "status": s("PLACED"),
        "customerName": s(random.choice(CUSTOMERS)),
        "lines": lines(),
        "shipTo": {"M": {"street": s(random.choice(STREETS)), "zip": s(f"{random.randint(1000, 99999):05}"),
                         "geo": {"L": [n(f"{random.uniform(-90, 90):.6f}"), n(f"{random.uniform(-180, 180):.6f}")]},
                         "door": {"NULL": True}}},
        "total": n(f"{random.uniform(5, 500):.2f}"),
        "gift": {"BOOL": random.random() < 0.3},
        "coupon": {"NULL": True} if random.random() < 0.6 else s("MÜHLE-" + str(random.randint(10, 99))),
        "tags": {"SS": sorted(random.sample(["new", "web", "phone", "priority", "grün", "export"], random.randint(1, 3)))},
        "boxSizes": {"NS": [str(x) for x in random.sample([10, 20.5, 35, 60, 1e2], 2)]},
        "signature": b(bytes(random.randrange(256) for _ in range(12))),
        "photos": {"BS": [base64.b64encode(bytes([k, 0, 255, random.randrange(256)])).decode() for k in range(2)]},
        "note": s("" if random.random() < 0.2 else "Bitte klingeln – 2× ☕"),
    })
    return item


def write(target, changes, body, expect=None):
    line = {"target": target, "changes": changes, "body": body}
    if expect:
        line["expect"] = expect
    return line


def put(order, item, changes=1):
    return write("PutItem", changes, {"TableName": TABLE, "Item": item})


def update(order, expression, values, names=None, changes=1, condition=None, expect=None):
    body = {"TableName": TABLE, "Key": key(order), "UpdateExpression": expression, "ExpressionAttributeValues": values}
    if names:
        body["ExpressionAttributeNames"] = names
    if condition:
        body["ConditionExpression"] = condition
    return write("UpdateItem", changes, body, expect)


def life_of(order):
    """The writes of one order, in order; other orders' writes come between them."""
    item = order_item(order)
    status = {"#status": "status"}
    yield put(order, item)
    if order["index"] % 10 == 0:
        yield put(order, item, changes=0)  # the shop saves twice: no change, no record
    yield update(order, "SET #status = :paid, payment = :payment ADD tags :tag",
                 {":paid": s("PAID"), ":payment": {"M": {"method": s("SEPA"), "at": n(1421866952 + order["index"])}},
                  ":tag": {"SS": ["paid"]}}, status)
    yield update(order, "SET #status = :packed, #lines[0].packed = :yes REMOVE coupon",
                 {":packed": s("PACKED"), ":yes": {"BOOL": True}}, status | {"#lines": "lines"})
    if order["index"] % 7 == 0:
        yield update(order, "SET #status = :lost", {":lost": s("LOST"), ":new": s("PLACED")}, status, changes=0,
                     condition="#status = :new", expect="ConditionalCheckFailedException")
    yield update(order, "SET #status = :shipped, history = list_append(if_not_exists(history, :none), :event)",
                 {":shipped": s("SHIPPED"), ":none": {"L": []}, ":event": {"L": [s("left the warehouse ✈")]}}, status)
    yield update(order, "SET #total = #total - :discount DELETE tags :tag",
                 {":discount": n("0.5"), ":tag": {"SS": ["paid"]}}, {"#total": "total"})
    if order["index"] % 4 == 0:
        yield write("DeleteItem", 1, {"TableName": TABLE, "Key": key(order)})
    if order["index"] % 8 == 0:
        yield write("DeleteItem", 0, {"TableName": TABLE, "Key": key(order)})
        yield put(order, order_item(order))


def main():
    orders = [{"index": k, "customer": f"c-{k % 8:03}", "number": 1000 + k} for k in range(40)]
    lives = [life_of(order) for order in orders]
    writes = []
    while lives:
        life = random.choice(lives[:8])  # a few orders are open at the same time
        try:
            writes.append(next(life))
        except StopIteration:
            lives.remove(life)
    # The night's clean-up removes three orders and archives one more in one batch.
    batch = [{"DeleteRequest": {"Key": key(orders[k])}} for k in (1, 2, 3)]
    archived = key(orders[5]) | {"status": s("ARCHIVED")}
    writes.append(write("BatchWriteItem", 4, {"RequestItems": {TABLE: batch + [{"PutRequest": {"Item": archived}}]}}))

    # Last of all a short order: its two changes make the last one an event of its own in batches of ten, short enough to
    # be read whole on a screen.
    last = {"customer": "c-007", "number": 1040}
    writes.append(put(last, key(last) | {"status": s("PLACED")}))
    writes.append(update(last, "SET #status = :paid", {":paid": s("PAID")}, {"#status": "status"}))

    OUT.mkdir(parents=True, exist_ok=True)

    def dump(name, value):
        (OUT / name).write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    dump("table.json", {
        "TableName": TABLE,
        "AttributeDefinitions": [{"AttributeName": "customerId", "AttributeType": "S"},
                                 {"AttributeName": "orderNumber", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "customerId", "KeyType": "HASH"}, {"AttributeName": "orderNumber", "KeyType": "RANGE"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}})
    dump("function.json", {
        "FunctionName": "echoDynamoDBEvent", "Runtime": "provided.al2023", "Handler": "echo",
        "Role": "arn:aws:iam::000000000000:role/lambda", "Code": {"S3Bucket": "in-process", "S3Key": "echo"}})
    dump("event_source_mapping.json", {
        "FunctionName": "echoDynamoDBEvent", "StartingPosition": "TRIM_HORIZON", "BatchSize": 10, "Enabled": True})
    with open(OUT / "writes.jsonl", "w", encoding="utf-8") as out:
        for line in writes:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{len(writes)} writes, {sum(line['changes'] for line in writes)} changes over {len(orders)} items")


if __name__ == "__main__":
    main()
