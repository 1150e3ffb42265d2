// What the SDK that runs on Node 18 is too old to know: a middleware of the client gives a command its target and body,
// and the rest (signing, connections, errors) is the SDK's own.
import { dynamodbSdk as sdk } from "./millrace_server.js";

/** Sends `input` to an operation as JSON and returns the answer's, whatever the SDK knows of either. */
export async function callAsJson(client, operation, input) {
  const command = new sdk.ListTablesCommand({});
  let bytes;
  command.middlewareStack.add((next) => (args) => {
    const { request } = args;
    request.headers["x-amz-target"] = `DynamoDB_20120810.${operation}`;
    request.body = JSON.stringify(input);
    request.headers["content-length"] = String(Buffer.byteLength(request.body));
    return next(args);
  }, { step: "build", priority: "low" });
  command.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    bytes = Buffer.concat(await result.response.body.toArray());
    result.response.body = bytes;
    return result;
  }, { step: "deserialize", priority: "low" });
  await client.send(command);
  return JSON.parse(new TextDecoder().decode(bytes));
}
