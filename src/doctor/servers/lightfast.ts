import type { ToolError } from "../../mcp/errors.ts";
import { TOOL_TABLE } from "../../platforms/lightfast/catalog.ts";
import { LIGHTFAST_ENTRIES } from "../../platforms/lightfast/config/entries.ts";
import { LIGHTFAST_OPTIONS, STORED_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { protectProfile } from "../../platforms/lightfast/config/profile-writes.ts";
import {
  hasProfile,
  isExposed,
  listProfiles,
  ProfileError,
  profileFile,
} from "../../platforms/lightfast/config/profiles.ts";
import { type LightfastSettings, readLightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import { DEFAULT_BASE_URL } from "../../platforms/lightfast/config/upstream.ts";
import { findClosest } from "../../shared/suggest.ts";
import type { Fix } from "../check.ts";
import { createProbe } from "../probe.ts";
import { type Attempt, type AttemptResult, type DoctorServer, readWords } from "../server.ts";

/** Codes with which Lightfast rejects a key. The API itself works. */
export const REJECTIONS: ReadonlySet<string> = new Set([
  "invalid_token",
  "insufficient_scope",
  "org_access_denied",
]);

export const LIGHTFAST_SERVER: DoctorServer = {
  rules: LIGHTFAST_ENTRIES,
  options: LIGHTFAST_OPTIONS,
  stored: STORED_OPTIONS,
  knownOrigins: [DEFAULT_BASE_URL],
  readWords: (words, env) => readWords(words, env, LIGHTFAST_OPTIONS),
  readSettings: (flags, env) => {
    const { settings, errors } = readLightfastSettings(flags, env);
    const { sandbox, credential, profile, tools } = settings;
    return {
      errors,
      sandbox,
      credential,
      login: hasProfile(profile) ? `profile ${profile}` : undefined,
      intendedProfile: hasProfile(profile) ? undefined : findIntended(profile),
      fix: credential.state === "missing" && isExposed(profile) ? createProtection(profile) : undefined,
      tools,
      isSelection: tools.length < TOOL_TABLE.rows.length,
      address: settings.baseUrl,
      attempt: createAttempt(settings),
    };
  },
};

/** Identifies a key at an address. */
export function attemptId(baseUrl: URL, key: string): string {
  return `${baseUrl.href} ${key}`;
}

/** What the response to a request with a key says about the key. */
export function judgeKey({ error }: { readonly error?: ToolError | undefined }): AttemptResult {
  if (!error) return { state: "accepted" };
  const { code, message, hint } = error;
  if (!REJECTIONS.has(code)) return { state: "untried", message };
  return { state: "rejected", message, ...(code !== "invalid_token" && { hint }) };
}

function createAttempt({
  sandbox,
  credential,
  baseUrl,
  ...settings
}: LightfastSettings): Attempt | undefined {
  if (sandbox || credential.state !== "ready") return undefined;
  const { key: apiKey } = credential;
  return {
    id: attemptId(baseUrl, apiKey),
    url: baseUrl,
    run: async (deadline) => {
      const probe = createProbe({ baseUrl, apiKey }, settings.proxies, settings.timeoutMs);
      try {
        return judgeKey(await probe.health(deadline));
      } finally {
        await probe.close();
      }
    },
  };
}

/** Returns the only stored profile whose name is similar. */
function findIntended(profile: string): string | undefined {
  const stored = listNames();
  const closest = findClosest(profile, stored);
  const others = stored.filter((name) => name !== closest);
  return findClosest(profile, others) === undefined ? closest : undefined;
}

function listNames(): readonly string[] {
  try {
    return listProfiles();
  } catch (error) {
    if (error instanceof ProfileError) return [];
    throw error;
  }
}

function createProtection(profile: string): Fix {
  const file = profileFile(profile);
  return {
    id: file,
    title: `Let only this user read the login of profile ${profile}`,
    run: async (approve) => {
      if (!(await approve({ file, diff: `chmod 600 ${file}` }))) return { file, outcome: "skipped" };
      try {
        protectProfile(profile);
        return { file, outcome: "fixed" };
      } catch (error) {
        if (!(error instanceof ProfileError)) throw error;
        return { file, outcome: "failed", message: `${error.message}. ${error.hint}` };
      }
    },
  };
}
