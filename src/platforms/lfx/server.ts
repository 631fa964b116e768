import type { ProxySettings } from "../../http-client/types.ts";
import type { Interaction } from "../../mcp/interaction.ts";
import type { ClosableServer, Redact } from "../../mcp/server.ts";
import { lazy } from "../../shared/cache.ts";
import type { Logger } from "../../shared/logger.ts";
import type { LfxApi } from "./api.ts";
import type { LfxIdentity } from "./auth/identity.ts";
import { lfxServerInfo } from "./catalog.ts";
import { backendsOf, type LfxSettings, sharedSecret } from "./config/resolve.ts";
import { BACKENDS, type Backend, CONFIRMED_KINDS } from "./policy.ts";

export type LfxServerOptions = {
  readonly settings: LfxSettings;
  /** Public URL of the MCP endpoint; empty on stdio. */
  readonly resource: string;
  /** Whether callers are people who signed in, and so have a profile to read. */
  readonly hasUsers: boolean;
  /** As in `LfxSelection`. */
  readonly stepUp?: boolean;
  /** Whether tools whose service is not configured are offered, too: their calls say what to set. Default: false. */
  readonly offersAll?: boolean;
  /**
   * What to do where the user must confirm a call and can't be asked. Default: use another client, if a confirmation is
   * required; otherwise the call runs.
   */
  readonly confirmHint?: string;
  readonly timeoutMs: number;
  readonly proxies: ProxySettings;
  readonly redact: Redact;
  readonly log: Logger;
  /** Called after each request to an LFX service with its name, the outcome and the duration. */
  readonly observeUpstream?: (service: string, outcome: string, seconds: number) => void;
};

const ALL_BACKENDS: ReadonlySet<Backend> = new Set(BACKENDS);

/** The LFX server, whose tools call LFX on behalf of the caller. The client is loaded on the first call. */
export function defineLfxServer(options: LfxServerOptions): ClosableServer<LfxApi, LfxIdentity> {
  const {
    settings,
    resource,
    hasUsers,
    stepUp = false,
    offersAll = false,
    timeoutMs,
    proxies,
    redact,
    log,
  } = options;
  const { observeUpstream: observe } = options;
  const { upstream, tools, committeesAsGroups, debugTraffic, confirm, confirmRequired } = settings;
  const connection = lazy(async () => {
    const { createLfxConnection } = await import("./client/connection.ts");
    return createLfxConnection({ upstream, resource, proxies, log, debugTraffic, observe });
  });
  const confirmation: Interaction<LfxApi, LfxIdentity> = {
    asksBefore: CONFIRMED_KINDS[confirm],
    hidesUnasked: confirmRequired,
    load: lazy(async () => {
      const { createConfirmation } = await import("../../mcp/confirmation.ts");
      const refusalHint = options.confirmHint ?? (confirmRequired ? CONFIRM_HINT : undefined);
      return createConfirmation<LfxApi>({ refusalHint, secret: sharedSecret(upstream), redact });
    }).get,
  };
  return {
    ...lfxServerInfo({
      tools,
      backends: offersAll ? ALL_BACKENDS : backendsOf(upstream, hasUsers),
      committeesAsGroups,
      stepUp,
    }),
    timeoutMs,
    redact,
    log,
    interaction: confirm === "never" ? undefined : confirmation,
    close: async () => (await connection.peek())?.close(),
    connect: async (context, deadline) => (await connection.get()).connect(context, deadline),
  };
}

const CONFIRM_HINT =
  "Use an MCP client that supports elicitation in forms, or make the change in LFX Self Service.";
