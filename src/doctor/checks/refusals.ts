import type { ToolError } from "../../mcp/errors.ts";
import { type Failure, type Finding, failed } from "../finding.ts";

/** Codes that say: Lightfast is well, but does not let this key in. */
const REFUSALS: ReadonlySet<string> = new Set(["invalid_token", "insufficient_scope", "org_access_denied"]);

export const isRefusal = ({ code }: ToolError): boolean => REFUSALS.has(code);

/** What a failed request is a matter of; one without a whole answer has a reason instead of a status. */
const failureOf = (error: ToolError): Failure => {
  if (isRefusal(error)) return "credentials";
  return error.reason !== undefined && error.status === undefined ? "unreachable" : "other";
};

/** A failed request, with what the error itself advises. */
export const failedRequest = (error: ToolError): Finding =>
  failed(`${error.message}.`, { hint: error.hint, failure: failureOf(error) });
