import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { type ClosableServer, callTool } from "../../../src/mcp/server.ts";
import { type Caller, LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import type { LfxApi } from "../../../src/platforms/lfx/api.ts";
import type { LfxIdentity } from "../../../src/platforms/lfx/auth/identity.ts";
import type { LfxSettings } from "../../../src/platforms/lfx/config/resolve.ts";
import { TOOL_NAMES } from "../../../src/platforms/lfx/policy.ts";
import { defineLfxServer } from "../../../src/platforms/lfx/server.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createLogger } from "../../../src/shared/logger.ts";

/** A request as the platform saw it. */
export type Seen = {
  readonly method: string;
  /** Below the service's address: `/lfx/...`, `/onboarding/...`, `/lens/...`, `/oauth/token`. */
  readonly path: string;
  /** The query string as it was sent. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

export type Reply = {
  readonly status?: number;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** By method and path, `GET /lfx/projects/p1`: one reply for all requests, or what a function makes of each. */
export type Replies = Readonly<Record<string, Reply | ((seen: Seen) => Reply)>>;

export type FakeLfx = {
  readonly settings: LfxSettings;
  readonly server: ClosableServer<LfxApi, LfxIdentity>;
  /** Every request but those for tokens, in order. */
  readonly seen: readonly Seen[];
  readonly tokenRequests: readonly URLSearchParams[];
  call(tool: string, args: JsonObject, caller?: Caller<LfxIdentity>): Promise<ToolResult>;
};

/** The authorization server's part: whoever asks gets a token that names its grant and its audience. */
function tokenFor(form: URLSearchParams): Reply {
  return {
    body: {
      access_token: `${form.get("subject_token") ?? "own"}-for-${form.get("audience")}`,
      token_type: "Bearer",
      expires_in: 3600,
    },
  };
}

async function seenOf(request: IncomingMessage): Promise<Seen> {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  return { method: request.method ?? "", path, query, headers: request.headers, body: await text(request) };
}

function replyTo(seen: Seen, replies: Replies, tokenRequests: URLSearchParams[]): Reply {
  if (seen.path === "/oauth/token") {
    const form = new URLSearchParams(seen.body);
    tokenRequests.push(form);
    return tokenFor(form);
  }
  const reply = replies[`${seen.method} ${seen.path}`];
  if (reply === undefined)
    return { status: 418, body: { message: `nobody expected ${seen.method} ${seen.path}` } };
  return typeof reply === "function" ? reply(seen) : reply;
}

function settingsAt(base: URL, overrides: Partial<LfxSettings>): LfxSettings {
  const service = (name: string) => ({ url: new URL(`/${name}`, base), audience: name });
  return {
    upstream: {
      lfx: service("lfx"),
      onboarding: service("onboarding"),
      lens: service("lens"),
      client: {
        clientId: "lfx-mcp",
        proof: { secret: "a-secret" },
        tokenEndpoint: new URL("/oauth/token", base),
      },
      staticToken: undefined,
    },
    tools: TOOL_NAMES,
    isSelection: false,
    committeesAsGroups: false,
    debug: false,
    debugTraffic: false,
    notices: [],
    ...overrides,
  };
}

/** LFX, its services and its authorization server on one port of this machine, and our server in front of them. */
export async function startFakeLfx(replies: Replies, overrides: Partial<LfxSettings> = {}): Promise<FakeLfx> {
  const seen: Seen[] = [];
  const tokenRequests: URLSearchParams[] = [];
  const http = createServer(async (request, response) => {
    const one = await seenOf(request);
    if (one.path !== "/oauth/token") seen.push(one);
    const { status = 200, body, headers = {} } = replyTo(one, replies, tokenRequests);
    const content = typeof body === "string" ? body : JSON.stringify(body ?? null);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(status === 204 ? undefined : content);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const settings = settingsAt(new URL(`http://127.0.0.1:${port}`), overrides);
  const server = defineLfxServer({
    settings,
    resource: "https://mcp.example/mcp",
    hasUsers: true,
    timeoutMs: 5000,
    proxies: {},
    redact: (line) => line,
    log: createLogger("silent", () => {}),
  });
  onTestFinished(async () => {
    await server.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  const call: FakeLfx["call"] = (tool, args, caller = LOCAL_CALLER) =>
    callTool(server, tool, args, { caller, signal: new AbortController().signal });
  return { settings, server, seen, tokenRequests, call };
}

/** A page of the query service with these documents. */
export function pageOf(type: string, data: readonly JsonObject[], pageToken?: string): Reply {
  return {
    body: {
      resources: data.map((one, index) => ({ type, id: `${type}:${index + 1}`, data: one })),
      ...(pageToken && { page_token: pageToken }),
    },
  };
}
