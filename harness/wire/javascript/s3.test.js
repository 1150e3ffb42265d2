// Exports and imports with a real server that speaks S3 in the place of a directory (`--s3-endpoint`): s3rver, which
// verifies signatures.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import S3rver from "s3rver";
import { MillraceServer, dynamodbSdk } from "./millrace_server.js";

const { CreateTableCommand, DescribeExportCommand, DescribeImportCommand, ExportTableToPointInTimeCommand,
        ImportTableCommand, PutItemCommand, ScanCommand, UpdateContinuousBackupsCommand,
        BatchWriteItemCommand } = dynamodbSdk;

const keys = { BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
               AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }] };
let folder, s3, endpoint, server, dynamodb, tableArn;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-s3-"));
  s3 = new S3rver({ port: 0, address: "127.0.0.1", silent: true, directory: folder, vhostBuckets: false,
                    configureBuckets: [{ name: "exports" }] });
  endpoint = `http://127.0.0.1:${(await s3.run()).port}`;
  server = await MillraceServer.start("--s3-endpoint", endpoint, "--signing-key", "S3RVER:S3RVER");
  dynamodb = server.dynamodb();
  const made = await dynamodb.send(new CreateTableCommand({ TableName: "people", ...keys }));
  tableArn = made.TableDescription.TableArn;
  await dynamodb.send(new UpdateContinuousBackupsCommand({
    TableName: "people", PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
});

after(async () => {
  await server?.stop();
  await s3?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What `describe` tells once the transfer is over. The server tells nobody: one has to ask. */
async function finished(describe, status) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const described = await describe();
    if (described[status] !== "IN_PROGRESS") return described;
  }
  assert.fail("not over after a minute");
}

async function exported(request) {
  const { ExportDescription: begun } = await dynamodb.send(new ExportTableToPointInTimeCommand({
    TableArn: tableArn, ...request }));
  return finished(async () => (await dynamodb.send(new DescribeExportCommand({ ExportArn: begun.ExportArn })))
    .ExportDescription, "ExportStatus");
}

async function imported(request) {
  const { ImportTableDescription: begun } = await dynamodb.send(new ImportTableCommand({
    InputFormat: "DYNAMODB_JSON", ...request }));
  return finished(async () => (await dynamodb.send(new DescribeImportCommand({ ImportArn: begun.ImportArn })))
    .ImportTableDescription, "ImportStatus");
}

test("a table that is exported and imported again is the same", async () => {
  await dynamodb.send(new PutItemCommand({
    TableName: "people", Item: { pk: { S: "€ 😀" }, n: { N: "1.5" }, l: { L: [{ BOOL: true }, { NULL: true }] } } }));
  for (let batch = 0; batch < 8; ++batch) {
    const puts = Array.from({ length: 25 }, (_, at) => ({ PutRequest: { Item: { pk: { S: `p${batch * 25 + at}` } } } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { people: puts } }));
  }
  const done = await exported({ S3Bucket: "exports", S3Prefix: "some where/ü+1" });
  assert.deepEqual([done.ExportStatus, done.ItemCount], ["COMPLETED", 201]);
  const loaded = await imported({
    S3BucketSource: { S3Bucket: "exports", S3KeyPrefix: done.ExportManifest.replace(/manifest-summary.json$/, "data/") },
    InputCompressionType: "GZIP", TableCreationParameters: { TableName: "again", ...keys } });
  assert.deepEqual([loaded.ImportStatus, loaded.ImportedItemCount, loaded.ErrorCount ?? 0], ["COMPLETED", 201, 0]);
  const [before, again] = await Promise.all(["people", "again"].map(async (TableName) =>
    (await dynamodb.send(new ScanCommand({ TableName }))).Items.sort((a, b) => (a.pk.S < b.pk.S ? -1 : 1))));
  assert.deepEqual(again, before);
});

test("a bucket that is not there fails the transfer, and says so", async () => {
  const failed = await exported({ S3Bucket: "nowhere" });
  assert.equal(failed.ExportStatus, "FAILED");
  assert.match(failed.FailureMessage, /nowhere/);
});
