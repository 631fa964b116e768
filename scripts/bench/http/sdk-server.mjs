// The SDK's stateless Express example with our three tools: a server and a transport for each request. jose verifies
// each token with a local key set.
import { createServer } from "node:http";
import process from "node:process";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createLocalJWKSet, jwtVerify } from "jose";
import * as z from "zod";
import { createdSignal, createInput, getInput, health, signal } from "../lib/sdk-schemas.mjs";
import { serve } from "./serve.mjs";

const keys = createLocalJWKSet(JSON.parse(process.env.JWKS ?? "{}"));
const rules = {
  algorithms: ["ES256"],
  issuer: process.env.ISSUER ?? "",
  audience: process.env.AUDIENCE ?? "",
};
/** The result that lightfast-mcp returns. */
const result = JSON.parse(process.env.RESULT ?? "{}");

const READ = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const WRITE = { ...READ, readOnlyHint: false, idempotentHint: false };

/** @returns {never} */
function notMeasured() {
  throw new Error("only health is called");
}

function makeServer() {
  const server = new McpServer({ name: "lightfast", version: "0.0.0" });
  server.registerTool(
    "lightfast_signals_create",
    {
      description: "Record a signal.",
      inputSchema: createInput,
      outputSchema: createdSignal,
      annotations: WRITE,
    },
    notMeasured,
  );
  server.registerTool(
    "lightfast_signals_get",
    { description: "Read one signal.", inputSchema: getInput, outputSchema: signal, annotations: READ },
    notMeasured,
  );
  server.registerTool(
    "lightfast_system_health",
    {
      description: "Check the connection.",
      inputSchema: z.object({}),
      outputSchema: health,
      annotations: READ,
    },
    () => result,
  );
  return server;
}

/**
 * The parts of Express used here, which has no types of its own.
 * @typedef {import("node:http").IncomingMessage & { body: unknown }} Request
 * @typedef {import("node:http").ServerResponse} Response
 */

const app = createMcpExpressApp();
app.post("/mcp", async (/** @type {Request} */ request, /** @type {Response} */ response) => {
  const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  try {
    await jwtVerify(token, keys, rules);
  } catch {
    response.writeHead(401).end();
    return;
  }
  const server = makeServer();
  // Without a session id generator it is stateless. The cast is needed because the SDK's own types disagree.
  const transport = new StreamableHTTPServerTransport();
  response.once("close", () => {
    void transport.close();
    void server.close();
  });
  await server.connect(
    /** @type {import("@modelcontextprotocol/sdk/shared/transport.js").Transport} */ (transport),
  );
  await transport.handleRequest(request, response, request.body);
});

await serve(createServer(app));
