// The same three tools, written with the SDK and run from node_modules without a bundler.
import process from "node:process";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import * as z from "zod";
import { createdSignal, createInput, getInput, health, signal } from "../lib/sdk-schemas.mjs";

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const WRITE = { ...READ, readOnlyHint: false, idempotentHint: false };

const origin = process.env.LIGHTFAST_BASE_URL ?? "https://lightfast.ai";
const headers = { authorization: `Bearer ${process.env.LIGHTFAST_API_KEY}`, accept: "application/json" };

/** @type {Promise<import("undici").Agent> | undefined} */
let pool;
// The HTTP client is loaded at the first call, as in lightfast-mcp, so the start is compared without it.
function agent() {
  pool ??= import("undici").then(({ Agent }) => new Agent({ connections: 64 }));
  return pool;
}

/** @type {(method: "GET" | "POST", path: string, input?: unknown) => Promise<any>} */
async function send(method, path, input) {
  const { request } = await import("undici");
  const response = await request(`${origin}/api/v1${path}`, {
    dispatcher: await agent(),
    method,
    headers: input ? { ...headers, "content-type": "application/json" } : headers,
    body: input ? JSON.stringify(input) : null,
  });
  const body = /** @type {Record<string, unknown>} */ (await response.body.json());
  if (response.statusCode > 299) throw new Error(`the API returned ${response.statusCode}`);
  return {
    content: [{ type: /** @type {const} */ ("text"), text: JSON.stringify(body) }],
    structuredContent: body,
  };
}

const server = new McpServer(
  {
    name: "lightfast",
    title: "Lightfast",
    version: "0.0.0",
    description: "Record signals and follow how they are classified and routed.",
    websiteUrl: "https://lightfast.ai",
  },
  { instructions: "Lightfast keeps an organization's signals: short free texts that may deserve action." },
);

server.registerTool(
  "lightfast_signals_create",
  {
    title: "Create a signal",
    description:
      "Record a signal in the connected Lightfast organization: a piece of free text that may deserve action, such as " +
      "customer feedback, a promise, a blocker, an idea or a reminder. Use it when the user asks to record, capture, " +
      "note or send something to Lightfast. Returns at once with the id and status queued; classification takes " +
      "seconds to minutes, so follow it with lightfast_signals_get only if the outcome is wanted. Every call makes a " +
      "new signal, so never repeat a call that succeeded or whose outcome is unknown. " +
      "input: 1-4000 characters after trimming.",
    inputSchema: createInput,
    outputSchema: createdSignal,
    annotations: WRITE,
  },
  ({ input }) => send("POST", "/signals", { input }),
);

server.registerTool(
  "lightfast_signals_get",
  {
    title: "Get a signal",
    description:
      "Read one signal of the connected Lightfast organization by its id: its text, status (queued, processing, " +
      "classified or failed), classification and the people it names. Use it to see what became of a signal. While the " +
      "status is queued or processing, wait 2-3 seconds between calls and stop after two minutes; classified and " +
      "failed are final. id: signal_<uuid>, in lower case.",
    inputSchema: getInput,
    outputSchema: signal,
    annotations: READ,
  },
  ({ id }) => send("GET", `/signals/${id}`),
);

server.registerTool(
  "lightfast_system_health",
  {
    title: "Check the Lightfast connection",
    description:
      "Check that Lightfast is reachable and accepts the configured credentials. Use it once when another Lightfast " +
      "tool fails, or when the user asks whether Lightfast is connected; not before every call. Takes no parameters.",
    inputSchema: z.object({}),
    outputSchema: health,
    annotations: READ,
  },
  () => send("GET", "/system/health"),
);

await server.connect(new StdioServerTransport());
