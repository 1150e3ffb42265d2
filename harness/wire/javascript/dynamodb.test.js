// DynamoDB through the AWS SDK for JavaScript: tables, items, expressions, exceptions, paginators, batches.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";
import { createMusic, createPeople, put } from "./tables.js";

let server;
let dynamodb;
const send = (command) => dynamodb.send(command);
const get = async (key) =>
  (await send(new sdk.GetItemCommand({ TableName: "people", Key: { pk: { S: key } }, ConsistentRead: true }))).Item;

before(async () => {
  server = await MillraceServer.start();
  dynamodb = server.dynamodb();
  await createPeople(dynamodb);
  await createMusic(dynamodb);
});
after(() => server.stop());

test("creates, describes and deletes a table", async () => {
  const table = await createPeople(dynamodb, "short-lived");
  assert.equal(table.TableStatus, "ACTIVE");
  assert.ok(table.CreationDateTime instanceof Date);
  await send(new sdk.DeleteTableCommand({ TableName: "short-lived" }));
  await sdk.waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 20, minDelay: 1 }, { TableName: "short-lived" });
  await assert.rejects(send(new sdk.DescribeTableCommand({ TableName: "short-lived" })), sdk.ResourceNotFoundException);
});

test("refuses a table name that is taken", async () => {
  await assert.rejects(createPeople(dynamodb), (error) =>
    error instanceof sdk.ResourceInUseException && error.message === "Table already exists: people");
});

test("pages through the names of tables", async () => {
  const names = [];
  for await (const page of sdk.paginateListTables({ client: dynamodb, pageSize: 1 }, {})) {
    names.push(...page.TableNames);
  }
  assert.deepEqual(names, ["music", "people"]);
});

test("keeps values of all ten types", async () => {
  const item = {
    pk: { S: "types" }, string: { S: "text with é, € and 😀" }, number: { N: "-12.5" },
    binary: { B: new Uint8Array([0, 1, 255]) }, bool: { BOOL: true }, nothing: { NULL: true },
    strings: { SS: ["a", "b"] }, numbers: { NS: ["1", "2.5"] },
    binaries: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
    list: { L: [{ S: "x" }, { N: "1" }, { L: [] }] }, map: { M: { nested: { M: { deep: { BOOL: false } } } } },
  };
  await send(new sdk.PutItemCommand({ TableName: "people", Item: item }));
  assert.deepEqual(await get("types"), item);
});

test("updates with an expression", async () => {
  await put(dynamodb, "people", ["updated"], { n: { N: "1" }, old: { S: "x" } });
  const { Attributes } = await send(new sdk.UpdateItemCommand({
    TableName: "people", Key: { pk: { S: "updated" } }, ReturnValues: "ALL_NEW",
    UpdateExpression: "SET n = n + :two REMOVE #o ADD tags :tag", ExpressionAttributeNames: { "#o": "old" },
    ExpressionAttributeValues: { ":two": { N: "2" }, ":tag": { SS: ["b"] } },
  }));
  assert.deepEqual(Attributes, { pk: { S: "updated" }, n: { N: "3" }, tags: { SS: ["b"] } });
});

