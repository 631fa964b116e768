import { OPTIONS, type OptionName } from "../platforms/lightfast/config/part-options.ts";
import type { Remarks } from "./finding.ts";

/** The flag or variable at the head of a line about a setting: that is how the settings word all of them. */
export const headOf = (line: string): string => /^[^\s:]*/.exec(line)?.[0] ?? "";

/** The flag and the variables of an option. */
export const namesOf = (option: OptionName): readonly string[] => [
  OPTIONS[option].flag,
  ...OPTIONS[option].variables,
];

/** The lines that are about one of these flags or variables. */
export const linesAbout = (lines: readonly string[], names: readonly string[]): readonly string[] =>
  lines.filter((line) => names.includes(headOf(line)));

/** What there is to say of placeholders that were not expanded. */
export const unexpanded = (notices: readonly string[]): Remarks => ({
  details: notices,
  hint: "Whoever started this program put nothing in place of that text: write the value itself there, or remove it.",
});
