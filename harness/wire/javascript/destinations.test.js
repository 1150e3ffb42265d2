// Records that a mapping gives up, at servers that others have written: sqslite, which stands for SQS and knows forms
// only, and s3rver, which verifies signatures.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import S3rver from "s3rver";
import { ExternalFunction } from "./external_function.js";
import { MillraceServer, dynamodbSdk, lambdaSdk } from "./millrace_server.js";

const { CreateTableCommand, PutItemCommand } = dynamodbSdk;
const { CreateEventSourceMappingCommand, CreateFunctionCommand, ListTagsCommand, TagResourceCommand,
        UntagResourceCommand, GetFunctionRecursionConfigCommand, PutFunctionRecursionConfigCommand } = lambdaSdk;

const sqslite = await import("sqslite").then((found) => found.default, () => null);
const withoutQueues = sqslite === null && "sqslite is not installed: run 'npm ci' in harness/wire/javascript";
let folder, s3, queues, queueUrl, server, lambda, failing;

async function askQueues(form) {
  const answer = await fetch(queueUrl, { method: "POST", body: new URLSearchParams(form) });
  return answer.text();
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-destinations-"));
  s3 = new S3rver({ port: 0, address: "127.0.0.1", silent: true, directory: folder, vhostBuckets: false,
                    configureBuckets: [{ name: "failures" }] });
  const s3Url = `http://127.0.0.1:${(await s3.run()).port}`;
  const flags = ["--s3-endpoint", s3Url, "--signing-key", "S3RVER:S3RVER"];
  if (sqslite) {
    queues = sqslite({ logger: false });
    await queues.listen(0, "127.0.0.1");
    queueUrl = `http://localhost:${queues.server.address().port}`;  // it knows its queues by that name only
    await askQueues({ Action: "CreateQueue", QueueName: "failures" });
    flags.push("--sqs-endpoint", queueUrl);
  }
  server = await MillraceServer.start(...flags);
  lambda = server.lambda();
  await lambda.send(new CreateFunctionCommand({
    FunctionName: "orders", Runtime: "provided.al2023", Role: "arn:aws:iam::000000000000:role/lambda",
    Handler: "bootstrap", Code: { S3Bucket: "external", S3Key: "external" } }));
  failing = new ExternalFunction(server.runtimeApi, "orders", () => { throw new Error("no"); });
});

after(async () => {
  await failing?.close();
  await server?.stop();
  await queues?.close();
  await s3?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The letter about the one record that a mapping to this destination has given up. */
async function givenUp(table, destination) {
  const dynamodb = server.dynamodb();
  const { TableDescription } = await dynamodb.send(new CreateTableCommand({
    TableName: table, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } }));
  const mapping = await lambda.send(new CreateEventSourceMappingCommand({
    FunctionName: "orders", EventSourceArn: TableDescription.LatestStreamArn, StartingPosition: "TRIM_HORIZON",
    MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: destination } } }));
  assert.deepEqual(mapping.DestinationConfig, { OnFailure: { Destination: destination } });
  await dynamodb.send(new PutItemCommand({ TableName: table, Item: { pk: { S: "<&ü\"" } } }));
  await server.drain(mapping.UUID);
  const answer = await fetch(`${server.url}/_millrace/dead-letters?mapping=${mapping.UUID}`);
  const { letters } = await answer.json();
  assert.equal(letters.length, 1);
  assert.deepEqual(letters[0].destination, { arn: destination, state: "delivered", delivered: true });
  return letters[0];
}

test("a queue that knows no JSON gets the document", { skip: withoutQueues }, async () => {
  const letter = await givenUp("queued", "arn:aws:sqs:eu-west-1:000000000000:failures");
  const received = await askQueues({
    Action: "ReceiveMessage", QueueUrl: `${queueUrl}/queues/failures`, MaxNumberOfMessages: "10" });
  const body = received.match(/<Body>([\s\S]*?)<\/Body>/)[1].replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  assert.deepEqual(JSON.parse(body), letter.document);
  assert.equal(letter.document.requestContext.approximateInvokeCount, 2);
});

test("a bucket gets the document with the event", async () => {
  const letter = await givenUp("stored", "arn:aws:s3:::failures");
  const key = `aws/lambda/${letter.mapping}/${letter.shardId}/`;
  const listed = await (await fetch(`http://127.0.0.1:${s3.httpServer.address().port}/failures?prefix=${key}`)).text();
  const [, path] = listed.match(/<Key>(.*?)<\/Key>/);
  const object = await (await fetch(`http://127.0.0.1:${s3.httpServer.address().port}/failures/${path}`)).json();
  const { payload, ...document } = object;
  assert.deepEqual(document, letter.document);
  assert.deepEqual(JSON.parse(payload), letter.event);
  assert.equal(JSON.parse(payload).Records[0].dynamodb.Keys.pk.S, "<&ü\"");
});

test("tags and the recursion config of a function", async () => {
  const Resource = "arn:aws:lambda:eu-west-1:000000000000:function:orders";
  await lambda.send(new TagResourceCommand({ Resource, Tags: { team: "a b", other: "x" } }));
  await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["other"] }));
  assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, { team: "a b" });
  const FunctionName = "orders";
  assert.equal((await lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop, "Terminate");
  await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Allow" }));
  assert.equal((await lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop, "Allow");
});
