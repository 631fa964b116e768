import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { isObject } from "../../src/shared/json.ts";
import { clientEnvironment, type Environment, programFile } from "../support/program.ts";

/** An MCP endpoint of the installed program, without an account and without a network. */
export type ContractServer = { readonly url: string; stop(): Promise<void> };

/** The program as an HTTP server on a free port. */
export async function startHttpServer(
  args: readonly string[],
  env: Environment = {},
): Promise<ContractServer> {
  const child = spawn(process.execPath, [programFile(), ...args, "--auth", "none", "--port", "0"], {
    env: clientEnvironment(env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    // Lines after the first URL are read too; otherwise the server would block on a full pipe.
    createInterface({ input: child.stdout })
      .on("line", (line) => {
        lines.push(line);
        const address = /"url":"([^"]+)"/.exec(line)?.[1];
        if (address) resolve(address);
      })
      .once("close", () => reject(new Error(`The server ended before it listened.\n${lines.join("\n")}`)));
  });
  return { url, stop: () => stop(child) };
}

/** The program on stdio, behind an HTTP endpoint that passes messages on and does nothing else. */
export async function startStdioBridge(args: readonly string[]): Promise<ContractServer> {
  const child = spawn(process.execPath, [programFile(), ...args], {
    env: clientEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, (message: Record<string, unknown>) => void>();
  let lastId = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const message = JSON.parse(body);
    if (!isObject(message) || message.id === undefined) {
      child.stdin.write(`${body}\n`);
      return void response.writeHead(202).end();
    }
    // Several clients share one pipe, so each request gets an id that is unique there.
    const id = ++lastId;
    const answered = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ ...message, id })}\n`);
    const result = { ...(await answered), id: message.id };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await stop(child);
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}
