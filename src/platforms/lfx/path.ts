import { ToolError } from "../../mcp/errors.ts";

/** What would be taken for a step in the path, or cannot be encoded at all. */
const UNFIT = /^\.{0,2}$|\p{Surrogate}/u;

const part = (value: string): string => {
  if (!UNFIT.test(value)) return encodeURIComponent(value);
  throw new ToolError("invalid_input", `${JSON.stringify(value)} cannot be part of an address`, {
    hint: "Nothing was sent. Correct the arguments and call again.",
  });
};

/**
 * A path with its values percent-encoded: pathOf`/committees/${uid}`.
 * @throws ToolError `invalid_input` for a value that would lead elsewhere
 */
export const pathOf = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((path, text, index) => `${path}${part(values[index - 1] ?? "")}${text}`);
