import type { OptionRow } from "../../src/config/reader.ts";

export function code(text: string): string {
  return `\`${text}\``;
}

export function firstSentence(text: string): string {
  return `${text.split(/[.:](?: |$)/)[0]}.`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export function optionsTable(options: Readonly<Record<string, OptionRow>>): string {
  return markdownTable(
    ["Option", "Variable", "Default", "Meaning"],
    Object.values(options).map(({ flag, argument, variables, default: value, description }) => [
      code(argument ? `${flag} <${argument}>` : flag),
      variables.map(code).join(", "),
      value ? code(value) : "",
      description,
    ]),
  );
}

/**
 * `page` with the text of each section replaced. A section starts with `<!-- name: … -->` and ends with `<!-- /name -->`.
 * @throws Error if the page lacks a section
 */
export function replaceSections(page: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((text, [name, body]) => {
    const section = new RegExp(`(<!-- ${name}: [^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!section.test(text)) throw new Error(`The page has no section "${name}".`);
    return text.replace(section, (_, start, end) => `${start}\n${body}\n\n${end}`);
  }, page);
}
