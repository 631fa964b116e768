import type { Reader } from "../../../config/reader.ts";
import type { Found, Parsed } from "../../../config/values.ts";
import { committeeName } from "../groups.ts";
import { POLICY, type PolicyRow, TOOL_NAMES, type ToolName } from "../policy.ts";
import type { LfxOptionName } from "./options.ts";

/** Words between commas; a blank one is a slip of the pen that might hide another. */
export const parseWords = ({ value, source }: Found): Parsed<readonly string[]> => {
  const words = value.split(",").map((word) => word.trim());
  return words.every(Boolean)
    ? { value: words }
    : { problem: `${source} has a blank entry: write the words with one comma between them.` };
};

const DEFAULT_TOOLS: readonly ToolName[] = TOOL_NAMES.filter((name) => (POLICY[name] as PolicyRow).byDefault);

/**
 * The tools that are to be offered. A name that is none is passed over with a notice, because lists outlive tools.
 */
export const readSelection = ({ read, notices, problems }: Reader<LfxOptionName>): readonly ToolName[] => {
  const words = read("tools", parseWords, undefined);
  if (!words) return DEFAULT_TOOLS;
  const unknown = words.filter((word) => committeeName(word) === undefined);
  if (unknown.length === words.length)
    problems.push(
      `None of the tools that are named exists: ${words.join(", ")}. See: lightfast-mcp lfx tools`,
    );
  else if (unknown.length > 0)
    notices.push(`There are no tools named ${unknown.join(", ")}; they are passed over.`);
  return [...new Set(words.flatMap((word) => committeeName(word) ?? []))];
};
