import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { accessCheckRoutes } from "../../../src/platforms/lfx/sandbox/access-check.ts";
import { committeeRoutes } from "../../../src/platforms/lfx/sandbox/committees.ts";
import { projectRoutes } from "../../../src/platforms/lfx/sandbox/projects.ts";
import { recordRoutes } from "../../../src/platforms/lfx/sandbox/records.ts";
import type { ApiAnswer, Bearer, Route } from "../../../src/platforms/lfx/sandbox/routes.ts";
import { type AuthorizationServer, authorizationServer, type TokenRequest } from "../oauth/server.ts";
import { startApi } from "./api.ts";
import { createBearerCheck } from "./bearer.ts";
import { SERVICES } from "./interfaces/check.ts";
import { createJournal, type Journal } from "./journal.ts";
import { OWN_CLIENT, OWN_SECRET, publicKey } from "./own-client.ts";
import { QUERY_ROUTES } from "./query.ts";
import { FAKE_RECORDS, seatsOf } from "./records.ts";
import { LENS_ROUTES, ONBOARDING_ROUTES } from "./services.ts";

export const STAFF = "http://lfx.dev/claims/lf_staff";

/** A machine that calls the MCP server with its own tokens. */
export const MACHINE = { id: "ci@clients", secret: "the secret of a machine that calls" };

export const SERVICE_AUDIENCES = { onboarding: "https://onboarding.lfx.test", lens: "urn:lfx:lens" };

export type FakeLfx = {
  readonly auth: AuthorizationServer;
  readonly journal: Journal;
  /** Base URLs; the one of LFX is also its audience. */
  readonly urls: { readonly lfx: string; readonly onboarding: string; readonly lens: string };
  /** People who may not write to any project. */
  readonly readers: Set<string>;
  /** Requests that no correct server sends. */
  readonly faults: readonly string[];
  /** The `traceparent` of every request, by its recipient and path. */
  readonly traces: ReadonlyMap<string, string | undefined>;
  /** Registers an MCP server, whose URL is its audience. */
  register(mcpUrl: string): void;
};

export type FakeLfxOptions = {
  /** Lifetime of LFX tokens. */
  readonly lifetimeSeconds?: number;
  /** Whether the MCP server's client authenticates with a secret instead of a key. */
  readonly hasSecret?: boolean;
  readonly isStaff?: (account: string | undefined) => boolean;
  /** May respond instead of LFX. */
  readonly before?: (bearer: Bearer) => ApiAnswer | undefined;
  /** Whether requests must be as the interface documents say. Default: true; another server may take liberties. */
  readonly checkRequests?: boolean;
};

const GRANTS: Readonly<Record<string, string>> = {
  "urn:ietf:params:oauth:grant-type:token-exchange": "token exchange",
  client_credentials: "client credentials",
  authorization_code: "authorization code",
};

/** Starts the authorization server, LFX and its services for one test. They are as strict as the real ones. */
export async function fakeLfx(options: FakeLfxOptions = {}): Promise<FakeLfx> {
  const {
    lifetimeSeconds = 3600,
    hasSecret = false,
    isStaff = () => false,
    before,
    checkRequests = true,
  } = options;
  const journal = createJournal();
  const faults: string[] = [];
  const traces = new Map<string, string | undefined>();
  const readers = new Set<string>();
  const names = new Map<string | undefined, string>();

  const noteTrace =
    (to: string) =>
    ({ url = "", headers }: IncomingMessage): void => {
      traces.set(`${to} ${url.split("?")[0]}`, headers.traceparent?.toString());
    };
  const noteToken = ({ grantType = "", clientId, audience, subject, ...how }: TokenRequest): void => {
    const who = subject === clientId ? "itself" : subject;
    const what = `${GRANTS[grantType] ?? grantType} for ${names.get(audience) ?? audience} as ${who}`;
    const proof = clientId === OWN_CLIENT ? `, by ${how.authentication}` : "";
    const outcome = how.outcome === "issued" ? "" : `, ${how.outcome}`;
    journal.note(clientId === OWN_CLIENT ? "mcp" : "client", "auth", `${what}${proof}${outcome}`);
  };
  const own = hasSecret ? { secret: OWN_SECRET } : { publicKey: await publicKey() };
  const auth = await authorizationServer({
    hasSlash: true,
    clients: [
      { id: OWN_CLIENT, ...own },
      { id: MACHINE.id, secret: MACHINE.secret },
    ],
    claims: ({ account }) => (isStaff(account) ? { [STAFF]: true } : {}),
    profile: (account) => ({ name: `${account} in person` }),
    onTokenRequest: noteToken,
    onRequest: noteTrace("auth"),
    onKeySetRead: () => journal.note("mcp", "auth", "keys"),
  });

  const open = async (
    name: keyof typeof SERVICES,
    routes: readonly Route[],
    kinds: readonly Bearer["kind"][],
    audienceAt: (origin: string) => string,
  ): Promise<string> => {
    const checkAt = (origin: string) => {
      const audience = audienceAt(origin);
      names.set(audience, name);
      auth.resources.set(audience, { scopes: ["access:api"], lifetimeSeconds });
      const { issuer, jwksUrl } = auth;
      return createBearerCheck({ issuer, jwksUrl, audience, client: OWN_CLIENT, kinds });
    };
    const onFault = (fault: string) => void faults.push(fault);
    const isLfx = name === "lfx";
    const api = await startApi({
      name,
      services: checkRequests ? SERVICES[name] : [],
      routes,
      checkAt,
      journal,
      onFault,
      onRequest: noteTrace(name),
      ...(isLfx && before && { before }),
    });
    onTestFinished(() => api.stop());
    return api.origin;
  };
  const selfService = [
    ...QUERY_ROUTES,
    ...projectRoutes(FAKE_RECORDS),
    ...committeeRoutes(FAKE_RECORDS, seatsOf),
    ...recordRoutes(FAKE_RECORDS),
    ...accessCheckRoutes((subject) => !readers.has(subject)),
  ];
  const lfx = `${await open("lfx", selfService, ["user", "machine"], (origin) => `${origin}/`)}/`;
  const { onboarding, lens } = SERVICE_AUDIENCES;
  const urls = {
    lfx,
    onboarding: await open("onboarding", ONBOARDING_ROUTES, ["machine"], () => onboarding),
    lens: await open("lens", LENS_ROUTES, ["machine"], () => lens),
  };
  journal.take();

  return {
    auth,
    journal,
    urls,
    readers,
    faults,
    traces,
    register: (mcpUrl) => {
      names.set(mcpUrl, "mcp");
      auth.resources.set(mcpUrl, { scopes: ["read:all", "manage:all"] });
    },
  };
}
