// Streams, functions and event source mappings through the AWS SDK for JavaScript.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ExternalFunction } from "./external_function.js";
import { MillraceServer, dynamodbSdk, echoBinary, lambdaSdk, streamsSdk } from "./millrace_server.js";
import { createPeople, put } from "./tables.js";
import { zipOf } from "./zip.js";

const inProcessEcho = { S3Bucket: "in-process", S3Key: "echo" };
const external = { S3Bucket: "external", S3Key: "external" };
const emptyEvent = { Records: [] };

/** Runs `body` with a server of its own and its clients. */
async function withServer(extra, body) {
  const server = await MillraceServer.start(...extra);
  try {
    await body({ server, dynamodb: server.dynamodb(), streams: server.streams(), lambda: server.lambda() });
  } finally {
    await server.stop();
  }
}

async function createFunction(lambda, name, code, more = {}) {
  await lambda.send(new lambdaSdk.CreateFunctionCommand({
    FunctionName: name, Runtime: "provided.al2023", Handler: "bootstrap", Code: code,
    Role: "arn:aws:iam::000000000000:role/lambda", ...more }));
  await lambdaSdk.waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: name });
}

async function invoke(lambda, name, event, more = {}) {
  const answer = await lambda.send(new lambdaSdk.InvokeCommand({
    FunctionName: name, Payload: JSON.stringify(event), ...more }));
  const text = Buffer.from(answer.Payload ?? []).toString();
  const payload = text === "" ? undefined : JSON.parse(text);
  return { status: answer.StatusCode, error: answer.FunctionError, payload };
}

async function awaitState(lambda, uuid, wanted) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { State } = await lambda.send(new lambdaSdk.GetEventSourceMappingCommand({ UUID: uuid }));
    if (State === wanted) return;
    assert.ok(Date.now() < deadline, `the mapping stays ${State}, not ${wanted}`);
  }
}

async function createMapping(lambda, streamArn, name, more = {}) {
  const { UUID } = await lambda.send(new lambdaSdk.CreateEventSourceMappingCommand({
    EventSourceArn: streamArn, FunctionName: name, StartingPosition: "TRIM_HORIZON", BatchSize: 10, ...more }));
  await awaitState(lambda, UUID, "Enabled");
  return UUID;
}

