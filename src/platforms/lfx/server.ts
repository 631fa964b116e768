import type { ProxySettings } from "../../http-client/types.ts";
import type { ClosableServer, Redact } from "../../mcp/server.ts";
import type { Logger } from "../../shared/logger.ts";
import type { LfxApi } from "./api.ts";
import type { LfxIdentity } from "./auth/identity.ts";
import { lfxServerInfo } from "./catalog.ts";
import type { LfxConnection } from "./client/connection.ts";
import { backendsOf, type LfxSettings } from "./config/resolve.ts";

export type LfxServerOptions = {
  readonly settings: LfxSettings;
  /** The public address of the endpoint; on stdio there is none. */
  readonly resource: string;
  /** Whether callers are people who signed in, so that their profiles can be asked for. */
  readonly hasUsers: boolean;
  readonly timeoutMs: number;
  readonly proxies: ProxySettings;
  readonly redact: Redact;
  readonly log: Logger;
  /** Told of each exchange with one of LFX's services: its name, how it ended, and how long it took. */
  readonly observeUpstream?: (service: string, outcome: string, seconds: number) => void;
};

/** The LFX server: its tools call LFX in the name of whoever calls. */
export function defineLfxServer(options: LfxServerOptions): ClosableServer<LfxApi, LfxIdentity> {
  const { settings, resource, hasUsers, timeoutMs, proxies, redact, log, observeUpstream: observe } = options;
  const { upstream, tools, committeesAsGroups, debugTraffic } = settings;
  let loading: Promise<LfxConnection> | undefined;

  const load = async (): Promise<LfxConnection> => {
    const { createLfxConnection } = await import("./client/connection.ts");
    return createLfxConnection({ upstream, resource, proxies, log, debugTraffic, observe });
  };
  return {
    ...lfxServerInfo({ tools, backends: backendsOf(upstream, hasUsers), committeesAsGroups }),
    timeoutMs,
    redact,
    log,
    close: async () => (await loading)?.close(),
    connect: async (exchange, deadline) => {
      loading ??= load();
      return (await loading).connect(exchange, deadline);
    },
  };
}
