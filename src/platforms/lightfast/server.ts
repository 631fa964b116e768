import type { ProxySettings } from "../../http-client/types.ts";
import { userAgentFor } from "../../http-client/user-agent.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { Interaction } from "../../mcp/interaction.ts";
import type { ClosableServer, Redact } from "../../mcp/server.ts";
import { lazy } from "../../shared/cache.ts";
import type { Logger } from "../../shared/logger.ts";
import type { RestApi } from "./api.ts";
import { lightfastServerInfo } from "./catalog.ts";

/** The API and its key, or why there is no usable key. */
export type Upstream =
  | { readonly baseUrl: URL; readonly apiKey: string }
  | { readonly code: "missing_token" | "invalid_token"; readonly problem: string; readonly hint: string };

/** Asks the user for a key while the server runs. */
export type SignIn = Interaction<RestApi> & {
  /** The API and the newest key; undefined while the key is that of the options. */
  upstream(): Upstream | undefined;
};

export type LightfastOptions = {
  readonly upstream: Upstream;
  /** Absent if the key never changes. */
  readonly signIn?: SignIn | undefined;
  /** The names of the tools to offer; default: all. */
  readonly tools?: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly proxies: ProxySettings;
  readonly redact: Redact;
  readonly log: Logger;
};

/** The Lightfast server for an API key, whose tools call REST API v1. The HTTP client is loaded on the first call. */
export function defineLightfastServer(options: LightfastOptions): ClosableServer<RestApi> {
  const { signIn, tools, timeoutMs, proxies, redact, log } = options;
  const rest = lazy(async () => {
    const [{ createHttpClient }, { createRestApi }] = await Promise.all([
      import("../../http-client/client.ts"),
      import("./rest-api.ts"),
    ]);
    return { http: createHttpClient(proxies, log), createRestApi };
  });

  return {
    ...lightfastServerInfo(tools),
    timeoutMs,
    redact,
    log,
    interaction: signIn,
    close: async () => (await rest.peek())?.http.close(),
    connect: async ({ client, trace }, deadline) => {
      const upstream = signIn?.upstream() ?? options.upstream;
      if ("problem" in upstream) {
        throw new ToolError(upstream.code, upstream.problem, { hint: upstream.hint });
      }
      const { http, createRestApi } = await rest.get();
      return createRestApi({ ...upstream, http, userAgent: userAgentFor(client), trace }, deadline);
    },
  };
}
