"""The tables the tests use."""


def create_people(dynamodb, name="people", stream=None):
    """A table with the string key `pk`; `stream` is a view type. Returns its description once it is active."""
    arguments = {}
    if stream is not None:
        arguments["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                          AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                          KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], **arguments)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return dynamodb.describe_table(TableName=name)["Table"]


def create_music(dynamodb, name="music"):
    """A table with the keys `artist` and `song`, a local index by `year` and a global one by `genre`."""
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"},
                              {"AttributeName": "song", "AttributeType": "S"},
                              {"AttributeName": "year", "AttributeType": "N"},
                              {"AttributeName": "genre", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "song", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{"IndexName": "byYear", "Projection": {"ProjectionType": "ALL"},
                                "KeySchema": [{"AttributeName": "artist", "KeyType": "HASH"},
                                              {"AttributeName": "year", "KeyType": "RANGE"}]}],
        GlobalSecondaryIndexes=[{"IndexName": "byGenre", "Projection": {"ProjectionType": "KEYS_ONLY"},
                                 "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}]}])
    dynamodb.get_waiter("table_exists").wait(TableName=name)


def put(dynamodb, table, *keys, **attributes):
    """Puts one item per key."""
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, **attributes})
