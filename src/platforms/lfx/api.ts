import { ToolError } from "../../mcp/errors.ts";

/** The parameters of a query string; those that are undefined are left out, an array repeats its name. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type RestRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the API's address, with its parts percent-encoded (see `pathOf`). */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as multipart/form-data. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** It only asks, whatever its method. */
  readonly safe?: boolean;
  /** How often it is sent at the most; for what is costly even where it changes nothing. */
  readonly attempts?: number;
  /** What the request is for, as it stands in an error behind "Failed to": `get committee`. */
  readonly operation: string;
};

/** A successful answer. */
export type RestResponse = {
  readonly text: string;
  /** The revision of what was read, for `If-Match`. */
  readonly etag: string | undefined;
  /** @throws ToolError `upstream_error` where the text is no JSON */
  json(): unknown;
};

/** One API, called with tokens of one identity, for the time of one call. */
export type RestClient = {
  /** @throws ToolError for every answer that is no success, with the service's own words */
  send(request: RestRequest): Promise<RestResponse>;
};

/** What the LFX tools need of LFX. */
export type LfxApi = {
  /** LFX Self Service, which itself decides what the caller may see and do. */
  readonly lfx: RestClient;
  /**
   * Member Onboarding, which asks nobody: so first LFX is asked whether the caller may write to the project.
   * @throws ToolError `not_found` where there is no such project, `insufficient_scope` where he may not
   */
  onboarding(projectSlug: string): Promise<RestClient>;
  /** The caller's subject; empty if unknown. */
  readonly subject: string;
  /** LFX Lens, for callers who have passed its gate. */
  readonly lens: RestClient;
  /** The caller's profile, as the authorization server tells it to his own token. */
  userInfo(): Promise<RestResponse>;
};

/** What would be taken for a step in the path, or cannot be encoded at all. */
const UNFIT = /^\.{0,2}$|\p{Surrogate}/u;

function part(value: string): string {
  if (!UNFIT.test(value)) return encodeURIComponent(value);
  throw new ToolError("invalid_input", `${JSON.stringify(value)} cannot be part of an address`, {
    hint: "Nothing was sent. Correct the arguments and call again.",
  });
}

/**
 * A path with its values percent-encoded: pathOf`/committees/${uid}`.
 * @throws ToolError `invalid_input` for a value that would lead elsewhere
 */
export function encodePath(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, text, index) => `${path}${part(values[index - 1] ?? "")}${text}`);
}
