import { readFileSync, realpathSync } from "node:fs";
import { engines } from "../../../package.json";
import { programCommand } from "../../config/invocation.ts";
import { PACKAGE } from "../../installation/copy.ts";
import { TOOL_TABLE } from "../../platforms/lightfast/catalog.ts";
import { LIGHTFAST_TOOL_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { maskKey } from "../../platforms/lightfast/config/upstream.ts";
import { version } from "../../version.ts";
import { type Check, type CheckResult, failed, ok, warning } from "../check.ts";
import { type LocalContext, messagesAbout, warningOptions } from "../context.ts";
import { whyNoKeyNeeded } from "../entry.ts";
import { loginId, reportLogin } from "./credential.ts";

const MIN_NODE_VERSION = engines.node.replace(/^>=/, "");

/** Settings that no other check covers. */
const OTHER_SETTINGS = [
  "timeout",
  "logLevel",
  "allowInsecureHttp",
  "profile",
  "sandbox",
  ...LIGHTFAST_TOOL_OPTIONS,
];

/** Beyond these offsets, requests may fail. */
const CLOCK_WARNING_MS = 60_000;
const CLOCK_FAILURE_MS = 5 * 60_000;

/** Shows the path too: a client may start another Node.js than the one in the shell's PATH. */
export const node: Check<LocalContext> = {
  id: "node",
  title: "Node.js",
  failure: "other",
  hint: `Install Node.js ${MIN_NODE_VERSION} or newer, or set its full path as the command in the client.`,
  run: ({ runtime }) => {
    return isAtLeast(runtime.node, MIN_NODE_VERSION)
      ? ok(runtime.node, runtime.execPath)
      : failed(`${runtime.node} is older than ${MIN_NODE_VERSION}.`, { details: [runtime.execPath] });
  },
};

/** Uses no network, so it only finds out whether npx may use an old copy. */
export const packageVersion: Check<LocalContext> = {
  id: "package",
  title: "Package",
  failure: "other",
  hint: "npx may keep using this copy.",
  run: ({ runtime }) => {
    const path = resolveLinks(runtime.script);
    const folder = /^.*[\\/]_npx[\\/][^\\/]+/.exec(path)?.[0];
    if (folder === undefined || requestsLatest(folder)) return ok(`${PACKAGE} ${version}`, path);
    return warning(`${PACKAGE} ${version} runs from the npx cache.`, {
      details: [path],
      hint: `npx may keep using this copy. To use the latest version, run: ${programCommand("doctor", path)}`,
    });
  },
};

export const settings: Check = {
  id: "settings",
  title: "Settings",
  failure: "usage",
  hint: "Correct the setting, or remove it. The server does not start with it.",
  run: ({ settings: { profile, timeoutMs, logLevel, tools, warnings }, errors }) => {
    const [error, ...otherErrors] = messagesAbout(errors, OTHER_SETTINGS);
    if (error) return failed(error, { details: otherErrors });
    const offer = tools.length < TOOL_TABLE.rows.length ? `, only the tools ${tools.join(", ")}` : "";
    const summary = `profile ${profile}, timeout ${timeoutMs} ms, log level ${logLevel}${offer}`;
    const placeholders = messagesAbout(warnings, OTHER_SETTINGS);
    return placeholders.length > 0 ? warning(summary, warningOptions(placeholders)) : ok(summary);
  },
};

/** Shows the source and the format of the key, never the key. */
export const key: Check = {
  id: "key",
  title: "API key",
  failure: "usage",
  hint: `Set LIGHTFAST_API_KEY to the key, or run: ${programCommand("login")}`,
  skip: whyNoKeyNeeded,
  run: (context) => {
    const { settings, target, server, flags, env } = context;
    const { credential, sandbox, warnings } = settings;
    if (sandbox && !(credential.state === "ready" && credential.key === target.apiKey)) {
      return ok("built-in sandbox key");
    }
    if (credential.state !== "ready") {
      const own = server.readSettings(flags, env);
      return failed(`${credential.problem}.`, {
        details: reportLogin(loginId(own), key.title, context),
        hint: credential.hint,
        fixes: own.fix ? [own.fix] : [],
      });
    }
    const summary = `${maskKey(credential.key)} from ${credential.source}`;
    const details = sandbox ? [] : messagesAbout(warnings, ["apiKey"]);
    return details.length > 0 ? warning(summary, { details }) : ok(summary);
  },
};

export const baseUrl: Check = {
  id: "base-url",
  title: "Base URL",
  failure: "usage",
  hint: "Correct it, or remove it to use https://lightfast.ai.",
  run: ({ settings, target, errors }) => {
    const [error, ...otherErrors] = messagesAbout(errors, ["baseUrl"]);
    if (error) return failed(error, { details: otherErrors });
    const warnings = messagesAbout(settings.warnings, ["baseUrl"]);
    if (settings.sandbox) return ok(`${target.baseUrl.href} (sandbox: the built-in emulator)`, ...warnings);
    const summary = `${target.baseUrl.href} (${settings.baseUrlSource})`;
    return warnings.length > 0 ? warning(summary, warningOptions(warnings)) : ok(summary);
  },
};

/** With a wrong clock, valid certificates and signatures are rejected. */
export const clock: Check = {
  id: "clock",
  title: "Clock",
  failure: "other",
  hint: "Turn on automatic time (NTP).",
  skip: ({ probe }) =>
    probe.clockAheadMs() === undefined ? "Lightfast sent no response with a date." : undefined,
  run: ({ probe }) => checkClock(probe.clockAheadMs() ?? 0, "Lightfast", false),
};

/**
 * @param aheadMs how far the clock of `peer` is ahead
 * @param hasTokens whether tokens are used, which a wrong clock invalidates; API keys work nevertheless
 */
export function checkClock(aheadMs: number, peer: string, hasTokens: boolean): CheckResult {
  const offset = Math.abs(aheadMs);
  if (offset <= CLOCK_WARNING_MS) return ok(`within a minute of ${peer}'s clock`);
  const direction = aheadMs > 0 ? "behind" : "ahead of";
  const seconds = Math.round(offset / 1000);
  const duration = seconds < 120 ? `${seconds} s` : `${Math.round(offset / 60_000)} min`;
  const summary = `This machine's clock is ${duration} ${direction} ${peer}'s.`;
  return hasTokens && offset > CLOCK_FAILURE_MS ? failed(summary) : warning(summary);
}

function isAtLeast(version: string, minimum: string): boolean {
  const [actual = [], required = []] = [version, minimum].map((text) => text.split(".").map(Number));
  const index = required.findIndex((part, position) => actual[position] !== part);
  return index === -1 || Number(actual[index]) > Number(required[index]);
}

function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Whether npx was called with `@latest`, which makes it look for a newer version at each start. */
function requestsLatest(folder: string): boolean {
  try {
    const { _npx } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    return _npx.packages.includes(`${PACKAGE}@latest`);
  } catch {
    return false;
  }
}
