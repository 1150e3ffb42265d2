// The files of fixtures/events, which the server is held to, are what the SDK's own deserialiser reads: what a handler
// in JavaScript does with an event first.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { unmarshall } from "@aws-sdk/util-dynamodb";

const folder = new URL("../../../fixtures/events/", import.meta.url);
const golden = readdirSync(folder)
  .filter((name) => name.split(".").length === 3)
  .map((name) => ({ name, ...JSON.parse(readFileSync(new URL(name, folder), "utf8")) }));

/** The values of an image; binaries as bytes, numbers as the texts that they came in. */
function valuesOf(image) {
  const withBytes = (value) => {
    const [[kind, content]] = Object.entries(value);
    if (kind === "B") return { B: Buffer.from(content, "base64") };
    if (kind === "BS") return { BS: content.map((element) => Buffer.from(element, "base64")) };
    if (kind === "L") return { L: content.map(withBytes) };
    if (kind === "M") return { M: mapped(content) };
    return value;
  };
  const mapped = (attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, withBytes(value)]));
  return unmarshall(mapped(image), { wrapNumbers: true });
}

test("every image of every event is read", () => {
  assert.ok(golden.length >= 16, `${golden.length} files`);
  const seen = new Map();
  for (const { name, record, event } of golden) {
    for (const { eventName, dynamodb } of [record, ...event.Records]) {
      assert.equal(valuesOf(dynamodb.Keys).pk, "a", name);
      for (const image of ["NewImage", "OldImage"]) {
        if (!(image in dynamodb) || name.includes("expire")) continue;
        const values = valuesOf(dynamodb[image]);
        const kind = `${eventName} ${image}`;
        if (!seen.has(kind)) seen.set(kind, values);
        assert.deepEqual(values, seen.get(kind), name);
      }
    }
  }
  assert.deepEqual([...seen.keys()].sort(), ["INSERT NewImage", "MODIFY NewImage", "MODIFY OldImage", "REMOVE OldImage"]);
  const values = seen.get("INSERT NewImage");
  assert.equal(values.string, 'größer als "vorher" \\ \u2028 \u{1f680}\n');
  assert.equal(values.number.value, "12345678901234567890.123456789");
  assert.deepEqual([...values.binary], [0, 1, 2, 3, 4, 255, 254]);
  assert.deepEqual([values.boolean, values.nothing, values.empty], [true, null, ""]);
  assert.deepEqual(values.strings, new Set(["x", "y", "z"]));
  assert.deepEqual([...values.numbers].map(({ value }) => Number(value)).sort(), [-2.5, 0, 1e20].sort());
  assert.equal(values.list.length, 10);
  assert.deepEqual(values.list[8], [["deep"]]);
  assert.deepEqual(values.map.map, { map: {} });
});
