// Two regions and three accounts with the same names, through the AWS SDK for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceServer, dynamodbSdk, lambdaSdk, streamsSdk } from "./millrace_server.js";
import { createPeople, put } from "./tables.js";

const defaultAccount = "000000000000";

/** Every region with every access key, and the account that it stands for. */
const worlds = ["eu-west-1", "us-west-2"].flatMap((region) => ["local", "111122223333", "444455556666"].map((key) => ({
  region, key, account: key === "local" ? defaultAccount : key,
})));
const nameOf = ({ region, account }) => `${region}/${account}`;
const tableArn = ({ region, account }) => `arn:aws:dynamodb:${region}:${account}:table/people`;
const functionArn = ({ region, account }) => `arn:aws:lambda:${region}:${account}:function:echo`;

async function withServer(extra, body) {
  const server = await MillraceServer.start(...extra);
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}

async function keysSeen(server, world) {
  const { Items } = await server.dynamodb(world).send(new dynamodbSdk.ScanCommand({ TableName: "people" }));
  return Items.map((item) => item.pk.S).sort();
}

const createFunction = (server, world) => server.lambda(world).send(new lambdaSdk.CreateFunctionCommand({
  FunctionName: "echo", Runtime: "provided.al2023", Handler: "echo", Role: "arn:aws:iam::000000000000:role/r",
  Code: { S3Bucket: "in-process", S3Key: "echo" } }));

test("each account has tables, streams, functions and mappings of its own in each region", async () => {
  await withServer([], async (server) => {
    const streamArns = new Map();
    for (const world of worlds) {
      const table = await createPeople(server.dynamodb(world), "people", "NEW_IMAGE");
      assert.equal(table.TableArn, tableArn(world));
      streamArns.set(world, table.LatestStreamArn);
      await put(server.dynamodb(world), "people", [nameOf(world)]);
      assert.equal((await createFunction(server, world)).FunctionArn, functionArn(world));
      await server.lambda(world).send(new lambdaSdk.CreateEventSourceMappingCommand({
        EventSourceArn: table.LatestStreamArn, FunctionName: "echo", StartingPosition: "TRIM_HORIZON" }));
    }
    const { mappings } = await server.drain();
    assert.deepEqual(mappings.map((mapping) => mapping.recordsDelivered), worlds.map(() => 1));
    for (const world of worlds) {
      assert.deepEqual(await keysSeen(server, world), [nameOf(world)]);
      const { TableNames } = await server.dynamodb(world).send(new dynamodbSdk.ListTablesCommand({}));
      assert.deepEqual(TableNames, ["people"]);
      const { Streams } = await server.streams(world).send(new streamsSdk.ListStreamsCommand({}));
      assert.deepEqual(Streams.map((stream) => stream.StreamArn), [streamArns.get(world)]);
      const { Functions } = await server.lambda(world).send(new lambdaSdk.ListFunctionsCommand({}));
      assert.deepEqual(Functions.map((each) => each.FunctionArn), [functionArn(world)]);
      const { EventSourceMappings } = await server.lambda(world).send(new lambdaSdk.ListEventSourceMappingsCommand({}));
      assert.deepEqual(EventSourceMappings.map((each) => each.EventSourceArn), [streamArns.get(world)]);
    }
    const [world, ...others] = worlds;
    for (const other of others) {
      await assert.rejects(
        server.dynamodb(world).send(new dynamodbSdk.ScanCommand({ TableName: tableArn(other) })),
        { name: "ResourceNotFoundException" });
      await assert.rejects(
        server.streams(world).send(new streamsSdk.DescribeStreamCommand({ StreamArn: streamArns.get(other) })),
        { name: "ResourceNotFoundException" });
      await assert.rejects(
        server.lambda(world).send(new lambdaSdk.GetFunctionCommand({ FunctionName: functionArn(other) })),
        { name: "ResourceNotFoundException" });
    }
  });
});

test("--shared-db merges all into one", async () => {
  await withServer(["--shared-db"], async (server) => {
    await createPeople(server.dynamodb(worlds.at(-1)));
    for (const world of worlds) await put(server.dynamodb(world), tableArn(world), [nameOf(world)]);
    for (const world of worlds) assert.deepEqual(await keysSeen(server, world), worlds.map(nameOf).sort());
  });
});
