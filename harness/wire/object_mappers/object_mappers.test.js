// Millrace through the object mappers that applications use: models with unique attributes, transactions, secondary
// indexes and a time to live, and a table that is brought up to date (`update: true`).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynamoose from "dynamoose";
import * as toolbox from "dynamodb-toolbox";
import { PutTransaction } from "dynamodb-toolbox/entity/actions/transactPut";
import { ConditionCheck } from "dynamodb-toolbox/entity/actions/transactCheck";
import { execute } from "dynamodb-toolbox/entity/actions/transactWrite";
import { Dynamo } from "dynamodb-onetable/Dynamo";
import { Table as OneTable } from "dynamodb-onetable";
import { Entity, Service } from "electrodb";
import { MillraceServer } from "../javascript/millrace_server.js";

let server;
let client;
let documents;

before(async () => {
  server = await MillraceServer.start();
  const settings = {
    endpoint: server.url, region: "eu-west-1", maxAttempts: 1, credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  client = new DynamoDBClient(settings);
  documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB(settings));
});

after(async () => {
  client.destroy();
  await server.stop();
});

test("dynamoose: a model makes its table, and brings it up to date", async () => {
  const options = {
    initialize: false, create: true, waitForActive: { enabled: true, check: { timeout: 10000, frequency: 50 } },
  };
  const attributes = { id: String, name: String, age: Number };
  const First = dynamoose.model("Cat", new dynamoose.Schema(attributes));
  await new dynamoose.Table("Cats", [First], options).initialize();
  await First.create({ id: "1", name: "Tom", age: 3 });
  await assert.rejects(First.create({ id: "1", name: "Again" }), { name: "ConditionalCheckFailedException" });

  const indexed = { ...attributes, name: { type: String, index: { name: "by_name", type: "global" } } };
  const Cat = dynamoose.model("Cat", new dynamoose.Schema(indexed));
  const table = new dynamoose.Table("Cats", [Cat], { ...options, update: true, expires: { ttl: 60000, attribute: "expires" } });
  await table.initialize();
  await Cat.create({ id: "2", name: "Felix", age: 5 });
  const found = await Cat.query("name").eq("Felix").using("by_name").exec();
  assert.deepEqual(found.map((cat) => cat.id), ["2"]);
  const { Item: stored } = await client.send(new GetItemCommand({ TableName: "Cats", Key: { id: { S: "2" } } }));
  assert.match(stored.expires.N, /^[0-9]{10}$/);

  assert.equal((await Cat.update({ id: "2" }, { $ADD: { age: 1 } })).age, 6);
  assert.deepEqual((await Cat.scan("age").gt(1).exec()).map((cat) => cat.id).sort(), ["1", "2"]);
  assert.equal((await Cat.batchGet(["1", "2", "3"])).length, 2);
  await dynamoose.transaction([Cat.transaction.create({ id: "3", name: "Kit" }), Cat.transaction.delete("1")]);
  await assert.rejects(
    dynamoose.transaction([Cat.transaction.create({ id: "3", name: "Twice" }), Cat.transaction.delete("2")]),
    { name: "TransactionCanceledException" });
  assert.deepEqual((await Cat.scan().exec()).map((cat) => cat.id).sort(), ["2", "3"]);
});

test("dynamoose: a table with a time to live says so", async () => {
  const Session = dynamoose.model("Session", new dynamoose.Schema({ id: String }));
  const table = new dynamoose.Table("Sessions", [Session], {
    initialize: false, create: true, update: ["ttl"], expires: { ttl: 60000, attribute: "expires" },
    waitForActive: { enabled: true, check: { timeout: 10000, frequency: 50 } },
  });
  await table.initialize();
  await Session.create({ id: "s" });
  const { TimeToLiveDescription: described } = await dynamoose.aws.ddb().describeTimeToLive({ TableName: "Sessions" });
  assert.deepEqual(described, { AttributeName: "expires", TimeToLiveStatus: "ENABLED" });
});

test("electrodb: entities in one table, collections and transactions", async () => {
  const key = (name, type) => ({ AttributeName: name, KeyType: type });
  await client.send(new CreateTableCommand({
    TableName: "shop", BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: [key("pk", "HASH"), key("sk", "RANGE")],
    GlobalSecondaryIndexes: [{
      IndexName: "gsi1", KeySchema: [key("gsi1pk", "HASH"), key("gsi1sk", "RANGE")], Projection: { ProjectionType: "ALL" },
    }],
  }));
  const entity = (name, attributes, sortedBy) => new Entity({
    model: { entity: name, version: "1", service: "shop" },
    attributes,
    indexes: {
      primary: { pk: { field: "pk", composite: ["customer"] }, sk: { field: "sk", composite: [sortedBy] }, collection: "of_customer" },
      byState: { index: "gsi1", pk: { field: "gsi1pk", composite: ["state"] }, sk: { field: "gsi1sk", composite: [sortedBy] } },
    },
  }, { client: documents, table: "shop" });
  const state = { type: ["new", "paid"], required: true };
  const Order = entity("order", { customer: { type: "string", required: true }, order: { type: "string", required: true }, state,
                                  total: { type: "number", default: 0 }, tags: { type: "set", items: "string" } }, "order");
  const Note = entity("note", { customer: { type: "string", required: true }, note: { type: "string", required: true }, state }, "note");
  const shop = new Service({ Order, Note });

  await Order.create({ customer: "zoe", order: "1", state: "new", total: 5, tags: ["a", "b"] }).go();
  await assert.rejects(Order.create({ customer: "zoe", order: "1", state: "new" }).go(), /conditional request failed/);
  await Order.put([{ customer: "zoe", order: "2", state: "new" }, { customer: "max", order: "3", state: "paid" }]).go();
  await Order.patch({ customer: "zoe", order: "1" }).add({ total: 3, tags: ["c"] }).set({ state: "paid" }).go();
  const { data: one } = await Order.get({ customer: "zoe", order: "1" }).go();
  assert.deepEqual({ ...one, tags: [...one.tags].sort() },
                   { customer: "zoe", order: "1", state: "paid", total: 8, tags: ["a", "b", "c"] });
  await shop.transaction.write(({ Order: order, Note: note }) => [
    note.create({ customer: "zoe", note: "n", state: "new" }).commit(),
    order.check({ customer: "zoe", order: "1" }).where(({ total }, { gt }) => gt(total, 7)).commit(),
  ]).go();
  const { canceled } = await shop.transaction.write(({ Order: order, Note: note }) => [
    note.create({ customer: "zoe", note: "n", state: "new" }).commit(),
    order.remove({ customer: "zoe", order: "2" }).commit(),
  ]).go();
  assert.equal(canceled, true);
  const { data: mine } = await shop.collections.of_customer({ customer: "zoe" }).go();
  assert.deepEqual([mine.Order.length, mine.Note.length], [2, 1]);
  const { data: paid } = await Order.query.byState({ state: "paid" }).go();
  assert.deepEqual(paid.map((order) => order.order).sort(), ["1", "3"]);
});

