"""Makes the tables, and lets the stream of the first one call the function."""

from aws import CUSTOMERS, ORDERS, client

dynamodb = client("dynamodb")
dynamodb.create_table(
    TableName=ORDERS, BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "customer", "AttributeType": "S"},
                          {"AttributeName": "number", "AttributeType": "N"}],
    KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
dynamodb.create_table(
    TableName=CUSTOMERS, BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "customer", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}])
for table in (ORDERS, CUSTOMERS):
    dynamodb.get_waiter("table_exists").wait(TableName=table)

stream = dynamodb.describe_table(TableName=ORDERS)["Table"]["LatestStreamArn"]
client("lambda").create_event_source_mapping(
    FunctionName="customer-orders", EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=10)