test("deletes an item and returns it", async () => {
  await put(dynamodb, "people", ["deleted"], { n: { N: "1" } });
  const { Attributes } = await send(new sdk.DeleteItemCommand({
    TableName: "people", Key: { pk: { S: "deleted" } }, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(Attributes, { pk: { S: "deleted" }, n: { N: "1" } });
  assert.equal(await get("deleted"), undefined);
});

test("throws the exception of a failed condition with the item", async () => {
  await put(dynamodb, "people", ["taken"], { n: { N: "1" } });
  const write = send(new sdk.PutItemCommand({
    TableName: "people", Item: { pk: { S: "taken" } }, ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  }));
  await assert.rejects(write, (error) => {
    assert.ok(error instanceof sdk.ConditionalCheckFailedException);
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.Item, { pk: { S: "taken" }, n: { N: "1" } });
    return true;
  });
});

test("throws a validation exception with the text of AWS", async () => {
  const read = send(new sdk.GetItemCommand({ TableName: "people", Key: { wrong: { S: "x" } } }));
  const message = "The provided key element does not match the schema";
  await assert.rejects(read, { name: "ValidationException", message });
});

test("writes and reads batches", async () => {
  const keys = Array.from({ length: 25 }, (_, n) => ({ pk: { S: `batch-${n}` } }));
  const written = await send(new sdk.BatchWriteItemCommand({
    RequestItems: { people: keys.map((Item) => ({ PutRequest: { Item } })) } }));
  assert.deepEqual(written.UnprocessedItems, {});
  const read = await send(new sdk.BatchGetItemCommand({ RequestItems: { people: { Keys: keys } } }));
  assert.equal(read.Responses.people.length, 25);
});

test("pages through a query", async () => {
  for (let n = 0; n < 7; ++n) {
    const Item = { artist: { S: "paged" }, song: { S: `song ${n}` } };
    await send(new sdk.PutItemCommand({ TableName: "music", Item }));
  }
  const counts = [];
  const songs = [];
  const query = {
    TableName: "music", KeyConditionExpression: "artist = :a", ExpressionAttributeValues: { ":a": { S: "paged" } } };
  for await (const page of sdk.paginateQuery({ client: dynamodb, pageSize: 3 }, query)) {
    counts.push(page.Count);
    songs.push(...page.Items.map((item) => item.song.S));
  }
  assert.deepEqual(counts, [3, 3, 1]);
  assert.deepEqual(songs, Array.from({ length: 7 }, (_, n) => `song ${n}`));
});

test("pages through a scan", async () => {
  const found = [];
  for await (const page of sdk.paginateScan({ client: dynamodb, pageSize: 2 }, { TableName: "music" })) {
    found.push(...page.Items.map((item) => item.song.S));
  }
  assert.equal(new Set(found).size, found.length);
});

test("queries a global index", async () => {
  await send(new sdk.PutItemCommand({
    TableName: "music", Item: { artist: { S: "x" }, song: { S: "y" }, genre: { S: "jazz" }, length: { N: "3" } } }));
  const found = await send(new sdk.QueryCommand({
    TableName: "music", IndexName: "byGenre", KeyConditionExpression: "genre = :g",
    ExpressionAttributeValues: { ":g": { S: "jazz" } } }));
  assert.deepEqual(found.Items, [{ artist: { S: "x" }, song: { S: "y" }, genre: { S: "jazz" } }]);
});

test("serves every operation that the SDK knows, or says that it does not", async () => {
  const operations = Object.keys(sdk).filter((name) => /^[A-Z].*Command$/.test(name)).map((name) => name.slice(0, -"Command".length));
  assert.ok(operations.length > 50);
  for (const operation of operations) {
    const answer = await fetch(server.url, {
      method: "POST", body: "{}",
      headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `DynamoDB_20120810.${operation}` } });
    const { __type, message } = await answer.json();
    if (!__type?.endsWith("#UnknownOperationException")) continue;
    assert.match(message, new RegExp(`^Millrace \\S+ does not emulate ${operation}$`));
  }
});

test("lists exports and imports, and tells of those that are none", async () => {
  assert.deepEqual((await send(new sdk.ListExportsCommand({}))).ExportSummaries, []);
  assert.deepEqual((await send(new sdk.ListImportsCommand({}))).ImportSummaryList, []);
  const ExportArn = "arn:aws:dynamodb:us-east-1:000000000000:table/none/export/01234567890123-a1b2c3d4";
  await assert.rejects(send(new sdk.DescribeExportCommand({ ExportArn })), { name: "ExportNotFoundException" });
});

test("brings a table back from a backup and from a point in time", async () => {
  await createPeople(dynamodb, "kept");
  await send(new sdk.UpdateContinuousBackupsCommand({
    TableName: "kept", PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 } }));
  await put(dynamodb, "kept", ["zoe"], { note: { S: "before" } });
  const made = await send(new sdk.CreateBackupCommand({ TableName: "kept", BackupName: "nightly" }));
  await put(dynamodb, "kept", ["zoe"], { note: { S: "after" } });
  const noteOf = async (table) => {
    await sdk.waitUntilTableExists({ client: dynamodb, maxWaitTime: 10, minDelay: 1 }, { TableName: table });
    return (await send(new sdk.GetItemCommand({ TableName: table, Key: { pk: { S: "zoe" } } }))).Item.note.S;
  };
  await send(new sdk.RestoreTableFromBackupCommand({ TargetTableName: "from_backup", BackupArn: made.BackupDetails.BackupArn }));
  assert.equal(await noteOf("from_backup"), "before");
  await send(new sdk.RestoreTableToPointInTimeCommand({
    SourceTableName: "kept", TargetTableName: "from_time", UseLatestRestorableTime: true }));
  assert.equal(await noteOf("from_time"), "after");
  const { ContinuousBackupsDescription: described } =
    await send(new sdk.DescribeContinuousBackupsCommand({ TableName: "kept" }));
  assert.equal(described.PointInTimeRecoveryDescription.RecoveryPeriodInDays, 7);
  assert.ok(described.PointInTimeRecoveryDescription.LatestRestorableDateTime instanceof Date);
  const { BackupSummaries: listed } = await send(new sdk.ListBackupsCommand({
    TableName: "kept", TimeRangeUpperBound: new Date(made.BackupDetails.BackupCreationDateTime.getTime() + 1) }));
  assert.deepEqual(listed.map((backup) => backup.BackupName), ["nightly"]);
});

test("writes several items in a transaction, or none", async () => {
  await put(dynamodb, "people", ["owner"], { n: { N: "1" } });
  const transaction = (condition) => new sdk.TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName: "people", Item: { pk: { S: "owned" } } } },
      { ConditionCheck: { TableName: "people", Key: { pk: { S: "owner" } }, ConditionExpression: condition } },
    ],
  });
  await assert.rejects(send(transaction("attribute_not_exists(pk)")), (error) =>
    error instanceof sdk.TransactionCanceledException &&
    error.CancellationReasons[0].Code === "None" && error.CancellationReasons[1].Code === "ConditionalCheckFailed");
  assert.equal(await get("owned"), undefined);
  await send(transaction("attribute_exists(pk)"));
  assert.deepEqual(await get("owned"), { pk: { S: "owned" } });
  const { Responses } = await send(new sdk.TransactGetItemsCommand({
    TransactItems: ["owned", "nobody"].map((key) => ({ Get: { TableName: "people", Key: { pk: { S: key } } } })),
  }));
  assert.deepEqual(Responses, [{ Item: { pk: { S: "owned" } } }, {}]);
});
