import fc from "fast-check";

const commentText = fc.stringMatching(/^[ a-z"{}[\],:é#-]{0,12}$/);

/** Whitespace and comments between two tokens. */
const trivia = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("", " ", "  ", "\t", "\n", "\n   ", "\n\t\t") },
      { weight: 1, arbitrary: commentText.map((text) => `// ${text}\n`) },
      { weight: 1, arbitrary: commentText.map((text) => `/* ${text} */`) },
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(""));

/** Brackets around items, sometimes with a trailing comma. */
function bracketed(brackets: string, items: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string> {
  return fc.tuple(items, trivia, fc.boolean()).map(([texts, inner, trailing]) => {
    const comma = trailing && texts.length > 0 ? "," : "";
    return brackets[0] + texts.join(",") + comma + inner + brackets[1];
  });
}

function around(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(trivia, text, trivia).map((parts) => parts.join(""));
}

const scalar = fc.oneof(
  fc.constantFrom("null", "true", "0", "-1.50", "1e3", '""', '"\\u0041\\n"', '"// no comment"', '"a, }"'),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
);

/** Foreign properties. The number makes their keys unique. */
function properties(value: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  return fc
    .array(fc.tuple(fc.string({ maxLength: 5 }), trivia, around(value)), { maxLength: 4 })
    .map((all) => all.map(([key, before, text], at) => `${before}${JSON.stringify(at + key)}:${text}`));
}

const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: bracketed("[]", fc.array(around(tie("value")), { maxLength: 3 })) },
    { weight: 1, arbitrary: bracketed("{}", properties(tie("value"))) },
  ),
})).value;

const object = bracketed("{}", properties(value));

/** An object that already has the container. */
const withContainer = bracketed(
  "{}",
  fc
    .tuple(properties(value), fc.tuple(trivia, trivia, around(object)), fc.nat(4))
    .map(([others, [before, between, container], at]) =>
      others.toSpliced(at, 0, `${before}"mcpServers"${between}:${container}`),
    ),
);

const document = fc.oneof(
  { weight: 1, arbitrary: trivia },
  { weight: 3, arbitrary: around(object) },
  { weight: 6, arbitrary: around(withContainer) },
);

/** JSON with comments, with either line break, with and without a byte order mark. */
export const jsonTexts: fc.Arbitrary<string> = fc
  .tuple(document, fc.boolean(), fc.boolean())
  .map(([text, windows, bom]) => (bom ? "\uFEFF" : "") + (windows ? text.replaceAll("\n", "\r\n") : text));
