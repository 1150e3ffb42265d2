// PartiQL through the AWS SDK for JavaScript: statements, their exceptions, pages, batches and transactions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MillraceServer, dynamodbSdk as sdk } from "./millrace_server.js";
import { createMusic, createPeople, put } from "./tables.js";

let server;
let dynamodb;
const send = (command) => dynamodb.send(command);
const execute = (Statement, Parameters, more = {}) =>
  send(new sdk.ExecuteStatementCommand({ Statement, Parameters, ...more }));

before(async () => {
  server = await MillraceServer.start();
  dynamodb = server.dynamodb();
  await createPeople(dynamodb);
  await createMusic(dynamodb);
});
after(() => server.stop());

test("inserts, updates, selects and deletes", async () => {
  await execute(`INSERT INTO "people" VALUE {'pk': 'one', 'map': {'list': [1, true, NULL]}, 'data': ?}`,
                [{ B: new Uint8Array([0, 255]) }]);
  const { Items: [updated] } = await execute(
    `UPDATE "people" SET map.list[0] = ? WHERE pk = 'one' RETURNING MODIFIED NEW *`, [{ N: "2" }]);
  assert.deepEqual(updated, { map: { M: { list: { L: [{ N: "2" }] } } } });
  const { Items: [selected] } = await execute(`SELECT map.list, data FROM "people" WHERE pk = 'one'`);
  assert.deepEqual(selected, { list: { L: [{ N: "2" }, { BOOL: true }, { NULL: true }] },
                               data: { B: new Uint8Array([0, 255]) } });
  const { Items } = await execute(`DELETE FROM "people" WHERE pk = 'one' RETURNING ALL OLD *`);
  assert.equal(Items.length, 1);
});

test("throws the exceptions of the model", async () => {
  await put(dynamodb, "people", ["taken"], { n: { N: "1" } });
  await assert.rejects(execute(`INSERT INTO "people" VALUE {'pk': 'taken'}`), sdk.DuplicateItemException);
  await assert.rejects(
    execute(`UPDATE "people" SET n = 2 WHERE pk = 'taken' AND n = 3`, undefined,
            { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
    (error) => error instanceof sdk.ConditionalCheckFailedException && error.Item.n.N === "1");
  await assert.rejects(execute(`SELECT * FROM "nowhere"`), sdk.ResourceNotFoundException);
});

test("pages with a token", async () => {
  for (const song of ["a", "b", "c", "d", "e"]) {
    await execute(`INSERT INTO "music" VALUE {'artist': 'paged', 'song': ?}`, [{ S: song }]);
  }
  const songs = [];
  let NextToken;
  do {
    const page = await execute(`SELECT song FROM "music" WHERE artist = 'paged'`, undefined, { Limit: 2, NextToken });
    songs.push(...page.Items.map((item) => item.song.S));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(songs, ["a", "b", "c", "d", "e"]);
});

test("executes batches and transactions", async () => {
  const insert = (key) => ({ Statement: `INSERT INTO "people" VALUE {'pk': ?}`, Parameters: [{ S: key }] });
  const { Responses } = await send(new sdk.BatchExecuteStatementCommand({ Statements: [insert("b1"), insert("b2")] }));
  assert.deepEqual(Responses, [{ TableName: "people" }, { TableName: "people" }]);
  await assert.rejects(
    send(new sdk.ExecuteTransactionCommand({ TransactStatements: [insert("b3"), insert("b1")] })),
    (error) => error instanceof sdk.TransactionCanceledException &&
      error.CancellationReasons.map((reason) => reason.Code).join() === "None,DuplicateItem");
  const read = await send(new sdk.ExecuteTransactionCommand({
    TransactStatements: ["b1", "b3"].map((key) => ({ Statement: `SELECT * FROM "people" WHERE pk = '${key}'` })) }));
  assert.deepEqual(read.Responses, [{ Item: { pk: { S: "b1" } } }, {}]);
});
