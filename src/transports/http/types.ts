import type { ServerDefinition } from "../../mcp/server.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { Trace } from "../../shared/trace.ts";

/** How callers authenticate: with a bearer token, or not at all (loopback only). */
export type CallerAccess<Identity> =
  | {
      readonly kind: "bearer";
      /** @throws TokenInvalid (401), AuthUnavailable (503) */
      verify(token: string, trace?: Trace): Promise<Caller<Identity>>;
    }
  | { readonly kind: "open"; readonly caller: Caller<Identity> };

/** What the protected resource metadata says about the resource (RFC 9728, section 2). */
export type ResourceMetadata = {
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[];
};

/** How to add the server to a client. */
export type ClientSetup = {
  /** The client's name. */
  readonly client: string;
  /** An https URL that adds the server in one click. */
  readonly link?: string | undefined;
  /** What to do with `text`, such as "Run:". */
  readonly instruction: string;
  /** A command line, or a part of a file. */
  readonly text: string;
  /** What to do then, in sentences. */
  readonly next?: string | undefined;
};

/** What the landing page says about a platform. */
export type LandingPage = {
  readonly heading: string;
  /** What the server does, to follow "Add it to your AI client to". */
  readonly purpose: string;
  readonly documentation: string;
  /** Name and version of the program. */
  readonly program: string;
  readonly setups: readonly ClientSetup[];
};

/** A platform's MCP server with everything HTTP needs around it. */
export type HttpService<Identity> = {
  readonly access: CallerAccess<Identity>;
  readonly server: ServerDefinition<unknown, Identity>;
  /** Undefined if there is no authorization server. */
  readonly metadata: ResourceMetadata | undefined;
  /** Scopes of a typical connection, space-separated, for challenges (RFC 6750, section 3). */
  readonly challengeScope: string;
  readonly landingPage: LandingPage;
  /** Delivers what is still queued and closes the connections. */
  close(): Promise<void>;
};