test("dynamodb-onetable: unique attributes, and a table that it makes", async () => {
  const table = new OneTable({
    name: "single", client: new Dynamo({ client }), partial: false, logger: false,
    schema: {
      format: "onetable:1.1.0", version: "0.0.1",
      indexes: { primary: { hash: "pk", sort: "sk" }, gs1: { hash: "gs1pk", sort: "gs1sk", project: "all" } },
      models: {
        User: {
          pk: { type: String, value: "user:${id}" }, sk: { type: String, value: "user:" },
          gs1pk: { type: String, value: "users:" }, gs1sk: { type: String, value: "user:${name}" },
          id: { type: String, required: true }, name: { type: String, required: true },
          email: { type: String, unique: true, required: true }, visits: { type: Number, default: 0 },
          expires: { type: Date, ttl: true },
        },
      },
      params: { isoDates: true, timestamps: true },
    },
  });
  await table.createTable();
  const User = table.getModel("User");
  await User.create({ id: "1", name: "Zoe", email: "zoe@example.com" });
  await assert.rejects(User.create({ id: "2", name: "Max", email: "zoe@example.com" }), /unique/i);
  await User.create({ id: "2", name: "Max", email: "max@example.com", expires: new Date(Date.now() + 3_600_000) });
  await assert.rejects(User.update({ id: "2", email: "zoe@example.com" }), /unique/i);
  assert.equal((await User.update({ id: "1" }, { add: { visits: 2 } })).visits, 2);
  assert.deepEqual((await User.find({}, { index: "gs1" })).map((user) => user.name), ["Max", "Zoe"]);
  const transaction = {};
  await User.update({ id: "1", name: "Zoë" }, { transaction });
  await User.remove({ id: "2" }, { transaction });
  await table.transact("write", transaction);
  await table.deleteTable("DeleteTableForever");
});

test("dynamodb-toolbox: schemas, update operators and transactions", async () => {
  await client.send(new CreateTableCommand({
    TableName: "toolbox", BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
  }));
  const table = new toolbox.Table({
    name: "toolbox", documentClient: documents, partitionKey: { name: "pk", type: "string" }, sortKey: { name: "sk", type: "string" },
  });
  const Score = new toolbox.Entity({
    name: "Score", table,
    schema: toolbox.item({
      player: toolbox.string().key().savedAs("pk"), game: toolbox.string().key().savedAs("sk"),
      points: toolbox.number(), rounds: toolbox.list(toolbox.number()).optional(), title: toolbox.string().optional(),
    }),
  });
  const get = async (key) => (await Score.build(toolbox.GetItemCommand).key(key).send()).Item;
  const key = { player: "zoe", game: "mill" };
  await Score.build(toolbox.PutItemCommand).item({ ...key, points: 1, rounds: [1], title: "x" }).send();
  await Score.build(toolbox.UpdateItemCommand).item({
    ...key, points: toolbox.$add(4), rounds: toolbox.$append([2]), title: toolbox.$remove(),
  }).send();
  const { points, rounds, title } = await get(key);
  assert.deepEqual({ points, rounds, title }, { points: 5, rounds: [1, 2], title: undefined });
  await assert.rejects(
    Score.build(toolbox.DeleteItemCommand).key(key).options({ condition: { attr: "points", gt: 100 } }).send(),
    { name: "ConditionalCheckFailedException" });
  const put = (player) => Score.build(PutTransaction).item({ player, game: "mill", points: 0 });
  await execute(put("max"), Score.build(ConditionCheck).key(key).condition({ attr: "points", eq: 5 }));
  await assert.rejects(execute(put("ann"), Score.build(ConditionCheck).key(key).condition({ attr: "points", eq: 6 })),
                       { name: "TransactionCanceledException" });
  const { Items: found } = await table.build(toolbox.ScanCommand).entities(Score).send();
  assert.deepEqual(found.map((score) => score.player).sort(), ["max", "zoe"]);
  const { Items: queried } = await table.build(toolbox.QueryCommand).query({ partition: "zoe" }).entities(Score).send();
  assert.equal(queried.length, 1);
});
