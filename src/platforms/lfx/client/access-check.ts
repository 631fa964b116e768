import { isObject } from "../../../shared/json.ts";
import type { RestClient } from "../api.ts";
import { unusableResponse } from "../errors.ts";

const OPERATION = "check access";

/** Relations that one request asks about. */
const MAX_RELATIONS = 100;

/**
 * Asks LFX, in the name of its caller, which relations the caller has.
 * @param relations `<type>:<id>#<relation>`
 * @returns those that are granted
 * @throws ToolError unless each one is answered: a missing answer is no denial
 */
export async function checkAccess(
  lfx: RestClient,
  relations: readonly string[],
): Promise<ReadonlySet<string>> {
  const distinct = [...new Set(relations)];
  const granted: string[] = [];
  for (let start = 0; start < distinct.length; start += MAX_RELATIONS) {
    const requests = distinct.slice(start, start + MAX_RELATIONS);
    const response = await lfx.send({
      method: "POST",
      path: "/access-check",
      query: { v: 1 },
      json: { requests },
      safe: true,
      operation: OPERATION,
    });
    const results = readResults(response.json(), requests);
    granted.push(...requests.filter((request) => results.get(request) === "true"));
  }
  return new Set(granted);
}

/**
 * Reads the results of a check, `<object>#<relation>@<user>\t<result>`, which come in any order. A machine's user name
 * contains `@`, so a line belongs to the request that it starts with.
 * @throws ToolError `upstream_error` unless the response answers exactly these requests
 */
function readResults(body: unknown, requests: readonly string[]): ReadonlyMap<string, string> {
  const lines = isObject(body) ? body.results : undefined;
  const unusable = (problem: string) => unusableResponse(OPERATION, problem);
  if (!Array.isArray(lines)) throw unusable("the response has no results");
  if (lines.length !== requests.length)
    throw unusable(`expected ${requests.length} results, but received ${lines.length}`);
  const results = new Map<string, string>();
  for (const line of lines) {
    const [, checked = "", result] = typeof line === "string" ? (LINE.exec(line) ?? []) : [];
    if (result === undefined) throw unusable("a result has an unknown format");
    const request = requests.find((one) => checked.startsWith(`${one}@`));
    if (request === undefined) throw unusable("a result is for another check");
    results.set(request, result);
  }
  if (results.size !== requests.length) throw unusable("a check has no result");
  return results;
}

const LINE = /^([^\t]*@[^\t]*)\t(true|false)$/;
