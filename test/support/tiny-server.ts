import * as z from "zod";
import { createCatalog } from "../../src/mcp/catalog.ts";
import type { ReportProgress } from "../../src/mcp/progress.ts";
import type { RequestContext, ServerDefinition } from "../../src/mcp/server.ts";
import { type AnyTool, type Caller, defineTool, LOCAL_CALLER } from "../../src/mcp/tool.ts";
import { toToolDefinition } from "../../src/mcp/tool-definition.ts";
import type { Deadline } from "../../src/shared/deadline.ts";
import type { JsonObject } from "../../src/shared/json.ts";
import { createLogger } from "../../src/shared/logger.ts";

/** The tiny platform: one function that answers every tool. */
export type TinyApi = (input: JsonObject, deadline: Deadline, progress: ReportProgress) => unknown;

const input = z.strictObject({
  text: z.string().min(1, "must not be empty"),
  times: z.int().max(9).optional(),
});
const output = z.looseObject({ text: z.string(), times: z.number().optional() });

function tool(
  name: string,
  kind: "read" | "write" | "destructive",
  access: { anyOf: string[]; allOf?: string[] },
): AnyTool<TinyApi> {
  return defineTool<TinyApi, typeof input, typeof output>({
    name,
    kind,
    access,
    title: `The tool ${name}`,
    description: `Does ${name}.`,
    input,
    output,
    run: async (given, { api, deadline, progress }) => api(given, deadline, progress),
  });
}

/** Three tools with different access, not in the order of their names. */
export const TINY_TOOLS: readonly AnyTool<TinyApi>[] = [
  tool("tiny_write", "write", { anyOf: ["tiny:write", "tiny:all"] }),
  tool("tiny_echo", "read", { anyOf: ["tiny:read", "tiny:all"] }),
  tool("tiny_drop", "destructive", {
    anyOf: ["tiny:write", "tiny:all"],
    allOf: ["tiny:admin", "tiny:fresh"],
  }),
];

export function tinyCatalog() {
  return createCatalog(TINY_TOOLS.map(toToolDefinition), async () => TINY_TOOLS);
}

export const TINY_INFO = { name: "tiny", title: "Tiny", version: "1.2.3" } as const;

export const TINY_PROGRAM = {
  name: "tiny",
  errorMetaKey: "com.example.tiny/error",
  debugOption: "--verbose",
} as const;

export type TinyServer = ServerDefinition<TinyApi> & { readonly logged: readonly string[] };

/** A whole server whose tools echo their input, with everything it logs. */
export function tinyServer(overrides: Partial<ServerDefinition<TinyApi>> = {}): TinyServer {
  const logged: string[] = [];
  return {
    info: TINY_INFO,
    program: TINY_PROGRAM,
    instructions: "Echo.",
    catalog: tinyCatalog(),
    caching: { ttlMs: 60_000, cacheScope: "public" },
    timeoutMs: 2000,
    redact: (text) => text,
    log: createLogger("debug", (line) => logged.push(line)),
    connect: () => (given) => given,
    logged,
    ...overrides,
  };
}

export function callerWith(...grants: string[]): Caller<undefined> {
  return { grants: new Set(grants), identity: undefined };
}

/** The circumstances of a request from the local user, who never cancels. */
export function exchange(overrides?: Partial<RequestContext<undefined>>): RequestContext<undefined>;
export function exchange<Identity>(
  overrides: Partial<RequestContext<Identity>> & Pick<RequestContext<Identity>, "caller">,
): RequestContext<Identity>;
export function exchange(overrides: Partial<RequestContext> = {}): RequestContext {
  return {
    caller: LOCAL_CALLER,
    signal: new AbortController().signal,
    ...overrides,
  };
}

/** `_meta` of a request of revision 2026-07-28. */
export function modernMeta(overrides: JsonObject = {}): JsonObject {
  return {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    ...overrides,
  };
}
