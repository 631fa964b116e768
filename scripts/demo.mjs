// Connects the MCP SDK's client to the built server with its sandbox, and prints their messages.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const POLL_MS = 100;
const MAX_POLLS = 100;

/** @param {string} text */
function say(text) {
  return process.stdout.write(`${text}\n`);
}

const program = fileURLToPath(new URL("../bin/lightfast-mcp.js", import.meta.url));
const client = new Client({ name: "demo", version: "1.0.0" });

/**
 * @param {string} name
 * @param {Record<string, unknown>} [args]
 * @returns {Promise<any>}
 */
async function call(name, args = {}) {
  say(`\n-> ${name} ${JSON.stringify(args)}`);
  const result = await client.callTool({ name, arguments: args });
  say(`<- ${JSON.stringify(result.structuredContent ?? result.content, null, 2)}`);
  if (result.isError) throw new Error(`${name} failed`);
  return result.structuredContent;
}

await client.connect(new StdioClientTransport({ command: process.execPath, args: [program, "--sandbox"] }));
const { name, version } = client.getServerVersion() ?? {};
say(
  `Connected to ${name} ${version}. Tools: ${(await client.listTools()).tools.map((tool) => tool.name).join(", ")}`,
);

await call("lightfast_system_health");
const { id } = await call("lightfast_signals_create", {
  input: "Ada Lovelace (@ada) asked for the invoice again: follow up, urgent.",
});

let signal = await call("lightfast_signals_get", { id });
for (let polls = 1; ["queued", "processing"].includes(signal.status) && polls < MAX_POLLS; polls += 1) {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  signal = (await client.callTool({ name: "lightfast_signals_get", arguments: { id } })).structuredContent;
}
say(`\nThe signal is ${signal.status}:`);
await call("lightfast_signals_get", { id });
await client.close();
