import { parseSwitch } from "../../settings/parsers.ts";
import { createReader, type GivenFlags, type Reader } from "../../settings/reader.ts";
import { SettingsError } from "../../settings/resolve.ts";
import type { Environment } from "../../settings/text.ts";
import type { ToolName } from "../policy.ts";
import { expiryOf } from "../ready-token.ts";
import { LFX_OPTIONS, type LfxOptionName, SECRETS } from "./options.ts";
import { readSelection } from "./selection.ts";
import { type LfxUpstream, readUpstream } from "./upstream.ts";

/** What LFX's tools are and call, on stdio and over HTTP alike. */
export type LfxSettings = {
  readonly upstream: LfxUpstream;
  readonly tools: readonly ToolName[];
  readonly committeesAsGroups: boolean;
  readonly debug: boolean;
  readonly debugTraffic: boolean;
  readonly notices: readonly string[];
};

/** Reads them with a reader whose problems somebody else tells. */
export const readLfxSettings = (reader: Reader<LfxOptionName>): LfxSettings => ({
  upstream: readUpstream(reader),
  tools: readSelection(reader),
  committeesAsGroups: reader.read("committeesAsGroups", parseSwitch, false),
  debug: reader.read("debug", parseSwitch, false),
  debugTraffic: reader.read("debugTraffic", parseSwitch, false),
  notices: reader.notices,
});

/**
 * Resolves the settings of LFX on stdio: flag over variable over default.
 * @throws SettingsError with all that is wrong
 */
export const resolveLfxSettings = (flags: GivenFlags, env: Environment): LfxSettings => {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const settings = readLfxSettings(reader);
  const { problems } = reader;
  const { readyToken, client } = settings.upstream;
  const expiresAt = readyToken === undefined ? undefined : expiryOf(readyToken);
  if (expiresAt !== undefined && expiresAt * 1000 <= Date.now())
    problems.push(
      `${SECRETS.readyToken} expired at ${new Date(expiresAt * 1000).toISOString()}. Get a new one.`,
    );
  if (
    problems.length === 0 &&
    readyToken === undefined &&
    client === undefined &&
    !settings.tools.includes("hello_world")
  )
    problems.push(
      `Nothing to call: set LFXMCP_LFX_API_URL, and ${SECRETS.readyToken} or LFXMCP_CLIENT_ID and what goes with it.`,
    );
  // A placeholder that was passed over may be the reason for what is missing.
  if (problems.length > 0) throw new SettingsError([...problems, ...settings.notices]);
  return settings;
};
