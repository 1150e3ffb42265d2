// What is served, and every member of it that is known, against the newest models of AWS. Fails on what AWS has added:
// give it a row in the operation's table, be it one that says that it is not looked at (server/members).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { operationsOf } from "./aws_models.js";

let served;
const dynamodb = "DynamoDB_20120810.", streams = "DynamoDBStreams_20120810.";
// Blobs are base-64 in JSON: Lambda's tables have no type of their own for them.
const alike = { blob: "string" };

before(() => {
  const binary = process.env.MILLRACE_MEMBERS ?? "";
  assert.ok(binary, "MILLRACE_MEMBERS must name the millrace_members executable. CTest sets it: ctest -L wire.");
  served = JSON.parse(execFileSync(binary, { encoding: "utf8" }));
});

const namesIn = (service) =>
  Object.keys(served.dynamodb).filter((target) => target.startsWith(service)).map((target) => target.slice(service.length));

/** Problems as sentences. */
function differences(ours, theirs, path) {
  const found = [];
  for (const name of Object.keys(theirs)) {
    if (!(name in ours)) found.push(`${path}.${name} is not known here`);
  }
  for (const [name, shape] of Object.entries(ours)) {
    const at = `${path}.${name}`;
    if (!(name in theirs)) found.push(`${at} is no member of AWS's`);
    else if (shape !== null) found.push(...shapeDifferences(shape, theirs[name], at));
  }
  return found;
}

function shapeDifferences(ours, theirs, at) {
  if (ours.type !== theirs.type && ours.type !== alike[theirs.type]) {
    return [`${at} is a ${theirs.type}, not a ${ours.type}`];
  }
  if (ours.element) return shapeDifferences(ours.element, theirs.element, `${at}[]`);
  return ours.members && theirs.members ? differences(ours.members, theirs.members, at) : [];
}

function compare(ours, theirs) {
  const found = Object.entries(ours).flatMap(([operation, members]) =>
    operation in theirs ? differences(members, theirs[operation], operation) : [`${operation} is no operation of AWS's`]);
  assert.deepEqual(found, []);
}

const tablesOf = (service) => Object.fromEntries(namesIn(service).map((name) => [name, served.dynamodb[service + name]]));

test("knows every member of every operation of DynamoDB that it serves", async () => {
  const theirs = await operationsOf("client-dynamodb");
  assert.ok(Object.keys(theirs).length > 50 && namesIn(dynamodb).length > 10);
  compare(tablesOf(dynamodb), theirs);
});

test("knows every member of every operation of DynamoDB Streams", async () => {
  const theirs = await operationsOf("client-dynamodb-streams");
  compare(tablesOf(streams), theirs);
  assert.deepEqual(namesIn(streams).sort(), Object.keys(theirs).sort());
});

test("names every operation of DynamoDB that it does not serve", async () => {
  const theirs = await operationsOf("client-dynamodb");
  assert.deepEqual([...namesIn(dynamodb), ...served.unserved].sort(), Object.keys(theirs).sort());
});

test("knows every member of the requests to Lambda that it serves", async () => {
  const theirs = await operationsOf("client-lambda");
  assert.ok(Object.keys(theirs).length > 50);
  delete theirs.Invoke.Payload; // the body as it is
  compare(served.lambda, theirs);
});
