import { toSentence } from "../doctor/check.ts";
import { MISSING_SIGNAL } from "../doctor/probe.ts";
import type { Redact } from "../mcp/server.ts";
import type { LightfastSettings } from "../platforms/lightfast/config/resolve.ts";
import { parseApiKey } from "../platforms/lightfast/config/upstream.ts";
import type { Logger } from "../shared/logger.ts";
import { appendPath } from "../shared/url.ts";
import { createServer } from "./context.ts";
import { type CallOutcome, callOnce, textOf } from "./tool-call.ts";

/** A usable key, or why it is none. */
export type KeyCheck =
  /** @property limitation what is wrong with the key's organization */
  | { readonly key: string; readonly limitation: string | undefined }
  /** @property outcome of the failed call; undefined for a malformed key, which is sent nowhere */
  | { readonly problem: string; readonly outcome?: CallOutcome };

/**
 * The account page of the Lightfast app asks to sign in and lets the user choose the organization. The key page itself is
 * `/<organization>/settings/api-keys`, and the organization is not known yet.
 */
export function keyPage(baseUrl: URL): URL {
  return appendPath(baseUrl, "/account/settings");
}

/** What surrounds a key that was copied from code or from a header. */
const WRAPPING = /^(?:[\s"'`“”‘’]|Authorization:|Bearer(?=[\s"'`“”‘’]))+|[\s"'`“”‘’]+$/gi;

/** Returns a pasted key without quotation marks and the word Bearer. */
export function unwrapKey(text: string): string {
  return text.replaceAll(WRAPPING, "");
}

/**
 * Checks a key and its organization with Lightfast.
 * @param given the key, and where it comes from
 */
export async function checkKey(
  given: { readonly value: string; readonly source: string },
  settings: LightfastSettings,
  { log, redact }: { readonly log: Logger; readonly redact: Redact },
): Promise<KeyCheck> {
  if (given.value === "")
    return { problem: `No key entered (${given.source}). Enter an API key, which starts with "lf_".` };
  const credential = parseApiKey(given);
  if (credential.state !== "ready") return { problem: `${credential.problem}.` };
  const { key } = credential;
  const server = createServer({
    settings,
    log,
    redact,
    upstream: { baseUrl: settings.baseUrl, apiKey: key },
  });
  try {
    const outcome = await callOnce(server, "lightfast_system_health", {});
    if (outcome.result.isError) return { problem: describe(outcome, NO_ORGANIZATION), outcome };
    // The API checks the organization's setup before it looks for the signal.
    const read = await callOnce(server, "lightfast_signals_get", { id: MISSING_SIGNAL });
    const isReady = !read.error || read.error.code === "not_found";
    return { key, limitation: isReady ? undefined : describe(read) };
  } finally {
    await server.close();
  }
}

/** Hints by error code. Those of the errors are for a server's settings. */
type Hints = Readonly<Record<string, string>>;

const REJECTED: Hints = { invalid_token: "Create another key under Settings > API Keys." };

/** Any key can call the health tool, except one without an organization. */
const NO_ORGANIZATION: Hints = {
  org_access_denied: "Choose an organization in Lightfast, then create a key under Settings > API Keys.",
};

function describe({ error, result }: CallOutcome, more?: Hints): string {
  if (!error) return textOf(result);
  const hints = { ...REJECTED, ...more };
  return `${toSentence(error.message)} ${hints[error.code] ?? error.hint}`;
}
