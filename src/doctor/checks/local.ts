import { readFileSync, realpathSync } from "node:fs";
import { engines } from "../../../package.json";
import { maskKey } from "../../platforms/lightfast/config/upstream.ts";
import { version } from "../../version.ts";
import { type DoctorContext, messagesAbout, unexpanded } from "../context.ts";
import { type CheckResult, failed, ok, warning } from "../finding.ts";
import type { Check } from "../run.ts";

const NAMES = ["timeout", "logLevel", "profile", "sandbox"];

/** The settings that no other check speaks of. */
export const settings: Check = {
  id: "settings",
  title: "Settings",
  failure: "usage",
  hint: "Correct or remove it: the server does not start like this.",
  run: ({ settings: { profile, timeoutMs, logLevel, warnings }, errors }) => {
    const [problem, ...others] = messagesAbout(errors, NAMES);
    if (problem) return failed(problem, { details: others });
    const summary = `profile ${profile}, timeout ${timeoutMs} ms, log level ${logLevel}`;
    const unset = messagesAbout(warnings, NAMES);
    return unset.length > 0 ? warning(summary, unexpanded(unset)) : ok(summary);
  },
};

const MINIMUM = engines.node.replace(/^>=/, "");

/** Whether one version is at least another, by its three numbers. */
function isAtLeast(version: string, minimum: string): boolean {
  const [have, want] = [version, minimum].map((text) => text.split(".").map(Number));
  const first = want?.findIndex((part, index) => have?.[index] !== part) ?? -1;
  return first === -1 || Number(have?.[first]) > Number(want?.[first]);
}

/** Clients without a shell's profile may pick another Node.js than a terminal does, so the path counts too. */
export const node: Check = {
  id: "node",
  title: "Node.js",
  failure: "other",
  hint: `Install Node.js ${MINIMUM} or newer, or give its full path as the command in the client.`,
  run: ({ runtime }) => {
    const details = [runtime.execPath];
    return isAtLeast(runtime.node, MINIMUM)
      ? ok(runtime.node, ...details)
      : failed(`${runtime.node} is older than ${MINIMUM}.`, { details });
  },
};

const NAME = "@lightfastai/mcp";

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The folder in which npx keeps what it was asked for, where the path lies in one. */
function npxFolder(path: string): string | undefined {
  return /^.*[\\/]_npx[\\/][^\\/]+/.exec(path)?.[0];
}

/** Whether npx looks for a newer version at each start: it does so for a tag such as `latest`. */
function isAskedForLatest(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))._npx.packages.includes(
      `${NAME}@latest`,
    );
  } catch {
    return false;
  }
}

/** Needs no network, so it cannot say what the newest version is, only whether npx may keep an old one. */
export const packageVersion: Check = {
  id: "package",
  title: "Package",
  failure: "other",
  hint: `npx goes on using this copy when there is a newer one. To get the newest: npx -y ${NAME}@latest`,
  run: ({ runtime }) => {
    const path = realPath(runtime.script);
    const folder = npxFolder(path);
    if (folder === undefined || isAskedForLatest(folder)) return ok(`${NAME} ${version}`, path);
    return warning(`${NAME} ${version} runs from the cache of npx.`, { details: [path] });
  },
};

function sandboxKey({ settings: { credential }, target: { apiKey = "" } }: DoctorContext): CheckResult {
  const ours = credential.state !== "ready" || credential.key !== apiKey;
  return ok(
    ours ? "the emulator's own; it takes no real key" : `${maskKey(apiKey)} from ${credential.source}`,
  );
}

/** Where the key comes from, and whether it can be one. Never the key itself. */
export const key: Check = {
  id: "key",
  title: "API key",
  failure: "usage",
  hint: "Run lightfast-mcp login, or set LIGHTFAST_API_KEY to the key itself.",
  run: (subject) => {
    const { credential, warnings, sandbox } = subject.settings;
    if (sandbox) return sandboxKey(subject);
    if (credential.state !== "ready") {
      return failed(`${credential.problem}.`, { hint: credential.hint });
    }
    const summary = `${maskKey(credential.key)} from ${credential.source}`;
    const details = messagesAbout(warnings, ["apiKey"]);
    return details.length > 0 ? warning(summary, { details }) : ok(summary);
  },
};

/** Where the requests go. */
export const baseUrl: Check = {
  id: "base-url",
  title: "Base URL",
  failure: "usage",
  hint: "Correct it, or remove it to use https://lightfast.ai.",
  run: ({ settings, target, errors }) => {
    const [problem, ...others] = messagesAbout(errors, ["baseUrl"]);
    if (problem) return failed(problem, { details: others });
    const warnings = messagesAbout(settings.warnings, ["baseUrl"]);
    if (settings.sandbox) return ok(`${target.baseUrl.href} (sandbox: the built-in emulator)`, ...warnings);
    const summary = `${target.baseUrl.href} (${settings.baseUrlSource})`;
    return warnings.length > 0 ? warning(summary, unexpanded(warnings)) : ok(summary);
  },
};

const MINUTE_MS = 60_000;
const DOUBTFUL_MS = MINUTE_MS;
const WRONG_MS = 5 * MINUTE_MS;

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(ms / MINUTE_MS)} min`;
}

/** Certificates and signatures are good for a time only, so a wrong clock makes them fail for no visible reason. */
export const clock: Check = {
  id: "clock",
  title: "Clock",
  failure: "other",
  hint: "Let this machine set its clock from the network.",
  skip: ({ lightfast }) =>
    lightfast.clockAheadMs() === undefined ? "No answer of Lightfast with a date was received." : undefined,
  run: ({ lightfast }) => {
    const ahead = lightfast.clockAheadMs() ?? 0;
    const off = Math.abs(ahead);
    if (off <= DOUBTFUL_MS) return ok("agrees with Lightfast's to the minute");
    const summary = `This machine's clock is ${inWords(off)} ${ahead > 0 ? "behind" : "ahead of"} Lightfast's.`;
    return off > WRONG_MS ? failed(summary) : warning(summary);
  },
};