/** All records of a stream: every shard from its start until it has nothing more. */
async function readAll(streams, streamArn) {
  const records = [];
  const { StreamDescription } = await streams.send(new streamsSdk.DescribeStreamCommand({ StreamArn: streamArn }));
  for (const { ShardId } of StreamDescription.Shards) {
    let { ShardIterator: iterator } = await streams.send(new streamsSdk.GetShardIteratorCommand({
      StreamArn: streamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }));
    while (iterator) {
      const page = await streams.send(new streamsSdk.GetRecordsCommand({ ShardIterator: iterator }));
      records.push(...page.Records);
      iterator = page.Records.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  return records;
}

test("streams show every change, shard by shard", () =>
  withServer(["--shards-per-stream", "3"], async ({ dynamodb, streams }) => {
    const { LatestStreamArn } = await createPeople(dynamodb, "people", "NEW_AND_OLD_IMAGES");
    await put(dynamodb, "people", ["a", "b", "c"], { n: { N: "1" } });
    await put(dynamodb, "people", ["a"], { n: { N: "2" } });
    await dynamodb.send(new dynamodbSdk.DeleteItemCommand({ TableName: "people", Key: { pk: { S: "a" } } }));
    const records = await readAll(streams, LatestStreamArn);
    const ofA = records.filter((record) => record.dynamodb.Keys.pk.S === "a");
    assert.deepEqual(ofA.map((record) => record.eventName), ["INSERT", "MODIFY", "REMOVE"]);
    assert.equal(records.length, 5);
    await assert.rejects(streams.send(new streamsSdk.DescribeStreamCommand({
      StreamArn: LatestStreamArn.replace("people", "nobody") })), streamsSdk.ResourceNotFoundException);
  }));

test("functions are called in-process, from a zip and outside", () =>
  withServer(["--function", "flagged=in-process:echo"], async ({ server, lambda }) => {
    const echoed = { status: 200, error: undefined, payload: emptyEvent };
    assert.deepEqual(await invoke(lambda, "flagged", emptyEvent), echoed);

    await createFunction(lambda, "linked", inProcessEcho);
    assert.deepEqual(await invoke(lambda, "linked", emptyEvent), echoed);

    const ZipFile = zipOf("bootstrap", await readFile(echoBinary()));
    await createFunction(lambda, "zipped", { ZipFile }, { Timeout: 30 });
    assert.deepEqual(await invoke(lambda, "zipped", emptyEvent), echoed);

    await createFunction(lambda, "outside", external);
    const outside = new ExternalFunction(server.runtimeApi, "outside", (event) => {
      if (event.fail) throw new RangeError("asked to fail");
      return event;
    });
    assert.deepEqual((await invoke(lambda, "outside", { n: 1 })).payload, { n: 1 });
    const failed = await invoke(lambda, "outside", { fail: true });
    assert.equal(failed.error, "Unhandled");
    assert.deepEqual(failed.payload, { errorType: "RangeError", errorMessage: "asked to fail" });
    assert.equal((await invoke(lambda, "outside", {}, { InvocationType: "DryRun" })).status, 204);
    assert.equal((await invoke(lambda, "outside", { n: 2 }, { InvocationType: "Event" })).status, 202);
    await assert.rejects(invoke(lambda, "nobody", {}), lambdaSdk.ResourceNotFoundException);
    await outside.close();
  }));

test("a mapping lives, delivers, rests and goes on from its checkpoint", () =>
  withServer([], async ({ server, dynamodb, lambda }) => {
    const { LatestStreamArn } = await createPeople(dynamodb, "people", "NEW_IMAGE");
    await createFunction(lambda, "orders", external);
    const orders = new ExternalFunction(server.runtimeApi, "orders");
    const uuid = await createMapping(lambda, LatestStreamArn, "orders");

    await put(dynamodb, "people", ["first"]);
    await server.drain(uuid);
    await lambda.send(new lambdaSdk.UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: false }));
    await awaitState(lambda, uuid, "Disabled");
    await put(dynamodb, "people", ["meanwhile"]);
    assert.deepEqual(orders.keys(), ["first"]);
    await lambda.send(new lambdaSdk.UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: true }));
    await awaitState(lambda, uuid, "Enabled");
    await server.drain(uuid);
    assert.deepEqual(orders.keys(), ["first", "meanwhile"]);
    assert.equal(orders.events[0].Records[0].eventSourceARN, LatestStreamArn);

    const listed = await lambda.send(new lambdaSdk.ListEventSourceMappingsCommand({ EventSourceArn: LatestStreamArn }));
    assert.deepEqual(listed.EventSourceMappings.map((mapping) => mapping.UUID), [uuid]);
    await assert.rejects(createMapping(lambda, LatestStreamArn, "orders"), lambdaSdk.ResourceConflictException);
    const deleted = await lambda.send(new lambdaSdk.DeleteEventSourceMappingCommand({ UUID: uuid }));
    assert.equal(deleted.State, "Deleting");
    await orders.close();
  }));

test("everything outlives a kill when it has a path", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-wire-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = ["--db-path", join(folder, "millrace.db")];

  let server = await MillraceServer.start(...path);
  const { LatestStreamArn } = await createPeople(server.dynamodb(), "people", "NEW_IMAGE");
  await createFunction(server.lambda(), "orders", external);
  let orders = new ExternalFunction(server.runtimeApi, "orders");
  const uuid = await createMapping(server.lambda(), LatestStreamArn, "orders");
  await put(server.dynamodb(), "people", ["delivered"]);
  await server.drain(uuid);
  await orders.close();
  await put(server.dynamodb(), "people", ["not delivered"]);
  await server.kill();

  server = await MillraceServer.start(...path);
  orders = new ExternalFunction(server.runtimeApi, "orders");
  await server.drain(uuid);
  assert.deepEqual(orders.keys(), ["not delivered"]);
  assert.equal((await readAll(server.streams(), LatestStreamArn)).length, 2);
  await orders.close();
  await server.stop();
});
