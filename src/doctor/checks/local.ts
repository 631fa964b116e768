import { readFileSync, realpathSync } from "node:fs";
import { version } from "../../version.ts";
import type { Check } from "../check.ts";
import { ok, warning } from "../finding.ts";

const NAME = "@lightfastai/mcp";

const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** The folder in which npx keeps what it was asked for, where the path lies in one. */
const npxFolder = (path: string): string | undefined => /^.*[\\/]_npx[\\/][^\\/]+/.exec(path)?.[0];

/** Whether npx looks for a newer version at each start: it does so for a tag such as `latest`. */
const isAskedForLatest = (folder: string): boolean => {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))._npx.packages.includes(
      `${NAME}@latest`,
    );
  } catch {
    return false;
  }
};

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
