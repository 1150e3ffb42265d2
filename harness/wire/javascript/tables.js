// The tables the tests use.
import { dynamodbSdk as sdk } from "./millrace_server.js";

async function create(client, definition) {
  await client.send(new sdk.CreateTableCommand({ BillingMode: "PAY_PER_REQUEST", ...definition }));
  const { reason } = await sdk.waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 },
                                                    { TableName: definition.TableName });
  return reason.Table;
}

/** A table with the string key `pk`; `stream` is a view type. Returns its description once it is active. */
export const createPeople = (client, name = "people", stream = undefined) => create(client, {
  TableName: name,
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream } }),
});

/** A table with the keys `artist` and `song` and a global index by `genre`. */
export const createMusic = (client) => create(client, {
  TableName: "music",
  AttributeDefinitions: ["artist", "song", "genre"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
  KeySchema: [{ AttributeName: "artist", KeyType: "HASH" }, { AttributeName: "song", KeyType: "RANGE" }],
  GlobalSecondaryIndexes: [{
    IndexName: "byGenre", Projection: { ProjectionType: "KEYS_ONLY" },
    KeySchema: [{ AttributeName: "genre", KeyType: "HASH" }] }],
});

/** Puts one item per key, one after the other. */
export async function put(client, table, keys, attributes = {}) {
  for (const key of keys) {
    await client.send(new sdk.PutItemCommand({ TableName: table, Item: { pk: { S: key }, ...attributes } }));
  }
}
