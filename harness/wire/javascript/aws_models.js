// The newest models of AWS's services, out of the schemas that its SDK carries (harness/wire/aws_models). The package is
// read and not run: it needs a newer Node than the tests do.
//
// A schema is an array: its kind, namespace, name, traits, and for a structure the names and types of its members, for a
// list or map its element last, for an operation functions that give its input and output. A scalar, and a list or map of
// one, is a number. Whatever has traits where it is used is [schema, traits].
import { readFileSync } from "node:fs";

const packages = new URL("../aws_models/node_modules/@aws-sdk/", import.meta.url);
const kinds = { scalar: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9 };
const listOf = 64, mapOf = 128;
// Errors and the registry that holds them are not looked at.
const stub = "new Proxy({}, { get: () => class { static for() { return new this(); } registerError() {} } })";

async function schemasOf(client) {
  const file = new URL(`${client}/dist-es/schemas/schemas_0.js`, packages);
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error("The models of AWS are missing: run 'npm ci' in harness/wire/aws_models (./dev test does).",
                    { cause: error });
  }
  const alone = text.replace(/^import \{([^}]*)\} from .*$/gm, `const {$1} = ${stub};`);
  const module = await import(`data:text/javascript,${encodeURIComponent(alone)}`);
  return Object.values(module).filter((schema) => Array.isArray(schema));
}

function scalar(code) {
  if (code === 0) return { type: "string" };
  if (code === 1 || code === 17 || code === 19) return { type: "number" };
  if (code === 2) return { type: "boolean" };
  if (code === 15) return { type: "document" };
  if (code === 21 || code === 42) return { type: "blob" };
  if (code >= 4 && code <= 7) return { type: "timestamp" };
  throw new Error(`The schemas of AWS's SDK have a type that is not known here: ${code}`);
}

/** `{type, element?, members?}`; structures inside themselves are not opened again. */
function shapeOf(reference, above) {
  const schema = typeof reference === "function" ? reference() : reference;
  if (typeof schema === "number") {
    if (schema & mapOf) return { type: "map", element: shapeOf(schema & ~mapOf, above) };
    if (schema & listOf) return { type: "list", element: shapeOf(schema & ~listOf, above) };
    return scalar(schema);
  }
  if (!Array.isArray(schema)) throw new Error(`The schemas of AWS's SDK have a form that is not known here: ${schema}`);
  if (schema.length === 2) return shapeOf(schema[0], above); // [type, traits]
  const [kind, , name] = schema;
  if (kind === kinds.scalar) return shapeOf(schema[4], above);
  if (kind === kinds.list) return { type: "list", element: shapeOf(schema[4], above) };
  if (kind === kinds.map) return { type: "map", element: shapeOf(schema[5], above) };
  if (kind === kinds.structure || kind === kinds.union) {
    if (above.includes(name)) return { type: "structure" };
    return { type: "structure", members: membersOf(schema, [...above, name]) };
  }
  throw new Error(`The schemas of AWS's SDK have a kind that is not known here: ${kind}`);
}

function membersOf([, , , , names = [], types = []], above) {
  return Object.fromEntries(names.map((name, at) => [name, shapeOf(types[at], above)]));
}

/** Operations by name, each with the members of its input. */
export async function operationsOf(client) {
  const operations = {};
  for (const schema of await schemasOf(client)) {
    if (schema[0] !== kinds.operation) continue;
    const input = schema[4]();
    operations[schema[2]] = Array.isArray(input) ? membersOf(input, [input[2]]) : {};
  }
  return operations;
}
