// A Millrace of its own for a test file: started, waited for, stopped, and its exit status checked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";

async function load(name) {
  try {
    return await import(name);
  } catch (error) {
    throw new Error(`The wire tests need ${name}: run 'npm ci' in harness/wire/javascript (./dev setup does).`,
                    { cause: error });
  }
}

export const dynamodbSdk = await load("@aws-sdk/client-dynamodb");
export const streamsSdk = await load("@aws-sdk/client-dynamodb-streams");
export const lambdaSdk = await load("@aws-sdk/client-lambda");

const home = "eu-west-1";

function requiredPath(variable, what) {
  const path = process.env[variable] ?? "";
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`${variable} must name ${what}; it is '${path}'. CTest sets it: ctest -L wire.`);
  }
  return path;
}

/** The echo handler as a bootstrap executable. */
export const echoBinary = () => requiredPath("MILLRACE_ECHO", "the echo executable");

/** One server process. */
export class MillraceServer {
  #process;
  #exited;
  #clients = [];

  static async start(...extra) {
    const server = new MillraceServer();
    const binary = requiredPath("MILLRACE_BINARY", "the millrace executable");
    server.#process = spawn(
      binary,
      ["--log-level", "warn", "serve", "--port", "0", "--runtime-api-port", "0", "--region", home, ...extra],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    server.#exited = once(server.#process, "exit");
    const lines = createInterface({ input: server.#process.stdout });
    const [line] = await Promise.race([once(lines, "line"), server.#exited.then(() => ["{}"])]);
    const ready = JSON.parse(line);
    assert.equal(ready.event, "ready", "millrace did not start");
    server.url = `http://127.0.0.1:${ready.port}`;
    server.runtimeApi = `http://127.0.0.1:${ready.runtimeApiPort}`;
    assert.equal((await fetch(`${server.url}/ready`)).status, 200);
    return server;
  }

  /** SIGTERM, and the server must end in an orderly way. */
  async stop() {
    const [status, signal] = await this.#end("SIGTERM");
    assert.equal(status, 0, `millrace ended with status ${status ?? signal} after SIGTERM`);
  }

  /** SIGKILL: no orderly end. */
  async kill() {
    await this.#end("SIGKILL");
  }

  async #end(signal) {
    for (const client of this.#clients) client.destroy();
    this.#process.kill(signal);
    return this.#exited;
  }

  #client(Client, { region = home, key = "local" } = {}) {
    const client = new Client({
      endpoint: this.url, region, maxAttempts: 1, credentials: { accessKeyId: key, secretAccessKey: "local" },
    });
    this.#clients.push(client);
    return client;
  }

  /** Clients; `world` says with which region and access key. */
  dynamodb(world) { return this.#client(dynamodbSdk.DynamoDBClient, world); }
  streams(world) { return this.#client(streamsSdk.DynamoDBStreamsClient, world); }
  lambda(world) { return this.#client(lambdaSdk.LambdaClient, world); }

  /** Waits until every record has been delivered or discarded; returns the report. */
  async drain(mapping) {
    const answer = await fetch(`${this.url}/_millrace/drain`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ timeoutSeconds: 20, ...(mapping && { mapping }) }),
    });
    const report = await answer.json();
    assert.equal(answer.status, 200, `drain: ${JSON.stringify(report)}`);
    return report;
  }
}
