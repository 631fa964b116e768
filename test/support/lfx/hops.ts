import { onTestFinished } from "vitest";
import { callTool } from "../../../src/mcp/server.ts";
import { type Caller, LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import type { LfxIdentity } from "../../../src/platforms/lfx/auth/identity.ts";
import { defineLfxServer } from "../../../src/platforms/lfx/server.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { type ReceivedRequest, type Replies, type Reply, startFakeLfx } from "./tool-calls.ts";

const ISSUER = "https://login.example";
const TOKENS = "/tokens";

/** A person with their own token. */
export function user(name: string): Caller<LfxIdentity> {
  return { grants: "all", identity: { subject: `auth0|${name}`, issuer: ISSUER }, credential: name };
}

/** A machine, which has no token to exchange. */
export const machine: Caller<LfxIdentity> = {
  grants: "all",
  identity: { subject: "cron@clients" },
};

/** The token of a request: `<subject>-for-<audience>-<number>`. */
export function bearerOf({ headers }: ReceivedRequest): string {
  return String(headers.authorization ?? "").replace("Bearer ", "");
}

/** Issues tokens that name their subject and audience, with a number each. */
function createTokenIssuer() {
  const issued = new Map<string, number>();
  return ({ body }: ReceivedRequest): Reply => {
    const form = new URLSearchParams(body);
    const name = `${form.get("subject_token") ?? "server"}-for-${form.get("audience")}`;
    const number = (issued.get(name) ?? 0) + 1;
    issued.set(name, number);
    return { body: { access_token: `${name}-${number}`, token_type: "Bearer", expires_in: 3600 } };
  };
}

function formatHop(requests: ReceivedRequest): string {
  const { method, path, body } = requests;
  if (path !== TOKENS) return `${method} ${path} as ${bearerOf(requests)}`;
  const form = new URLSearchParams(body);
  const subject = form.get("subject_token");
  return subject === null
    ? `server's own token for ${form.get("audience")}`
    : `${subject}'s token exchanged for ${form.get("audience")}`;
}

export type Hops = {
  readonly requests: readonly ReceivedRequest[];
  /** The requests since the last call, token requests included, one per line. */
  hops(): readonly string[];
  call(tool: string, args: JsonObject, caller?: Caller<LfxIdentity>, trace?: Trace): Promise<ToolResult>;
};

/** Starts the fake platform and records every request, token requests included, in order. */
export async function startHops(replies: Replies): Promise<Hops> {
  const { settings, requests } = await startFakeLfx({ ...replies, [`POST ${TOKENS}`]: createTokenIssuer() });
  const { client, lfx } = settings.upstream;
  const tokenEndpoint = new URL(TOKENS, lfx?.url);
  const server = defineLfxServer({
    settings: {
      ...settings,
      upstream: { ...settings.upstream, client: client && { ...client, tokenEndpoint } },
    },
    resource: "https://mcp.example/mcp",
    hasUsers: true,
    timeoutMs: 5000,
    proxies: {},
    redact: (line) => line,
    log: createLogger("silent", () => {}),
  });
  onTestFinished(() => server.close());
  let returned = 0;
  return {
    requests,
    hops: () => {
      const lines = requests.slice(returned).map(formatHop);
      returned = requests.length;
      return lines;
    },
    call: (tool, args, caller = LOCAL_CALLER, trace = undefined) =>
      callTool(server, tool, args, { caller, trace, signal: new AbortController().signal }),
  };
}
