/** A path with its values percent-encoded: pathOf`/committees/${uid}`. */
export const pathOf = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((path, part, index) => `${path}${encodeURIComponent(values[index - 1] ?? "")}${part}`);
