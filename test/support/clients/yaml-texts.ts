import fc from "fast-check";

type Lines = readonly string[];

const commentText = fc.stringMatching(/^[ a-z"{}[\],:'é-]{0,12}$/);
const comment = commentText.map((text) => `# ${text}`);
const lineEnd = fc
  .tuple(fc.constantFrom("", " "), fc.option(comment, { nil: "", freq: 4 }))
  .map(([blank, text]) => (text === "" ? blank : ` ${text}`));

/** Blank lines and comments, at any depth. */
const filler: fc.Arbitrary<Lines> = fc.array(
  fc.oneof(
    fc.constant(""),
    fc.tuple(fc.constantFrom("", " ", "  ", "      "), comment).map((parts) => parts.join("")),
  ),
  { maxLength: 2 },
);
function rarely<T>(arbitrary: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary });
}

const inline = fc.constantFrom(
  "1",
  "~",
  "plain text",
  "it's # not",
  '"a: b # c"',
  "'it''s'",
  "[a, {b: c}, 'd]']",
  "{a: 1, b: [x]}",
  "{}",
  "[]",
  "!tag text",
  "2001-12-14",
  "",
);

/** Values of several lines, without indentation. */
const multiLine: fc.Arbitrary<{ readonly head: string; readonly body: Lines }> = fc.constantFrom(
  { head: "|", body: ["text", "", "# no comment", "  deeper"] },
  { head: "|-", body: ["extensions:", "  lightfast: no"] },
  { head: ">+", body: ["folded", "text", "", ""] },
  { head: '"quoted', body: ['goes # on"'] },
  { head: "plain", body: ["goes on"] },
  { head: "[a,", body: ["b, # c", "c]"] },
  { head: "{a: 1,", body: ["b: 2}"] },
);

function indented(depth: number, body: Lines): Lines {
  return body.map((line) => (line === "" ? "" : " ".repeat(depth) + line));
}

/** A block mapping with foreign keys. */
function mapping(depth: number, unit: number): fc.Arbitrary<Lines> {
  return fc
    .array(fc.tuple(rarely(filler, []), fc.nat(9), child(depth, unit)), { minLength: 1, maxLength: 3 })
    .map((all) =>
      all.flatMap(([before, _, [head = "", ...body]], at) => [...before, `k${at}:${head}`, ...body]),
    );
}

function spaced(text: string): string {
  return text === "" ? "" : ` ${text}`;
}

/** The value of a key: the rest of its line, and the lines below. */
function child(depth: number, unit: number): fc.Arbitrary<Lines> {
  const plain = fc.tuple(inline, lineEnd).map(([text, end]) => [`${spaced(text)}${end}`]);
  const long = multiLine.map(({ head, body }) => [` ${head}`, ...indented(unit, body)]);
  if (depth > 1) return fc.oneof(plain, long);
  const below = fc.tuple(lineEnd, rarely(filler, []), mapping(depth + 1, unit));
  const items = fc.array(fc.constantFrom("- a", "- b: 1", "- - c"), { minLength: 1, maxLength: 2 });
  return fc.oneof(
    { weight: 3, arbitrary: plain },
    { weight: 1, arbitrary: long },
    { weight: 2, arbitrary: below.map(([end, before, body]) => [end, ...before, ...indented(unit, body)]) },
    { weight: 1, arbitrary: items.map((body) => ["", ...indented(unit, body)]) },
  );
}

/** The container in all its forms, or nothing. */
function container(unit: number): fc.Arbitrary<Lines> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom("", " {}", " { }", " {k: 1}", " { k: {a: 1}, }", " {\n  k: 1 # c\n  }"),
          lineEnd,
        )
        .map(([text, end]) => [`extensions:${text}${end}`]),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(lineEnd, rarely(filler, []), mapping(1, unit))
        .map(([end, before, body]) => [`extensions:${end}`, ...before, ...indented(unit, body)]),
    },
  );
}

const blockDocument = fc.integer({ min: 1, max: 4 }).chain((unit) =>
  fc
    .tuple(rarely(mapping(0, unit), []), container(unit), fc.boolean(), filler)
    .map(([others, own, first, end]) => {
      const last = others.map((line) => line.replace(/^k/, "z"));
      return first ? [...own, ...last, ...end] : [...last, ...end, ...own];
    }),
);

const flowDocument = fc.constantFrom(
  "{}",
  "{a: 1}",
  '{"a": 1, "extensions": {}}',
  "{extensions: {k: {a: 1}}, b: 2}",
  "{ a: 1,\n  extensions: { }, # c\n}",
);

const document: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: blockDocument.map((all) => all.join("\n")) },
  { weight: 1, arbitrary: flowDocument },
  { weight: 1, arbitrary: filler.map((all) => all.join("\n")) },
);

/** YAML documents, mostly valid, with either line break, some without one at the end. */
export const yamlTexts: fc.Arbitrary<string> = fc
  .tuple(
    rarely(fc.constantFrom("---\n", "%YAML 1.2\n---\n", "# head\n\n", "--- # start\n"), ""),
    document,
    rarely(fc.constantFrom("", "\n...\n", "\n\n\n", "\n# end"), "\n"),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([start, text, end, windows, bom]) => {
    const whole = start + text + end;
    return (bom ? "\uFEFF" : "") + (windows ? whole.replaceAll("\n", "\r\n") : whole);
  });
