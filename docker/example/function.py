"""The function: keeps, for every customer, the numbers of the orders there are."""

from aws import CUSTOMERS, client

dynamodb = client("dynamodb")
ACTIONS = {"INSERT": "ADD", "REMOVE": "DELETE"}


def handler(event, _context):
    for record in event["Records"]:
        action = ACTIONS.get(record["eventName"])
        if action is None:
            continue
        keys = record["dynamodb"]["Keys"]
        # A set: to get a record twice, as may happen, changes nothing.
        dynamodb.update_item(TableName=CUSTOMERS, Key={"customer": keys["customer"]},
                             UpdateExpression=f"{action} orders :number",
                             ExpressionAttributeValues={":number": {"NS": [keys["number"]["N"]]}})
