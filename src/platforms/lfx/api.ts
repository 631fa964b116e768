import { ToolError } from "../../mcp/errors.ts";

/** Query parameters: undefined values are omitted, arrays repeat the name. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type RestRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Relative to the API's base URL, with percent-encoded segments (see `encodePath`). */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as multipart/form-data. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request only reads, whatever its method. */
  readonly safe?: boolean;
  /** Maximum number of attempts; limits retries of costly reads. */
  readonly attempts?: number;
  /** Completes "Failed to ..." in errors: `get committee`. */
  readonly operation: string;
};

/** A response with a 2xx status. */
export type RestResponse = {
  readonly text: string;
  /** Revision of the record, for `If-Match`. */
  readonly etag: string | undefined;
  /** @throws ToolError `upstream_error` if the body is not JSON */
  json(): unknown;
};

/** One API, called with the tokens of one identity for the duration of one tool call. */
export type RestClient = {
  /** @throws ToolError for any other status, quoting the service's message */
  send(request: RestRequest): Promise<RestResponse>;
};

/** Who sees a result. */
export type Viewer = {
  /** Whether they see people's data as LFX returns it; others see what LFX Self Serve shows them. */
  readonly fullView: boolean;
  /** A person's LFX user name and email address, which tell their own records from those of others. */
  readonly username?: string | undefined;
  readonly email?: string | undefined;
};

/** The LFX services that tools call, on behalf of one caller. */
export type LfxApi = {
  /** LFX Self Service, which enforces the caller's permissions itself. */
  readonly lfx: RestClient;
  /**
   * Member Onboarding. It does not authenticate callers, so LFX is asked first whether the caller may write to the project.
   * @throws ToolError `not_found` if there is no such project, `insufficient_scope` if the caller may not write to it
   */
  onboarding(projectSlug: string): Promise<RestClient>;
  /**
   * Which relations, `<type>:<id>#<relation>`, the caller has.
   * @throws ToolError unless LFX answers each of them
   */
  checkAccess(relations: readonly string[]): Promise<ReadonlySet<string>>;
  /** The caller's subject; empty if unknown. */
  readonly subject: string;
  /** Decides what the caller is shown of people. */
  readonly viewer: Viewer;
  /** LFX Lens, for callers that passed its gate. */
  readonly lens: RestClient;
  /** The caller's profile from the authorization server, read with the caller's own token. */
  userInfo(): Promise<RestResponse>;
};

/**
 * Path segments that resolve to another path, also in servers and proxies that decode %2F and %5C first, or that
 * `encodeURIComponent` rejects.
 */
const INVALID_SEGMENT = /^\.{0,2}$|[/\\]|\p{Surrogate}/u;

function encodeSegment(value: string): string {
  if (!INVALID_SEGMENT.test(value)) return encodeURIComponent(value);
  throw new ToolError("invalid_input", `${JSON.stringify(value)} cannot be used in a URL path`, {
    hint: "Nothing was sent. Correct the arguments and call again.",
  });
}

/**
 * Tagged template that percent-encodes its values: encodePath`/committees/${uid}`.
 * @throws ToolError `invalid_input` for a value that would change the path
 */
export function encodePath(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, text, index) => `${path}${encodeSegment(values[index - 1] ?? "")}${text}`);
}
