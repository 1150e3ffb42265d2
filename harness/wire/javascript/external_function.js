// A function as an external process would be one: asks the Runtime API for work and answers it.
import http from "node:http";

export class ExternalFunction {
  events = [];
  #base;
  #handler;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #serving;
  #closed = false;

  /** `handler` may throw an Error: the invocation is answered with its name and message. */
  constructor(runtimeApi, name, handler = (event) => event) {
    this.#base = `${runtimeApi}/${name}/2018-06-01/runtime`;
    this.#handler = handler;
    this.#serving = this.#serve();
  }

  /** Hangs up, as a process that ends does. */
  async close() {
    this.#closed = true;
    this.#agent.destroy();
    await this.#serving;
  }

  /** The values of a string key of all records, in the order of arrival. */
  keys(name = "pk") {
    return this.events.flatMap((event) => event.Records.map((record) => record.dynamodb.Keys[name].S));
  }

  async #serve() {
    try {
      while (!this.#closed) {
        const next = await this.#request("GET", "/invocation/next");
        const id = next.headers["lambda-runtime-aws-request-id"];
        const event = JSON.parse(next.body);
        this.events.push(event);
        try {
          await this.#request("POST", `/invocation/${id}/response`, this.#handler(event));
        } catch (error) {
          if (!(error instanceof Error) || error.code !== undefined) throw error;
          const document = { errorType: error.name, errorMessage: error.message };
          await this.#request("POST", `/invocation/${id}/error`, document);
        }
      }
    } catch (error) {
      if (!this.#closed && error.code !== "ECONNRESET") throw error;
    }
  }

  #request(method, path, document) {
    return new Promise((resolve, reject) => {
      const request = http.request(this.#base + path, { method, agent: this.#agent }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString() }));
      });
      request.on("error", reject);
      request.end(document === undefined ? undefined : JSON.stringify(document));
    });
  }
}
