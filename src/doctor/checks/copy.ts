import { hasEntryThat, startsCopy } from "../../clients/usage.ts";
import { programCommand } from "../../config/invocation.ts";
import type { Environment } from "../../config/reader.ts";
import { readProxies } from "../../config/resolve.ts";
import { createHttpClient } from "../../http-client/client.ts";
import {
  CopyError,
  installCopy,
  isIntact,
  launcherFile,
  PACKAGE,
  readSelection,
} from "../../installation/copy.ts";
import { isNewer, isRelease, rememberNewestVersion } from "../../installation/releases.ts";
import { DeadlineExceeded, withDeadline } from "../../shared/deadline.ts";
import { isObject, parseJson } from "../../shared/json.ts";
import { version } from "../../version.ts";
import { type Check, type Fix, failed, ok, skipped, warning } from "../check.ts";
import type { LocalContext } from "../context.ts";
import { SILENT } from "../probe.ts";

const PUBLIC_REGISTRY = "https://registry.npmjs.org/";
/** npm's document of a package without what only its site needs. */
const ABBREVIATED = "application/vnd.npm.install-v1+json";
const REGISTRY_MS = 2000;

/** Replaces the copy by one of this program, which needs no network. */
const newCopy: Fix = {
  id: "copy",
  title: `Copy version ${version} to the folder that clients start it from`,
  run: async (approve) => {
    const file = launcherFile();
    if (!(await approve({ file, diff: programCommand(`update ${version}`) })))
      return { file, outcome: "skipped" };
    try {
      installCopy();
      return { file, outcome: "fixed", message: "Restart your clients." };
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      return {
        file,
        outcome: "failed",
        message: `${error.message}. To fetch it, run: ${programCommand("update")}`,
      };
    }
  },
};

/** Verifies every file of the copy that clients start. */
export const installedCopy: Check<LocalContext> = {
  id: "copy",
  title: "Installed copy",
  failure: "other",
  hint: "",
  run: ({ runtime: { platform, home }, env }) => {
    const { current, previous } = readSelection() ?? {};
    const hint = `To replace it, run: ${programCommand("update")}`;
    if (current !== undefined) {
      const rollback = previous === undefined ? "" : `, ${previous} for a rollback`;
      return isIntact(current)
        ? ok(`${current}${rollback}`, launcherFile())
        : failed(`The copy of version ${current} is damaged.`, {
            details: [launcherFile()],
            hint,
            fixes: current === version ? [newCopy] : [],
          });
    }
    return hasEntryThat(startsCopy, { platform, home, env })
      ? failed(`Clients start a missing file: ${launcherFile()}`, { hint, fixes: [newCopy] })
      : skipped("No client starts a copy of this program.");
  },
};

/** Sends one request to the registry. That it fails says nothing about the server. */
export const newestVersion: Check<LocalContext> = {
  id: "newest",
  title: "Newest version",
  failure: "other",
  hint: "",
  // The request has a limit of its own.
  limitMs: 2 * REGISTRY_MS,
  skip: ({ flags }) => (flags.offline ? "Skipped (--offline)." : undefined),
  run: async ({ env }, { signal }) => {
    try {
      const newest = await withDeadline(REGISTRY_MS, signal, (deadline) => requestNewest(env, deadline));
      if (newest === undefined) return skipped(`The npm registry has no version of ${PACKAGE}.`);
      rememberNewestVersion(newest);
      const { current } = readSelection() ?? {};
      if (!isNewer(newest, current ?? version)) return ok(newest);
      const hint =
        current === undefined
          ? `To set your clients up with it, run: npx -y ${PACKAGE}@latest install`
          : `To switch your clients to it, run: ${programCommand("update")}`;
      return warning(
        `${newest} is available; ${current === undefined ? "this is" : "clients start"} ${current ?? version}.`,
        {
          hint,
        },
      );
    } catch (error) {
      const isLate = error instanceof DeadlineExceeded;
      const reason = error instanceof Error ? error.message : String(error);
      return skipped(
        `The npm registry did not answer${isLate ? ` within ${REGISTRY_MS} ms` : `: ${reason}`}.`.replace(
          /\.\.$/,
          ".",
        ),
      );
    }
  },
};

/** @returns undefined if the registry does not have the package */
async function requestNewest(
  env: Environment,
  deadline: Parameters<Check["run"]>[1],
): Promise<string | undefined> {
  const http = createHttpClient(readProxies(env, { warnings: [], errors: [] }), SILENT);
  try {
    const url = new URL(PACKAGE.replace("/", "%2f"), registryUrl(env));
    const { body } = await http.send(
      { method: "GET", url, headers: { accept: ABBREVIATED }, maxAttempts: 1 },
      deadline,
    );
    const document = parseJson(body);
    const tags = isObject(document) && isObject(document["dist-tags"]) ? document["dist-tags"] : {};
    return typeof tags.latest === "string" && isRelease(tags.latest) ? tags.latest : undefined;
  } finally {
    await http.close();
  }
}

/** Returns the registry that npm's variables name, with a slash at the end; without a password. */
function registryUrl(env: Environment): URL {
  const named = ["npm_config_@lightfastai:registry", "npm_config_registry"].flatMap((name) =>
    Object.keys(env).flatMap((key) => (key.toLowerCase() === name ? [env[key] ?? ""] : [])),
  );
  const url = new URL(named.find((text) => /^https?:/.test(text) && URL.canParse(text)) ?? PUBLIC_REGISTRY);
  url.username = "";
  url.password = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
