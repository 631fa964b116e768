import { parseSwitch } from "../../../config/part-parsers.ts";
import { createReader, type GivenFlags, type Reader } from "../../../config/reader.ts";
import type { Environment } from "../../../config/values.ts";
import { SettingsError } from "../../lightfast/config/resolve.ts";
import { expiryOf } from "../client/static-token.ts";
import type { ToolName } from "../policy.ts";
import { backendsOf, sortOut } from "./offer.ts";
import { LFX_OPTIONS, type LfxOptionName, SECRETS } from "./options.ts";
import { type LfxUpstream, readUpstream } from "./resolve.ts";
import { readSelection } from "./selection.ts";

/** What LFX's tools are and call, on stdio and over HTTP alike. */
export type LfxSettings = {
  readonly upstream: LfxUpstream;
  readonly tools: readonly ToolName[];
  /** Whether somebody named the tools. */
  readonly isSelection: boolean;
  readonly committeesAsGroups: boolean;
  readonly debug: boolean;
  readonly debugTraffic: boolean;
  readonly notices: readonly string[];
};

/** Reads them with a reader whose problems somebody else tells. */
export const readLfxSettings = (reader: Reader<LfxOptionName>): LfxSettings => ({
  upstream: readUpstream(reader),
  tools: readSelection(reader),
  isSelection: reader.find("tools") !== undefined,
  committeesAsGroups: reader.read("committeesAsGroups", parseSwitch, false),
  debug: reader.read("debug", parseSwitch, false),
  debugTraffic: reader.read("debugTraffic", parseSwitch, false),
  notices: reader.notices,
});

/** What can stand in a header (RFC 6750, section 2.1). */
const SENDABLE = /^[\w.~+/=-]+$/;

/** Notes which of the tools that were named cannot work, and that there must be one that can. */
export const judgeTools = (
  { upstream, tools, isSelection }: LfxSettings,
  { notices, problems }: Pick<Reader<LfxOptionName>, "notices" | "problems">,
  hasUsers: boolean,
): void => {
  const { able, unable } = sortOut(tools, backendsOf(upstream, hasUsers));
  if (able.length === 0)
    problems.push(
      isSelection
        ? `None of the tools that are named can work with what is configured: ${unable.join(", ")}.`
        : `Nothing to call: set LFXMCP_LFX_API_URL, and ${SECRETS.readyToken} or LFXMCP_CLIENT_ID and what goes with it.`,
    );
  else if (isSelection && unable.length > 0)
    notices.push(`Not offered, as what they need is not configured: ${unable.join(", ")}.`);
};

/**
 * Resolves the settings of LFX on stdio: flag over variable over default.
 * @throws SettingsError with all that is wrong
 */
export const resolveLfxSettings = (flags: GivenFlags, env: Environment): LfxSettings => {
  const reader = createReader<LfxOptionName>(LFX_OPTIONS, flags, env);
  const settings = readLfxSettings(reader);
  const { problems } = reader;
  const { readyToken } = settings.upstream;
  const expiresAt = readyToken === undefined ? undefined : expiryOf(readyToken);
  if (expiresAt !== undefined && expiresAt * 1000 <= Date.now())
    problems.push(
      `${SECRETS.readyToken} expired at ${new Date(expiresAt * 1000).toISOString()}. Get a new one.`,
    );
  if (readyToken !== undefined && !SENDABLE.test(readyToken))
    problems.push(`${SECRETS.readyToken} must be the token alone, without "Bearer" and without spaces.`);
  if (problems.length === 0) judgeTools(settings, reader, false);
  // A placeholder that was passed over may be the reason for what is missing.
  if (problems.length > 0) throw new SettingsError([...problems, ...settings.notices]);
  return settings;
};
