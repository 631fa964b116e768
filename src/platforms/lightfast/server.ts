import type { HttpClient, ProxySettings } from "../../http-client/types.ts";
import { userAgentFor } from "../../http-client/user-agent.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { ClosableServer, Redact } from "../../mcp/server.ts";
import type { ClientInfo } from "../../mcp/types.ts";
import type { Deadline } from "../../shared/deadline.ts";
import type { Logger } from "../../shared/logger.ts";
import type { LightfastApi } from "./api.ts";
import { lightfastServerInfo } from "./catalog.ts";

/** What the Lightfast tools call: where, and with which key, or why there is none. */
export type Upstream =
  | { readonly baseUrl: URL; readonly apiKey: string }
  | { readonly code: "missing_token" | "invalid_token"; readonly problem: string; readonly hint: string };

export type LightfastOptions = {
  readonly upstream: Upstream;
  readonly timeoutMs: number;
  readonly proxies: ProxySettings;
  readonly redact: Redact;
  readonly log: Logger;
};

/**
 * The Lightfast server with an API key: its tools call REST API v1. Handlers, zod and the HTTP client are loaded at
 * the first call, because most sessions of a client only list the tools.
 */
export function defineLightfastServer(options: LightfastOptions): ClosableServer<LightfastApi> {
  const { upstream, timeoutMs, proxies, redact, log } = options;
  let loading: Promise<(client: ClientInfo | undefined, deadline: Deadline) => LightfastApi> | undefined;

  let http: HttpClient | undefined;

  const load = async (baseUrl: URL, apiKey: string) => {
    const [{ createHttpClient }, { createRestApi }] = await Promise.all([
      import("../../http-client/client.ts"),
      import("./rest-api.ts"),
    ]);
    http = createHttpClient(proxies, log);
    const connection = { http, baseUrl, apiKey };
    return (client: ClientInfo | undefined, deadline: Deadline) =>
      createRestApi({ ...connection, userAgent: userAgentFor(client) }, deadline);
  };

  return {
    ...lightfastServerInfo(),
    timeoutMs,
    redact,
    log,
    close: async () => http?.close(),
    connect: async ({ client }, deadline) => {
      if ("problem" in upstream)
        throw new ToolError(upstream.code, upstream.problem, { hint: upstream.hint });
      loading ??= load(upstream.baseUrl, upstream.apiKey).catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return (await loading)(client, deadline);
    },
  };
}
