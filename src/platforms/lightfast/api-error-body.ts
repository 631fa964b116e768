import type { HttpAnswer } from "../../http-client/types.ts";
import { isObject, parseJson } from "../../shared/json.ts";

/** The parts of an error body of REST API v1, `{ error, message, diagnostics? }`, as far as they are what they should be. */
export type ApiError = {
  readonly error: string;
  readonly message: string | undefined;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
};

/** Reads an error body; undefined where it is none of the API's, which always has an `error`. */
export const apiErrorOf = (answer: HttpAnswer): ApiError | undefined => {
  const body = parseJson(answer.body);
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
