// Vector indexes through the AWS SDK for JavaScript. The one that runs on Node 18 does not know them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callAsJson } from "./json_call.js";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";

let server;
let dynamodb;

before(async () => {
  server = await MillraceServer.start();
  dynamodb = server.dynamodb();
});
after(() => server.stop());

const call = (operation, input) => callAsJson(dynamodb, operation, input);
const numbers = (...values) => values.map((value) => ({ N: String(value) }));
const search = (vector, more = {}) =>
  call("SearchVectors", { TableName: "vectors", IndexName: "near", SearchVector: numbers(...vector), TopK: 10, ...more });

test("finds what is near, of one tenant", async () => {
  const { TableDescription: made } = await call("CreateTable", {
    TableName: "vectors", BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "tenant"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    VectorIndexes: [{
      IndexName: "near", VectorAttribute: { AttributeName: "v" }, Dimensions: 2, DistanceFunction: "COSINE",
      SearchSchema: [{ AttributeName: "tenant", SearchSchemaElementType: "HASH" }],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["title"] },
    }],
  });
  assert.equal(made.VectorIndexes[0].IndexStatus, "CREATING");
  await sdk.waitUntilTableExists({ client: dynamodb, maxWaitTime: 20, minDelay: 1 }, { TableName: "vectors" });
  for (const [pk, tenant, vector] of [["a", "t", [1, 0]], ["b", "t", [0, 2]], ["c", "u", [1, 0]]]) {
    const Item = { pk: { S: pk }, tenant: { S: tenant }, title: { S: pk.toUpperCase() }, v: { L: numbers(...vector) },
                   secret: { S: "x" } };
    await dynamodb.send(new sdk.PutItemCommand({ TableName: "vectors", Item }));
  }
  const { SearchResults: found } = await search([0, 1], {
    SearchConditionExpression: "tenant = :t", ExpressionAttributeValues: { ":t": { S: "t" } } });
  assert.deepEqual(found, [
    { Item: { pk: { S: "b" }, tenant: { S: "t" }, title: { S: "B" } }, Score: 0 },
    { Item: { pk: { S: "a" }, tenant: { S: "t" }, title: { S: "A" } }, Score: 1 },
  ]);
});

test("its errors are the SDK's", async () => {
  await assert.rejects(search([1]), { name: "ValidationException",
                                      message: "Input search vector dimension 1 does not match vector index dimension 2" });
  await assert.rejects(call("SearchVectors", { TableName: "nowhere", IndexName: "near", SearchVector: numbers(1), TopK: 1 }),
                       sdk.ResourceNotFoundException);
  const Item = { pk: { S: "d" }, v: { S: "none" } };
  await assert.rejects(dynamodb.send(new sdk.PutItemCommand({ TableName: "vectors", Item })),
                       /Invalid type for parameter v, Expected: L, Actual: S\. IndexName: near/);
});
