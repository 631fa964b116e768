import type { ServerDefinition } from "../../mcp/server.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { JsonObject } from "../../shared/json.ts";
import type { Logger } from "../../shared/logger.ts";

/** What the app tells about itself while it works. */
export type HttpMetrics = {
  request(route: string, method: string, status: number, seconds: number): void;
  verification(outcome: string, seconds: number): void;
  /** Prometheus text, and its content type. */
  text(): Promise<{ type: string; body: string }>;
};

/** How callers prove who they are: a bearer token, or not at all (development on this machine). */
export type CallerAccess =
  | {
      readonly kind: "bearer";
      /** @throws TokenInvalid (401), AuthUnavailable (503) */
      verify(token: string): Promise<Caller>;
    }
  | { readonly kind: "open"; readonly caller: Caller };

export type HttpAppOptions<Api> = {
  readonly server: ServerDefinition<Api>;
  readonly access: CallerAccess;
  /** The canonical address of the MCP endpoint, as clients know it. */
  readonly resourceUrl: URL;
  /** The protected resource metadata (RFC 9728, section 2); absent where no authorization server is involved. */
  readonly metadata: JsonObject | undefined;
  /** The scopes that a usual connection needs, for challenges (RFC 6750, section 3). */
  readonly challengeScope: string;
  /** `host` values of requests to the MCP endpoint; compared without case. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Origins whose pages may call. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly log: Logger;
  readonly metrics: HttpMetrics;
  /** The page for people who open the address in a browser. */
  readonly page: string;
  /** Whether metrics are served here, and not on a port of their own. */
  readonly servesMetrics: boolean;
  /** False while the server is about to stop. */
  isReady(): boolean;
};
