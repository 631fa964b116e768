import { MAX_TOKEN_LENGTH, normalizeIssuer } from "../../../auth/jwt.ts";
import { isLocalBind, type ListenOptions, readListenOptions } from "../../../config/http.ts";
import { oneOf, parseUrl } from "../../../config/parsers.ts";
import { createReader, type GivenFlags, type Reader } from "../../../config/reader.ts";
import { SettingsError } from "../../../config/resolve.ts";
import type { Environment, ParseResult, RawSetting } from "../../../config/values.ts";
import type { Backend } from "../policy.ts";
import {
  API_KEY_PREFIX,
  LFX_HTTP_OPTIONS,
  LFX_OPTIONS,
  LFX_SECRET_VARIABLES,
  type LfxHttpOptionName,
  type LfxOptionName,
} from "./options.ts";
import {
  judgeTools,
  type LfxSettings,
  parseWords,
  partitionByAvailability,
  readLfxSettings,
} from "./resolve.ts";

/** A static key, and who it was given to. */
export type ApiKey = { readonly owner: string; readonly secret: string };

/** Shorter ones can be guessed. */
const ADVISED_LENGTH = 16;

/** What is wrong with a key; `other` is the variable that holds the same one. */
function problemsOf(name: string, key: string, other: string | undefined): string[] {
  return [
    ...(name === API_KEY_PREFIX
      ? [`${name} names no owner: write one behind it, as in ${API_KEY_PREFIX}CI.`]
      : []),
    ...(other ? [`${name} and ${other} hold the same key, so nobody could tell their owners apart.`] : []),
    ...(key.length > MAX_TOKEN_LENGTH ? [`${name} is longer than ${MAX_TOKEN_LENGTH} characters.`] : []),
  ];
}

/** Every variable that holds a key; blank ones and unexpanded placeholders count as unset. */
function readApiKeys(
  { secret, notices, problems }: Pick<Reader<string>, "secret" | "notices" | "problems">,
  env: Environment,
): readonly ApiKey[] {
  const names = Object.keys(env).filter((name) => name.startsWith(API_KEY_PREFIX));
  const holders = new Map<string, string>();
  return names.flatMap((name) => {
    const key = secret(name);
    if (!key) return [];
    problems.push(...problemsOf(name, key, holders.get(key)));
    if (key.length < ADVISED_LENGTH)
      notices.push(`${name} is shorter than ${ADVISED_LENGTH} characters, and may be guessed.`);
    holders.set(key, name);
    return [{ owner: name.slice(API_KEY_PREFIX.length).toLowerCase(), secret: key }];
  });
}

const AUTH_KINDS = ["oauth", "none"] as const;

export type LfxHttpSettings = LfxSettings &
  ListenOptions & {
    readonly auth: (typeof AUTH_KINDS)[number];
    /** The public address as it was written: so the authorization server knows it. Undefined where it was not given. */
    readonly resource: string | undefined;
    /** As they were written, but without a slash at the end. */
    readonly issuers: readonly string[];
    /** What clients are told to ask for. */
    readonly scopes: readonly string[];
    readonly apiKeys: readonly ApiKey[];
  };

type Front = Reader<LfxHttpOptionName>;

function parseIssuers(found: RawSetting): ParseResult<readonly string[]> {
  const words = parseWords(found);
  if ("problem" in words) return words;
  // An entry may hold a password, so none is quoted.
  const wrong = words.value.flatMap((value, index) => {
    const parsed = parseUrl({ value, source: `Entry ${index + 1} of ${found.source}` });
    return "problem" in parsed ? [parsed.problem] : [];
  });
  return wrong.length > 0
    ? { problem: wrong.join(" ") }
    : { value: [...new Set(words.value.map(normalizeIssuer))] };
}

/** A scope's characters (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function parseScopes(found: RawSetting): ParseResult<readonly string[]> {
  const words = parseWords(found);
  if ("problem" in words || words.value.every((word) => SCOPE.test(word))) return words;
  return { problem: `${found.source} must be scopes with commas between them, without spaces within.` };
}

const USUAL_SCOPES: readonly string[] = LFX_HTTP_OPTIONS.scopes.default.split(",");

function readScopes({ read, notices }: Front): readonly string[] {
  const scopes = read("scopes", parseScopes, USUAL_SCOPES);
  const others = scopes.filter((scope) => !USUAL_SCOPES.includes(scope));
  if (others.length > 0)
    notices.push(`The scopes ${others.join(", ")} are told to clients, but none of them opens a tool here.`);
  return scopes;
}

/** Nothing insecure starts by omission. */
function accessProblems({ auth, host, issuers, apiKeys }: LfxHttpSettings, { find }: Front): string[] {
  return [
    ...(auth === "oauth" && !find("authServers")
      ? [
          "--mcp-api-auth-servers (LFXMCP_MCP_API_AUTH_SERVERS) is required: without an issuer anybody could call. On this machine alone --auth none does without.",
        ]
      : []),
    ...(auth === "none" && !isLocalBind(host)
      ? ["--auth none is for loopback addresses only: anybody who reaches the port could call."]
      : []),
    ...(auth === "none" && (issuers.length > 0 || apiKeys.length > 0)
      ? ["--auth none contradicts the auth servers or API keys that are set. Leave one out."]
      : []),
  ];
}

/** What the tools can call that call nothing. */
const NOTHING: ReadonlySet<Backend> = new Set(["none"]);

function upstreamProblems({ upstream, tools }: LfxHttpSettings, { find }: Reader<LfxOptionName>): string[] {
  return [
    ...(upstream.staticToken
      ? [
          `${LFX_SECRET_VARIABLES.staticToken} is one user's own token, for stdio; over HTTP everybody would act as that user.`,
        ]
      : []),
    ...(partitionByAvailability(tools, NOTHING).able.length > 0 || find("lfxApiUrl") || find("lensApiUrl")
      ? []
      : ["--lfx-api-url (LFXMCP_LFX_API_URL) is required: without it there is nothing to call."]),
  ];
}

/**
 * Resolves the settings of LFX over HTTP: flag over variable over default.
 * @throws SettingsError with all that is wrong
 */
export function resolveLfxHttpSettings(flags: GivenFlags, env: Environment): LfxHttpSettings {
  const tools = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const front = createReader<LfxHttpOptionName>(LFX_HTTP_OPTIONS, flags, env);
  const shared = readLfxSettings(tools);
  const settings: LfxHttpSettings = {
    ...shared,
    ...readListenOptions(front, "--mcp-api-public-url (LFXMCP_MCP_API_PUBLIC_URL)"),
    resource: front.find("resourceUrl")?.value,
    auth: front.read("auth", oneOf(AUTH_KINDS), "oauth"),
    issuers: front.read("authServers", parseIssuers, []),
    scopes: readScopes(front),
    apiKeys: readApiKeys(front, env),
    notices: [],
  };
  const notices = [...tools.notices, ...front.notices];
  const problems = [
    ...tools.problems,
    ...front.problems,
    ...accessProblems(settings, front),
    ...upstreamProblems(settings, tools),
  ];
  if (problems.length === 0) judgeTools(settings, { notices, problems }, settings.auth === "oauth");
  if (problems.length > 0) throw new SettingsError([...problems, ...notices]);
  return { ...settings, notices };
}
