import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { OptionRow } from "../../src/config/reader.ts";
import { markdownTable } from "./markdown.ts";

export const code = (text: string): string => `\`${text}\``;

export const firstSentence = (text: string): string => `${text.split(/[.:] /)[0]}.`;

export const optionsTable = (options: Readonly<Record<string, OptionRow>>): string =>
  markdownTable(
    ["Option", "Variable", "Default", "Meaning"],
    Object.values(options).map(({ flag, argument, variables, default: value, description }) => [
      code(argument ? `${flag} <${argument}>` : flag),
      variables.map(code).join(", "),
      value ? code(value) : "",
      description,
    ]),
  );

/** Holds the sections of a page, each between two comments of its name, against what they should be. */
export const expectSections = async (
  page: string,
  sections: Readonly<Record<string, string>>,
): Promise<void> => {
  const rendered = Object.entries(sections).reduce(
    (text, [name, body]) =>
      text.replace(
        new RegExp(`(<!-- ${name}: [^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, start, end) => `${start}\n${body}\n\n${end}`,
      ),
    readFileSync(page, "utf8"),
  );
  for (const body of Object.values(sections)) expect(rendered).toContain(body);
  await expect(rendered).toMatchFileSnapshot(`../../${page}`);
};
