import process from "node:process";
import { describeValue } from "../../config/http.ts";
import { parseSwitch } from "../../config/parsers.ts";
import {
  createReader,
  type GivenFlags,
  type OptionRow,
  type RawSetting,
  type SettingProblem,
} from "../../config/reader.ts";
import { readProxies, SettingsError } from "../../config/resolve.ts";
import { maskProxy } from "../../http-client/route.ts";
import { resolveLfxHttpSettings } from "../../platforms/lfx/config/http.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../platforms/lfx/config/options.ts";
import { resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { API_KEY_PREFIX, LFX_SECRET_VARIABLES } from "../../platforms/lfx/config/secrets.ts";
import { resolveLightfastHttpSettings } from "../../platforms/lightfast/config/http.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../../platforms/lightfast/config/http-options.ts";
import { LIGHTFAST_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { activeProfileFile } from "../../platforms/lightfast/config/profiles.ts";
import { readLightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import { SERVICE_SECRET_VARIABLE } from "../../platforms/lightfast/config/secrets.ts";
import { maskKey } from "../../platforms/lightfast/config/upstream.ts";
import { wrapAdvice } from "../columns.ts";
import { installOutputRedactor, keysIn } from "../context.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { formatItems, MAX_WIDTH } from "../help.ts";
import { print, printError } from "../output.ts";

/** A setting as it counts. Secrets are masked; `value` is null if the setting is not set and has no fixed default. */
type Row = { readonly name: string; readonly value: string | null; readonly source: string };

type Problems = { readonly warnings: readonly SettingProblem[]; readonly errors: readonly SettingProblem[] };

type OptionTable = Readonly<Record<string, OptionRow>>;

/** Settings that come from elsewhere than a flag, a variable or the table's default, by the name of their option. */
type Effective = Readonly<Record<string, RawSetting | undefined>>;

const HTTP_LOG_LEVEL: RawSetting = { value: "info", source: "default" };

/** Shows every setting of the Lightfast server over stdio, or of the one over HTTP, and where it comes from. */
export function configLightfast(flags: GivenFlags, isHttp: boolean): void {
  const { env } = process;
  const { settings, errors } = readLightfastSettings(flags, env);
  installOutputRedactor(...keysIn(settings));
  const { credential, baseUrl, baseUrlSource, profile, warnings, sandbox } = settings;
  const { find } = createReader(LIGHTFAST_OPTIONS, flags, env);
  const isChosen = profile !== LIGHTFAST_OPTIONS.profile.default;
  const effective: Effective = {
    apiKey:
      credential.state === "ready"
        ? { value: maskKey(credential.key), source: credential.source }
        : find("apiKey") && { value: "(malformed)", source: find("apiKey")?.source ?? "" },
    baseUrl: { value: baseUrl.href, source: baseUrlSource },
    profile: find("profile") ?? { value: profile, source: isChosen ? activeProfileFile() : "default" },
    logLevel: find("logLevel") ?? (isHttp ? HTTP_LOG_LEVEL : undefined),
  };
  const missing =
    "problem" in credential && !sandbox
      ? [{ setting: "apiKey", message: `${credential.problem}. ${credential.hint}` }]
      : [];
  show(flags, {
    rows: [
      ...listOptions(LIGHTFAST_OPTIONS, flags, effective),
      ...(isHttp ? listOptions(LIGHTFAST_HTTP_OPTIONS, flags) : []),
      ...(isHttp ? [secretRow(SERVICE_SECRET_VARIABLE)] : []),
      ...proxyRows(),
    ],
    ...(isHttp
      ? problemsOf(() => resolveLightfastHttpSettings(flags, env))
      : { errors, warnings: [...warnings, ...missing] }),
  });
}

/** Shows every setting of the LFX server over stdio, or of the one over HTTP, and where it comes from. */
export function configLfx(flags: GivenFlags, isHttp: boolean): void {
  const { env } = process;
  installOutputRedactor();
  const { find } = createReader(LFX_OPTIONS, flags, env);
  const debug = find("debug");
  const isDebug = debug !== undefined && shownValue(LFX_OPTIONS.debug, debug) === "on";
  const effective: Effective = {
    logLevel: isDebug
      ? { value: "debug", source: debug.source }
      : (find("logLevel") ?? (isHttp ? HTTP_LOG_LEVEL : undefined)),
  };
  const apiKeys = Object.keys(env).filter((name) => name.startsWith(API_KEY_PREFIX));
  show(flags, {
    rows: [
      ...listOptions(LFX_OPTIONS, flags, effective),
      ...(isHttp ? listOptions(LFX_HTTP_OPTIONS, flags) : [variableRow("LFXMCP_MODE", "stdio")]),
      ...[...Object.values(LFX_SECRET_VARIABLES), ...(isHttp ? apiKeys : [])].map(secretRow),
      ...proxyRows(),
    ],
    ...problemsOf(() => (isHttp ? resolveLfxHttpSettings : resolveLfxSettings)(flags, env)),
  });
}

function listOptions(table: OptionTable, flags: GivenFlags, effective: Effective = {}): readonly Row[] {
  const { find } = createReader(table, flags, process.env);
  return Object.entries(table).map(([name, row]) => {
    const given = effective[name] ?? find(name);
    const value = given ? shownValue(row, given) : (row.default ?? (row.argument ? null : "off"));
    return { name: row.flag.slice(2), value, source: given?.source ?? "default" };
  });
}

function shownValue({ argument }: OptionRow, given: RawSetting): string {
  const parsed = argument === undefined ? parseSwitch(given) : undefined;
  if (!parsed || "problem" in parsed) return describeValue(given.value);
  return parsed.value ? "on" : "off";
}

/** A secret without an option. */
function secretRow(variable: string): Row {
  const isSet = Boolean(process.env[variable]?.trim());
  return { name: variable, value: isSet ? "(set)" : null, source: isSet ? variable : "default" };
}

function variableRow(variable: string, byDefault: string): Row {
  const value = process.env[variable]?.trim();
  return { name: variable, value: value || byDefault, source: value ? variable : "default" };
}

function proxyRows(): readonly Row[] {
  const { http, https, none } = readProxies(process.env, { warnings: [], errors: [] });
  const rows = {
    http_proxy: http && maskProxy(http),
    https_proxy: https && maskProxy(https),
    no_proxy: none,
  };
  return Object.entries(rows).map(([name, value]) => {
    const source = process.env[name]?.trim() ? name : name.toUpperCase();
    return { name, value: value ?? null, source: value ? source : "default" };
  });
}

function problemsOf(resolve: () => { readonly warnings: readonly SettingProblem[] }): Problems {
  try {
    return { warnings: resolve().warnings, errors: [] };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { warnings: [], errors: error.problems };
  }
}

/** Prints the settings, then what is wrong with them. Exits with 1 if a server would not start with them. */
function show(
  { json }: GivenFlags,
  { rows, warnings, errors }: Problems & { readonly rows: readonly Row[] },
): void {
  if (errors.length > 0) process.exitCode = EXIT_CODES.usage;
  if (json) {
    print(JSON.stringify({ settings: rows, warnings, errors }));
    return;
  }
  const items = rows.map(
    ({ name, value, source }) => [name, value === null ? "not set" : `${value} (${source})`] as const,
  );
  print(
    formatItems(
      "Setting, value and source:",
      items,
      Math.min(process.stdout.columns || MAX_WIDTH, MAX_WIDTH),
    ),
  );
  for (const { message } of warnings) printError(wrapAdvice(`Warning: ${message}`, process.stderr.columns));
  for (const { message } of errors) printError(wrapAdvice(`Error: ${message}`, process.stderr.columns));
}
