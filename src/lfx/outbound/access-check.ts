import { ToolError } from "../../core/errors.ts";
import { isObject } from "../../core/jsonrpc.ts";
import type { Rest } from "../api.ts";
import { ACCESS_ADVICE, unusable } from "../errors.ts";

const DOING = "check access";

/** `<object>#<relation>@<user>` and what was found, with a tab between; the user may hold an `@` of his own. */
const parseResult = (line: unknown): { request: string; allowed: boolean } => {
  const [left = "", right] = typeof line === "string" ? line.split("\t") : [];
  const at = left.lastIndexOf("@");
  if (right === undefined || at < 0) throw unusable(DOING, "a result has not the form that was agreed");
  return { request: left.slice(0, at), allowed: right === "true" };
};

/** Whatever is not plainly a yes to just this question is none. */
const isAllowed = (body: unknown, request: string): boolean => {
  const results = isObject(body) ? body.results : undefined;
  if (!Array.isArray(results)) throw unusable(DOING, "the answer holds no results");
  if (results.length !== 1) throw unusable(DOING, `one question was asked, and ${results.length} answered`);
  const found = results.map(parseResult).find((result) => result.request === request);
  if (!found) throw unusable(DOING, "another question was answered than was asked");
  return found.allowed;
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
    doing: DOING,
  });
  if (isAllowed(answer.json(), request)) return;
  throw new ToolError("insufficient_scope", `Access denied: no writer relation to project ${projectUid}`, {
    hint: ACCESS_ADVICE,
  });
};
