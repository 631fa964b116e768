import { isObject } from "../core/jsonrpc.ts";
import type { HttpAnswer } from "../net/exchange.ts";

/** The parts of an error body of REST API v1, `{ error, message, diagnostics? }`, as far as they are what they should be. */
export type ApiError = {
  readonly error: string;
  readonly message: string | undefined;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
};

const MAX_QUOTE = 500;

/**
 * Text of another system, to be shown between double quotes to a reader who must not take it for ours: one line, without
 * control characters or such quotes, at most 500 characters.
 */
export const clean = (text: string): string => {
  const line = text
    .replaceAll('"', "'")
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim();
  // By characters, so that none is cut in two.
  return [...line.slice(0, 2 * MAX_QUOTE)].slice(0, MAX_QUOTE).join("");
};

/** The JSON value of a text; undefined where it is none. */
export const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** Reads an error body; undefined where it is none of the API's, which always has an `error`. */
export const apiErrorOf = (answer: HttpAnswer): ApiError | undefined => {
  const body = parse(answer.body);
  if (!isObject(body) || typeof body.error !== "string") return undefined;
  return {
    error: body.error,
    message: typeof body.message === "string" ? body.message : undefined,
    diagnostics: Array.isArray(body.diagnostics) ? body.diagnostics.filter(isObject) : [],
  };
};

/** The diagnostics in one line: each field with what is wrong with it. */
export const diagnosticsOf = ({ diagnostics }: ApiError): string =>
  diagnostics
    .map(({ path, message }) => {
      const names = Array.isArray(path) ? path.filter((key) => /string|number/.test(typeof key)) : [];
      const field = names.length > 0 ? `${names.join(".")}: ` : "";
      return `${field}${typeof message === "string" ? message : ""}`;
    })
    .filter(Boolean)
    .join("; ");
