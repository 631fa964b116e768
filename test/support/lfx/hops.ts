import { onTestFinished } from "vitest";
import { callTool } from "../../../src/mcp/server.ts";
import { type Caller, LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import type { LfxIdentity } from "../../../src/platforms/lfx/auth/identity.ts";
import { defineLfxServer } from "../../../src/platforms/lfx/server.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { type Replies, type Reply, type Seen, startFakeLfx } from "./tool-calls.ts";

const ISSUER = "https://login.example";
const TOKENS = "/tokens";

/** A person, with the token that he came with. */
export function user(name: string): Caller<LfxIdentity> {
  return { grants: "all", identity: { subject: `auth0|${name}`, issuer: ISSUER }, credential: name };
}

/** A program of its own right, which brings nothing that could be exchanged. */
export const machine: Caller<LfxIdentity> = {
  grants: "all",
  identity: { subject: "cron@clients" },
};

/** Whoever a request's token stands for, which API it is for, and the how manieth of these it is. */
export function bearerOf({ headers }: Seen): string {
  return String(headers.authorization ?? "").replace("Bearer ", "");
}

/** Each token names whom it stands for and its audience, and no two are the same. */
function issueTokens() {
  const issued = new Map<string, number>();
  return ({ body }: Seen): Reply => {
    const form = new URLSearchParams(body);
    const name = `${form.get("subject_token") ?? "server"}-for-${form.get("audience")}`;
    const number = (issued.get(name) ?? 0) + 1;
    issued.set(name, number);
    return { body: { access_token: `${name}-${number}`, token_type: "Bearer", expires_in: 3600 } };
  };
}

function lineOf(seen: Seen): string {
  const { method, path, body } = seen;
  if (path !== TOKENS) return `${method} ${path} as ${bearerOf(seen)}`;
  const form = new URLSearchParams(body);
  const subject = form.get("subject_token");
  return subject === null
    ? `server's own token for ${form.get("audience")}`
    : `${subject}'s token exchanged for ${form.get("audience")}`;
}

export type Hops = {
  readonly seen: readonly Seen[];
  /** What has happened since this was last asked, tokens included, a line each. */
  hops(): readonly string[];
  call(tool: string, args: JsonObject, caller?: Caller<LfxIdentity>): Promise<ToolResult>;
};

/** LFX with every hop on the way to it in one list, in the order in which they came. */
export async function startHops(replies: Replies): Promise<Hops> {
  const { settings, seen } = await startFakeLfx({ ...replies, [`POST ${TOKENS}`]: issueTokens() });
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
  let told = 0;
  return {
    seen,
    hops: () => {
      const lines = seen.slice(told).map(lineOf);
      told = seen.length;
      return lines;
    },
    call: (tool, args, caller = LOCAL_CALLER) =>
      callTool(server, tool, args, { caller, signal: new AbortController().signal }),
  };
}
