import process from "node:process";
import { programCommand } from "../../config/invocation.ts";
import { createReader, findHome, NO_HOME } from "../../config/reader.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { CallDetails, InteractionHooks, Question } from "../../mcp/interaction.ts";
import { createStateSigner } from "../../mcp/request-state.ts";
import type { RestApi } from "../../platforms/lightfast/api.ts";
import {
  LIGHTFAST_OPTIONS,
  type LightfastFlags,
  type LightfastOptionName,
} from "../../platforms/lightfast/config/options.ts";
import { writeProfile } from "../../platforms/lightfast/config/profile-writes.ts";
import {
  type Profile,
  ProfileError,
  profileFile,
  readProfile,
} from "../../platforms/lightfast/config/profiles.ts";
import { maskKey, parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import type { Upstream } from "../../platforms/lightfast/server.ts";
import { type Clock, SYSTEM_CLOCK } from "../../shared/clock.ts";
import { createRedactor } from "../../shared/redact.ts";
import { browserCommand, openInBrowser } from "../browser.ts";
import type { Context } from "../context.ts";
import { checkKey, keyPage, unwrapKey } from "../key-check.ts";
import { openSignInPage, PAGE_LIFETIME_MS, type SignInPage, type Submission } from "./page.ts";

export type SignInOptions = Pick<Context, "settings" | "log" | "redact"> & {
  readonly flags: LightfastFlags;
  /** The API and the key that calls use now. */
  current(): Upstream;
  /** Makes calls use a key, and redacts it from then on. */
  replace(upstream: { readonly baseUrl: URL; readonly apiKey: string }): void;
  readonly clock?: Clock | undefined;
};

const PURPOSE = "sign-in";

/** Clients that decline each URL without https unseen. They ask in a form, and the browser is opened from here. */
const DECLINES_HTTP: ReadonlySet<string> = new Set(["codex-mcp-client"]);

/** How long a repeated call waits for the page, in milliseconds: clients give up after 60 seconds. */
const REPEATED_WAIT_MS = 45_000;

/** Limit of the questions of one call. "I'm done" is easily pressed too early. */
const MAX_ROUNDS = 2;

/**
 * Lets the user sign in on a page of this machine when a call fails because of the key. A key that was stored in the
 * meantime, by `login` or by another server, is used without asking.
 */
export function createSignInHooks(options: SignInOptions): InteractionHooks<RestApi> {
  const { settings, log, flags, current, replace, clock = SYSTEM_CLOCK } = options;
  const { profile, baseUrl } = settings;
  const explicit = createReader<LightfastOptionName>(LIGHTFAST_OPTIONS, flags, process.env).find("apiKey");
  /** At most one at a time. */
  let page: SignInPage | undefined;
  let opening: Promise<SignInPage> | undefined;
  let storedBy: string | undefined;

  const submit = async (text: string): Promise<Submission> => {
    const value = unwrapKey(text.trim());
    const redactKey = createRedactor([value]);
    const redact = (message: string): string => redactKey(options.redact(message));
    const checked = await checkKey({ value, source: "the form" }, settings, { log, redact });
    if ("problem" in checked) return { problem: checked.problem };
    try {
      writeProfile(profile, { apiKey: checked.key, baseUrl: baseUrl.href });
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      return { problem: `${error.message}. ${error.hint}` };
    }
    replace({ baseUrl, apiKey: checked.key });
    log.info("signed in", { profile });
    const limitation = checked.limitation ? ` It cannot read signals yet. ${checked.limitation}` : "";
    return {
      stored: `The key ${maskKey(checked.key)} for ${baseUrl.host} is stored as profile ${profile}.${limitation}`,
    };
  };

  const open = async (): Promise<SignInPage> => {
    const note = `The key is checked with ${baseUrl.host} and stored in ${profileFile(profile)} (profile ${profile}), readable by your user only. Your MCP client and the model never see it.`;
    const opened = await openSignInPage({
      keyPage: keyPage(baseUrl),
      host: baseUrl.host,
      note,
      submit,
      clock: options.clock,
    });
    page = opened;
    void opened.ended.then((isStored) => {
      if (isStored) storedBy = opened.id;
      page = undefined;
      opening = undefined;
    });
    return opened;
  };
  const openOnce = (): Promise<SignInPage> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  /** Uses a key that was stored since. @returns whether there is one */
  const reload = (login: Profile | undefined): boolean => {
    if (!login) return false;
    const credential = parseApiKey({ value: login.apiKey, source: `profile ${profile}` });
    const used = current();
    if (credential.state !== "ready" || ("apiKey" in used && used.apiKey === credential.key)) return false;
    replace({ baseUrl, apiKey: credential.key });
    return true;
  };

  const recover = async (error: ToolError, call: CallDetails): Promise<Question | "retry" | undefined> => {
    const { answer, kinds, gone } = call;
    const canAsk = kinds.has("url");
    const inForm = DECLINES_HTTP.has(call.client?.name ?? "");
    if (explicit) {
      const isRejected = "apiKey" in current();
      if (canAsk && isRejected) throw overridden(error, explicit.source);
      return undefined;
    }
    const login = readLogin(profile, baseUrl);
    if (login === "unusable") return undefined;
    const isStored = answer?.data === storedBy && storedBy !== undefined;
    if (reload(login) || isStored || (error.code === "missing_token" && "apiKey" in current()))
      return "retry";
    if (!canAsk || gone?.aborted || (answer && answer.action !== "accept")) return undefined;
    if (answer) {
      // The page of the question, not a newer one.
      if (!page || page.id !== answer.data) return undefined;
      if (inForm && !(await openInBrowser(new URL(page.url)))) return undefined;
      const limitMs = call.isRepeating ? REPEATED_WAIT_MS : PAGE_LIFETIME_MS;
      if (await endsWithin(page, limitMs, call, clock)) return "retry";
      if (!page) return undefined;
      if (!call.isRepeating || gone?.aborted || answer.round >= MAX_ROUNDS) throw unfinished(error);
    }
    const canOpen = browserCommand(baseUrl, process.platform, process.env) !== undefined;
    if (inForm && !(canOpen && kinds.has("form"))) return undefined;
    try {
      return (inForm ? toForm : toQuestion)(await openOnce(), error, baseUrl.host);
    } catch (cause) {
      log.warn("could not open the sign-in page", { cause: String(cause) });
      return undefined;
    }
  };

  return { state: createStateSigner(), recover };
}

/** The stored login of a profile; `unusable` if a page could not store one either, or would replace that of another URL. */
function readLogin(profile: string, baseUrl: URL): Profile | undefined | "unusable" {
  if (findHome() === NO_HOME) return "unusable";
  try {
    const login = readProfile(profile);
    return !login || new URL(login.baseUrl).origin === baseUrl.origin ? login : "unusable";
  } catch {
    return "unusable";
  }
}

function toQuestion({ id, url, ended }: SignInPage, { message }: ToolError, host: string): Question {
  const done = new Promise<void>((resolve) => void ended.then((isStored) => isStored && resolve()));
  return {
    kind: "url",
    purpose: PURPOSE,
    message: `${message}. Sign in to ${host} on this page of your own machine. The key does not pass through this client.`,
    url,
    id,
    done,
    data: id,
  };
}

function toForm({ id }: SignInPage, { message }: ToolError, host: string): Question {
  return {
    kind: "form",
    purpose: PURPOSE,
    message: `${message}. Open a page of your own machine in the browser to sign in to ${host}? The key does not pass through this client.`,
    requestedSchema: { type: "object", properties: {} },
    data: id,
  };
}

/** Whether the page ends with a stored key within a time, and before the call is canceled or the client goes away. */
function endsWithin(
  page: SignInPage,
  ms: number,
  { signal, gone }: CallDetails,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => end(false);
    const cancel = clock.after(ms, stop);
    const end = (isStored: boolean): void => {
      cancel();
      signal.removeEventListener("abort", stop);
      gone?.removeEventListener("abort", stop);
      resolve(isStored);
    };
    signal.addEventListener("abort", stop);
    gone?.addEventListener("abort", stop);
    void page.ended.then(end);
  });
}

function withHint(error: ToolError, hint: string): ToolError {
  return new ToolError(error.code, error.message, { ...error, hint, cause: error });
}

function unfinished(error: ToolError): ToolError {
  return withHint(error, "The sign-in page is still open in the browser. Finish it there, then call again.");
}

/** A page could not help: the given key counts before a stored one. */
function overridden(error: ToolError, source: string): ToolError {
  const next = `${source} overrides a login, so no sign-in page is offered. Correct it, or remove it and run: ${programCommand("login")}`;
  return withHint(error, `${error.hint} ${next}`);
}
