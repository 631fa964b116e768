import fc from "fast-check";

const commentText = fc.stringMatching(/^[ a-z"{}[\],='é-]{0,12}$/);
const blank = fc.constantFrom("", " ", "  ", "\t");
const comment = commentText.map((text) => `#${text}`);
const lineEnd = fc.tuple(blank, fc.option(comment, { nil: "", freq: 4 })).map((parts) => parts.join(""));

const scalar = fc.oneof(
  fc.constantFrom(
    "1",
    "0x1F",
    "1_000.5e3",
    "nan",
    "true",
    "1979-05-27T07:32:00Z",
    "07:32:00",
    '"a # b [x] = \\" c"',
    "'C:\\path # [no]'",
    '"""\n[mcp_servers.not_a_table]\nquotes: ""\\" " end"""""',
    "'''\n# no comment\n[not]\n it''s'''",
    "9223372036854775807",
  ),
  fc.stringMatching(/^[ -~é]{0,8}$/).map((text) => JSON.stringify(text)),
);

const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    { weight: 4, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.array(fc.tuple(fc.constantFrom("", " ", "\n  ", " # [one\n"), tie("value")), { maxLength: 3 }),
          fc.constantFrom("", ",", ", # ]\n"),
          fc.constantFrom("", "\n"),
        )
        .map(([items, trailing, inner]) =>
          items.length > 0
            ? `[${items.map((parts) => parts.join("")).join(" ,")}${trailing}${inner}]`
            : `[${inner}]`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("value"), { maxLength: 2 })
        .map((all) => `{${all.map((text, at) => ` k${at} = ${text}`).join(",")} }`),
    },
  ),
})).value;

function key(at: number): fc.Arbitrary<string> {
  return fc.constantFrom(`k${at}`, `"k${at} ]#"`, `'k${at}='`, `k${at}.a`, `k${at} . "b.c"`);
}

function lines(body: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...body).map((all) => all.map((text) => `${text}\n`).join(""));
}

const filler = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.tuple(blank, comment).map((parts) => `${parts.join("")}\n`) },
  { weight: 1, arbitrary: blank.map((text) => `${text}\n`) },
);

const pairs = fc
  .integer({ min: 0, max: 3 })
  .chain((count) =>
    lines(
      Array.from({ length: count }, (_, at) =>
        fc
          .tuple(filler, blank, key(at), blank, blank, value, lineEnd)
          .map(
            ([before, indent, name, one, other, text, end]) =>
              `${before}${indent}${name}${one}=${other}${text}${end}`,
          ),
      ),
    ),
  );

const HEADERS = [
  ["[mcp_servers]", "[ mcp_servers ]"],
  ["[mcp_servers.other]", '[mcp_servers."other one"]'],
  ["[mcp_servers.lightfast2]", "[mcp_servers . 'light' . fast]"],
  ["[profiles.work]", "[profiles]"],
  ["[[things]]", "[[ things ]]"],
  ["[[things]]", "[things.inner]"],
  ['["mcp_servers.lightfast"]', "[lightfast.mcp_servers]"],
] as const;

function section(forms: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(filler, filler, blank, fc.constantFrom(...forms), lineEnd, pairs)
    .map(([one, other, indent, header, end, body]) => `${one}${other}${indent}${header}${end}\n${body}`);
}

const sections = fc
  .subarray([...HEADERS])
  .chain((chosen) => fc.tuple(...chosen.map((forms) => section(forms))))
  .map((all) => all.join(""));

/** TOML documents, mostly valid, with either line break, some without one at the end. */
export const tomlTexts: fc.Arbitrary<string> = fc
  .tuple(pairs, sections, filler, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([root, tables, end, cut, windows, bom]) => {
    const text = (root + tables + end).replace(cut ? /\n$/ : /(?!)/, "");
    return (bom ? "\uFEFF" : "") + (windows ? text.replaceAll("\n", "\r\n") : text);
  });
