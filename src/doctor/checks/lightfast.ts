import { parseOutput } from "../../mcp/catalog.ts";
import { ToolError } from "../../mcp/errors.ts";
import { isObject } from "../../shared/json.ts";
import type { Check } from "../check.ts";
import { type Finding, ok } from "../finding.ts";
import type { Reading } from "../probe.ts";
import { failedRequest, isRefusal } from "./refusals.ts";

/** @throws ToolError where the answer is not what the API promises */
const versionIn = async (value: unknown): Promise<string> => {
  const { TOOLS } = await import("../../platforms/lightfast/tools.ts");
  const tool = TOOLS.find(({ name }) => name === "lightfast_system_health");
  const answer = tool && parseOutput(tool, value);
  return isObject(answer) && answer.version !== undefined ? `, API version ${answer.version}` : "";
};

const judge = async ({ ms, value, error }: Reading): Promise<Finding> => {
  const summary = `answered after ${Math.round(ms)} ms`;
  if (error) return isRefusal(error) ? ok(summary) : failedRequest(error);
  return ok(`${summary}${await versionIn(value)}`);
};

/** The first request as a tool makes it: through the same client, with the same retries. */
export const health: Check = {
  id: "health",
  title: "Health",
  failure: "unreachable",
  hint: "Check the base URL, the network connection and the proxy settings.",
  needs: ["base-url", "proxy", "dns", "tcp", "tls"],
  limitMs: 5000,
  run: async ({ lightfast }, deadline) => {
    try {
      return await judge(await lightfast.health(deadline));
    } catch (error) {
      if (error instanceof ToolError) return failedRequest(error);
      throw error;
    }
  },
};
