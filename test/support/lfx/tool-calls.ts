import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished } from "vitest";
import type { ProgressStep } from "../../../src/mcp/progress.ts";
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
import { createRequestCheckOfAll } from "../../fakes/lfx/interfaces/check.ts";

/** A request that the fake platform received. */
export type ReceivedRequest = {
  readonly method: string;
  /** With the service as its first segment: `/lfx/...`, `/onboarding/...`, `/lens/...`, `/oauth/token`. */
  readonly path: string;
  /** The raw query string. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

export type Reply = {
  /** 0 for a request that is never answered. */
  readonly status?: number;
  /** A string is sent as is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Replies by method and path, `GET /lfx/projects/p1`. */
export type Replies = Readonly<Record<string, Reply | ((requests: ReceivedRequest) => Reply)>>;

export type FakeLfx = {
  readonly settings: LfxSettings;
  readonly server: ClosableServer<LfxApi, LfxIdentity>;
  /** Every request except those for tokens, in order. */
  readonly requests: readonly ReceivedRequest[];
  readonly tokenRequests: readonly URLSearchParams[];
  /** Every step that the tools reported, in order. */
  readonly steps: readonly ProgressStep[];
  call(tool: string, args: JsonObject, caller?: Caller<LfxIdentity>): Promise<ToolResult>;
};

/** A token that names its grant and its audience. */
function issueToken(form: URLSearchParams): Reply {
  return {
    body: {
      access_token: `${form.get("subject_token") ?? "own"}-for-${form.get("audience")}`,
      token_type: "Bearer",
      expires_in: 3600,
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  return { method: request.method ?? "", path, query, headers: request.headers, body: await text(request) };
}

function replyTo(requests: ReceivedRequest, replies: Replies, tokenRequests: URLSearchParams[]): Reply {
  if (requests.path === "/oauth/token") {
    const form = new URLSearchParams(requests.body);
    tokenRequests.push(form);
    return issueToken(form);
  }
  const reply = replies[`${requests.method} ${requests.path}`];
  if (reply === undefined)
    return { status: 418, body: { message: `unexpected ${requests.method} ${requests.path}` } };
  return typeof reply === "function" ? reply(requests) : reply;
}

const checkRequest = createRequestCheckOfAll({ anyIds: true });

/** What the interface documents do not allow of a request. */
function faultsOf({ query, body, ...request }: ReceivedRequest): readonly string[] {
  const { errors } = checkRequest({
    ...request,
    query: new URLSearchParams(query),
    body: body || undefined,
  });
  return errors.map((error) => `${request.method} ${request.path}: ${error}`);
}

/** Settings for services below one base URL. */
export function lfxSettingsAt(base: URL, overrides: Partial<LfxSettings> = {}): LfxSettings {
  const service = (name: string) => ({ url: new URL(`/${name}`, base), audience: name });
  return {
    upstream: {
      lfx: service("lfx"),
      onboarding: service("onboarding"),
      lens: service("lens"),
      client: {
        clientId: "lfx-mcp",
        authentication: { secret: "a-secret" },
        tokenEndpoint: new URL("/oauth/token", base),
      },
      staticToken: undefined,
    },
    sandbox: false,
    tools: TOOL_NAMES,
    hasToolList: false,
    incomplete: [],
    confirm: "never",
    confirmRequired: false,
    committeesAsGroups: false,
    debugTraffic: false,
    warnings: [],
    timeoutMs: 25_000,
    logLevel: "silent",
    proxies: {},
    insecureHosts: [],
    ...overrides,
  };
}

export type FakeLfxOptions = {
  /** Whether the test fails if a service receives an invalid request. Default: true. */
  readonly checkRequests?: boolean;
};

/** Starts LFX, its services and its authorization server on one loopback port, and the server under test. */
export async function startFakeLfx(
  replies: Replies,
  overrides: Partial<LfxSettings> = {},
  { checkRequests = true }: FakeLfxOptions = {},
): Promise<FakeLfx> {
  const requests: ReceivedRequest[] = [];
  const tokenRequests: URLSearchParams[] = [];
  const faults: string[] = [];
  const http = createServer(async (request, response) => {
    const received = await readRequest(request);
    if (received.path !== "/oauth/token") requests.push(received);
    if (checkRequests) faults.push(...faultsOf(received));
    const { status = 200, body, headers = {} } = replyTo(received, replies, tokenRequests);
    if (status === 0) return;
    const content = typeof body === "string" ? body : JSON.stringify(body ?? null);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(status === 204 ? undefined : content);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const settings = lfxSettingsAt(new URL(`http://127.0.0.1:${port}`), overrides);
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
    expect(faults).toEqual([]);
  });
  const steps: ProgressStep[] = [];
  const call: FakeLfx["call"] = (tool, args, caller = LOCAL_CALLER) => {
    const { signal } = new AbortController();
    return callTool(server, tool, args, { caller, signal, progress: (step) => steps.push(step) });
  };
  return { settings, server, requests, tokenRequests, steps, call };
}

/** A page of the query service. */
export function pageOf(type: string, data: readonly JsonObject[], pageToken?: string): Reply {
  return {
    body: {
      resources: data.map((item, index) => ({ type, id: `${type}:${index + 1}`, data: item })),
      ...(pageToken && { page_token: pageToken }),
    },
  };
}

/** The project `pytorch`, which every caller may write to. */
export const WRITABLE_PROJECT: Replies = {
  "GET /lfx/query/resources": {
    body: { resources: [{ type: "project", id: "project:p-1", data: { uid: "p-1", slug: "pytorch" } }] },
  },
  "POST /lfx/access-check": { body: { results: ["project:p-1#writer@user:ada\ttrue"] } },
};
