import { programCommand, shellWord } from "../../config/invocation.ts";
import { parseOutput } from "../../mcp/catalog.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { LightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import { isObject } from "../../shared/json.ts";
import { PROGRAM } from "../../version.ts";
import { type Check, type CheckResult, failed, ok, toSentence, warning } from "../check.ts";
import { whyNoKeyNeeded } from "../entry.ts";
import type { ProbeResult } from "../probe.ts";
import { attemptId, judgeKey, REJECTIONS } from "../servers/lightfast.ts";
import { loginId, reportLogin } from "./credential.ts";

/** The first request, sent like those of the tools: with the same client and the same retries. */
export const health: Check = {
  id: "health",
  title: "Health",
  failure: "unreachable",
  hint: "Check the base URL, the network connection and the proxy settings.",
  needs: ["base-url", "proxy", "dns", "tcp", "tls"],
  limitMs: 5000,
  run: async ({ probe }, deadline) => {
    try {
      return await checkHealth(await probe.health(deadline));
    } catch (error) {
      if (error instanceof ToolError) return requestFailed(error);
      throw error;
    }
  },
};

export const accepted: Check = {
  id: "accepted",
  title: "Key accepted",
  failure: "credentials",
  hint: "",
  needs: ["key", "health"],
  skip: whyNoKeyNeeded,
  run: async (context, deadline) => {
    const { probe, target, settings, attempts, server, flags, env } = context;
    const result = await probe.health(deadline);
    const { baseUrl, apiKey = "" } = target;
    const judged = judgeKey(result);
    attempts.set(attemptId(baseUrl, apiKey), Promise.resolve(judged));
    if (!result.error) return ok("accepted");
    const own = judged.state === "rejected" ? loginId(server.readSettings(flags, env)) : undefined;
    const failure = { ...requestFailed(result.error), details: reportLogin(own, accepted.title, context) };
    return result.error.code === "invalid_token" ? { ...failure, hint: newKey(settings) } : failure;
  },
};

/** How to replace a rejected key, by where it is from. */
function newKey({ credential, profile, baseUrl, baseUrlSource }: LightfastSettings): string {
  const source = credential.state === "ready" ? credential.source : "";
  const create = "Create a key in Lightfast under Settings > API Keys.";
  // A variable also applies to the next command.
  const address = /^(?:profile |--)/.test(baseUrlSource) ? ` --base-url ${shellWord(baseUrl.href)}` : "";
  return source.startsWith("profile ")
    ? `${create} To store it, run: ${programCommand(`login --profile ${profile}${address}`)}`
    : `${create} Set ${source} to it, or remove ${source} and run: ${programCommand("login")}`;
}

/** The API checks the organization's setup before it looks for the signal. */
export const organization: Check = {
  id: "organization",
  title: "Organization set up",
  failure: "credentials",
  hint: "Ask an admin to finish the organization's setup in Lightfast.",
  needs: ["accepted"],
  skip: whyNoKeyNeeded,
  run: async ({ probe }, deadline) => {
    const { error } = await probe.missingSignal(deadline);
    if (!error || error.code === "not_found") return ok("can read signals");
    // The API checks the setup before it checks the key's scopes.
    if (error.code === "insufficient_scope") {
      return warning("The organization is set up, but this key cannot read signals.", { hint: error.hint });
    }
    return requestFailed(error);
  },
};

async function checkHealth({ ms, value, error }: ProbeResult): Promise<CheckResult> {
  const summary = `responded in ${Math.round(ms)} ms`;
  if (error) return REJECTIONS.has(error.code) ? ok(summary) : requestFailed(error);
  return ok(`${summary}${await formatVersion(value)}`);
}

/** @throws ToolError if the response does not match the API's schema */
async function formatVersion(value: unknown): Promise<string> {
  const { TOOLS } = await import("../../platforms/lightfast/tools.ts");
  const tool = TOOLS.find(({ name }) => name === "lightfast_system_health");
  const output = tool && parseOutput(tool, value, PROGRAM.name);
  return isObject(output) && output.version !== undefined ? `, API version ${output.version}` : "";
}

function requestFailed({ code, message, hint, unreachable }: ToolError): CheckResult {
  const failure = unreachable ? "unreachable" : "other";
  return failed(toSentence(message), { hint, failure: REJECTIONS.has(code) ? "credentials" : failure });
}
