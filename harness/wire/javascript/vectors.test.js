// Vector indexes through the AWS SDK for JavaScript. The one that runs on Node 18 does not know them: a middleware of the
// client gives a command its target and body, and the rest (signing, connections, errors) is the SDK's own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";

let server;
let dynamodb;

before(async () => {
  server = await MillraceServer.start();
  dynamodb = server.dynamodb();
});
after(() => server.stop());

/** Sends `input` to an operation as JSON and returns the answer's, whatever the SDK knows of either. */
async function call(operation, input) {
  const command = new sdk.ListTablesCommand({});
  let bytes;
  command.middlewareStack.add((next) => (args) => {
    const { request } = args;
    request.headers["x-amz-target"] = `DynamoDB_20120810.${operation}`;
    request.body = JSON.stringify(input);
    request.headers["content-length"] = String(Buffer.byteLength(request.body));
    return next(args);
  }, { step: "build", priority: "low" });
  command.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    bytes = Buffer.concat(await result.response.body.toArray());
    result.response.body = bytes;
    return result;
  }, { step: "deserialize", priority: "low" });
  await dynamodb.send(command);
  return JSON.parse(new TextDecoder().decode(bytes));
}

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
