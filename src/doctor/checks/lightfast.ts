import { parseOutput } from "../../mcp/catalog.ts";
import { ToolError } from "../../mcp/errors.ts";
import { isObject } from "../../shared/json.ts";
import { type CheckResult, type Failure, failed, ok, warning } from "../finding.ts";
import type { Reading } from "../probe.ts";
import type { Check } from "../run.ts";

/** Codes that say: Lightfast is well, but does not let this key in. */
const REFUSALS: ReadonlySet<string> = new Set(["invalid_token", "insufficient_scope", "org_access_denied"]);

function isRefusal({ code }: ToolError): boolean {
  return REFUSALS.has(code);
}

function failureOf(error: ToolError): Failure {
  if (isRefusal(error)) return "credentials";
  return error.unreachable ? "unreachable" : "other";
}

/** A failed request, with what the error itself advises. */
function failedRequest(error: ToolError): CheckResult {
  return failed(`${error.message}.`, { hint: error.hint, failure: failureOf(error) });
}

/** @throws ToolError where the answer is not what the API promises */
async function versionIn(value: unknown): Promise<string> {
  const { TOOLS } = await import("../../platforms/lightfast/tools.ts");
  const tool = TOOLS.find(({ name }) => name === "lightfast_system_health");
  const answer = tool && parseOutput(tool, value);
  return isObject(answer) && answer.version !== undefined ? `, API version ${answer.version}` : "";
}

async function judge({ ms, value, error }: Reading): Promise<CheckResult> {
  const summary = `answered after ${Math.round(ms)} ms`;
  if (error) return isRefusal(error) ? ok(summary) : failedRequest(error);
  return ok(`${summary}${await versionIn(value)}`);
}

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

/** Whether Lightfast takes the key. */
export const accepted: Check = {
  id: "accepted",
  title: "Key accepted",
  failure: "credentials",
  hint: "Create a key in Lightfast under Settings > API Keys.",
  needs: ["key", "health"],
  run: async ({ lightfast }, deadline) => {
    const { error } = await lightfast.health(deadline);
    return error ? failedRequest(error) : ok("Lightfast takes the key");
  },
};

/** Asks for a signal that does not exist: only an organization that is set up gets to hear that. */
export const organization: Check = {
  id: "organization",
  title: "Organization set up",
  failure: "credentials",
  hint: "Ask an admin to finish the organization's setup in Lightfast.",
  needs: ["accepted"],
  run: async ({ lightfast }, deadline) => {
    const { error } = await lightfast.noSignal(deadline);
    if (!error || error.code === "not_found") return ok("signals can be read");
    // The API looks at the setup before it looks at the permission.
    if (error.code === "insufficient_scope") {
      return warning("The setup is finished, but this key may not read signals.", { hint: error.hint });
    }
    return failedRequest(error);
  },
};
