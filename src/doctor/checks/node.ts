import { engines } from "../../../package.json";
import type { Check } from "../check.ts";
import { failed, ok } from "../finding.ts";

const MINIMUM = engines.node.replace(/^>=/, "");

/** Whether one version is at least another, by its three numbers. */
const isAtLeast = (version: string, minimum: string): boolean => {
  const [have, want] = [version, minimum].map((text) => text.split(".").map(Number));
  const first = want?.findIndex((part, index) => have?.[index] !== part) ?? -1;
  return first === -1 || Number(have?.[first]) > Number(want?.[first]);
};

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
