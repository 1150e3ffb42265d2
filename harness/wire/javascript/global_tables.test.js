// Replicas in several regions, through the AWS SDK for JavaScript. The one that runs on Node 18 does not know all there
// is of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callAsJson } from "./json_call.js";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";
import { createPeople, put } from "./tables.js";

const regions = ["us-east-1", "us-east-2", "us-west-2"];
let server;
let clients;
const send = (region, command) => clients[region].send(command);
const describe = async (region, TableName) =>
  (await callAsJson(clients[region], "DescribeTable", { TableName })).Table;
const update = (region, input) => callAsJson(clients[region], "UpdateTable", input);
const itemsOf = async (region, TableName) =>
  (await send(region, new sdk.ScanCommand({ TableName }))).Items.map((item) => item.pk.S).sort();

before(async () => {
  server = await MillraceServer.start();
  clients = Object.fromEntries(regions.map((region) => [region, server.dynamodb({ region, key: "local" })]));
});
after(() => server.stop());

test("a replica is made, written and taken out of its global table", async () => {
  const [here, there] = regions;
  const TableName = "loose";
  await createPeople(clients[here], TableName);
  await put(clients[here], TableName, ["old"]);
  await update(here, { TableName, ReplicaUpdates: [{ Create: { RegionName: there } }] });
  await put(clients[there], TableName, ["new"]);
  await server.drain();
  for (const region of [here, there]) assert.deepEqual(await itemsOf(region, TableName), ["new", "old"]);
  const { Replicas, GlobalTableVersion, DisassociationProtectionEnabled } = await describe(there, TableName);
  assert.equal(GlobalTableVersion, "2019.11.21");
  assert.equal(DisassociationProtectionEnabled, true);
  assert.deepEqual(Replicas.map((replica) => [replica.RegionName, replica.ReplicaStatus]), [[here, "ACTIVE"]]);

  const leave = {
    TableName, ReplicaUpdates: [{ Disassociate: { RegionName: there, DisassociationMode: "WAIT_FOR_REPLICATION" } }] };
  await assert.rejects(update(there, leave), /protected against disassociation/);
  await update(there, { TableName, DisassociationProtectionEnabled: false });
  await put(clients[here], TableName, ["last"]);
  await update(there, leave);
  assert.deepEqual(await itemsOf(there, TableName), ["last", "new", "old"]);
  await put(clients[here], TableName, ["apart"]);
  await server.drain();
  assert.deepEqual(await itemsOf(there, TableName), ["last", "new", "old"]);
  assert.equal((await describe(here, TableName)).Replicas, undefined);
});

test("with strong consistency all regions read what was written", async () => {
  const [here, second, third] = regions;
  const TableName = "strong";
  await createPeople(clients[here], TableName);
  await update(here, {
    TableName, MultiRegionConsistency: "STRONG",
    ReplicaUpdates: [second, third].map((RegionName) => ({ Create: { RegionName } })) });
  for (const [number, region] of regions.entries()) {
    await put(clients[region], TableName, [`${number}`]);
    for (const reader of regions) assert.equal((await itemsOf(reader, TableName)).length, number + 1);
  }
  assert.equal((await describe(third, TableName)).MultiRegionConsistency, "STRONG");
  await assert.rejects(
    send(second, new sdk.TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName, Item: { pk: { S: "x" } } } }] })), /Transactions are not supported/);
  await assert.rejects(send(third, new sdk.DeleteTableCommand({ TableName })), /Deletion of only one table replica/);
  await send(here, new sdk.UpdateTableCommand({
    TableName, ReplicaUpdates: [second, third].map((RegionName) => ({ Delete: { RegionName } })) }));
  assert.deepEqual(await itemsOf(here, TableName), ["0", "1", "2"]);
});

test("what there is no global table of the older version of", async () => {
  const GlobalTableName = "loose";
  await assert.rejects(send(regions[0], new sdk.DescribeGlobalTableCommand({ GlobalTableName })),
                       sdk.GlobalTableNotFoundException);
  assert.deepEqual((await send(regions[0], new sdk.ListGlobalTablesCommand({}))).GlobalTables, []);
});
