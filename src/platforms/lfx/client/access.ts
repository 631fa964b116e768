import { ToolError } from "../../../mcp/errors.ts";
import { isObject } from "../../../shared/json.ts";
import type { Rest } from "../api.ts";
import { ACCESS_ADVICE, unusable } from "../errors.ts";

const DOING = "check access";

/**
 * What was found, of a line `<object>#<relation>@<user>`, a tab, and that. A machine's name holds an `@` of its own, so
 * the line is held against the question instead of being cut at one.
 */
const answerIn = (line: unknown, request: string): string => {
  const [left = "", ...found] = typeof line === "string" ? line.split("\t") : [];
  if (found.length === 0 || !left.includes("@"))
    throw unusable(DOING, "a result has not the form that was agreed");
  if (!left.startsWith(`${request}@`)) throw unusable(DOING, "another question was answered than was asked");
  return found.join("\t");
};

/** Whatever is not plainly a yes to just this question is none. */
const isAllowed = (body: unknown, request: string): boolean => {
  const results = isObject(body) ? body.results : undefined;
  if (!Array.isArray(results)) throw unusable(DOING, "the answer holds no results");
  if (results.length !== 1) throw unusable(DOING, `one question was asked, and ${results.length} answered`);
  return answerIn(results[0], request) === "true";
};

/**
 * Asks LFX whether the caller may write to a project.
 * @param lfx called in the caller's name
 * @throws ToolError `insufficient_scope` where he may not
 */
export const assertWriter = async (projectUid: string, lfx: Rest): Promise<void> => {
  const request = `project:${projectUid}#writer`;
  const answer = await lfx.send({
    method: "POST",
    path: "/access-check",
    query: { v: 1 },
    json: { requests: [request] },
    safe: true,
    doing: DOING,
  });
  if (isAllowed(answer.json(), request)) return;
  throw new ToolError("insufficient_scope", `Access denied: no writer relation to project ${projectUid}`, {
    hint: ACCESS_ADVICE,
  });
};
