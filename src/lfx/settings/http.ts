import { isLocalBind, type Listening, readListening } from "../../settings/listening.ts";
import { oneOf, parseUrl } from "../../settings/parsers.ts";
import { createReader, type Reader } from "../../settings/reader.ts";
import { SettingsError } from "../../settings/resolve.ts";
import { type Environment, type Found, isPlaceholder, type Parsed } from "../../settings/text.ts";
import {
  API_KEY_PREFIX,
  LFX_HTTP_OPTIONS,
  LFX_OPTIONS,
  type LfxFlags,
  type LfxHttpFlags,
  type LfxHttpOptionName,
  type LfxOptionName,
  SECRETS,
} from "./options.ts";
import { parseWords } from "./selection.ts";
import { type LfxSettings, readLfxSettings } from "./settings.ts";

const AUTH_KINDS = ["oauth", "none"] as const;

/** A static key, and who it was given to. */
export type ApiKey = { readonly owner: string; readonly secret: string };

export type LfxHttpSettings = LfxSettings &
  Listening & {
    readonly auth: (typeof AUTH_KINDS)[number];
    /** As they were written, but without a slash at the end. */
    readonly issuers: readonly string[];
    /** What clients are told to ask for. */
    readonly scopes: readonly string[];
    readonly apiKeys: readonly ApiKey[];
  };

const parseIssuers = (found: Found): Parsed<readonly string[]> => {
  const words = parseWords(found);
  if ("problem" in words) return words;
  const wrong = words.value
    .map((value) => parseUrl({ value, source: `${value} in ${found.source}` }))
    .find((parsed) => "problem" in parsed);
  return wrong && "problem" in wrong
    ? wrong
    : { value: [...new Set(words.value.map((issuer) => issuer.replace(/\/$/, "")))] };
};

/** Every variable that holds a key; blank ones and unexpanded placeholders count as unset. */
const apiKeysOf = (env: Environment): readonly ApiKey[] =>
  Object.entries(env).flatMap(([name, value]) => {
    const secret = value?.trim();
    if (!name.startsWith(API_KEY_PREFIX) || !secret || isPlaceholder(secret)) return [];
    return [{ owner: name.slice(API_KEY_PREFIX.length).toLowerCase(), secret }];
  });

type Front = Reader<LfxHttpOptionName>;

/** Nothing insecure starts by omission. */
const accessProblems = ({ auth, host, issuers, apiKeys }: LfxHttpSettings, { find }: Front): string[] => [
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

const upstreamProblems = ({ upstream }: LfxHttpSettings, { find }: Reader<LfxOptionName>): string[] => [
  ...(upstream.readyToken
    ? [
        `${SECRETS.readyToken} is one user's own token, for stdio; over HTTP everybody would act as that user.`,
      ]
    : []),
  ...(find("lfxApiUrl") || find("lensApiUrl")
    ? []
    : ["--lfx-api-url (LFXMCP_LFX_API_URL) is required: without it there is nothing to call."]),
];

/**
 * Resolves the settings of LFX over HTTP: flag over variable over default.
 * @throws SettingsError with all that is wrong
 */
export const resolveLfxHttpSettings = (flags: LfxFlags & LfxHttpFlags, env: Environment): LfxHttpSettings => {
  const tools = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const front = createReader<LfxHttpOptionName>(LFX_HTTP_OPTIONS, flags, env);
  const defaults = { value: LFX_HTTP_OPTIONS.scopes.default, source: "default" };
  const shared = readLfxSettings(tools);
  const scopes = parseWords(front.find("scopes") ?? defaults);
  if ("problem" in scopes) front.problems.push(scopes.problem);
  const settings: LfxHttpSettings = {
    ...shared,
    ...readListening(front, "--mcp-api-public-url (LFXMCP_MCP_API_PUBLIC_URL)"),
    auth: front.read("auth", oneOf(AUTH_KINDS), "oauth"),
    issuers: front.read("authServers", parseIssuers, []),
    scopes: "value" in scopes ? scopes.value : [],
    apiKeys: apiKeysOf(env),
    notices: [...tools.notices, ...front.notices],
  };
  const problems = [
    ...tools.problems,
    ...front.problems,
    ...accessProblems(settings, front),
    ...upstreamProblems(settings, tools),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
};
