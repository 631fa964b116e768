import { expect, test } from "vitest";
import { FormatError, getIn } from "../../../../src/clients/formats/format.ts";
import { yaml } from "../../../../src/clients/formats/yaml.ts";

const PATH = ["extensions", "us"];
const ENTRY = { cmd: "npx", args: ["-y"] };
const PAIR = "us:\n  cmd: npx\n  args:\n    - -y";
const FLOW = "us: { cmd: npx, args: [ -y ] }";

function indented(text: string, by: string): string {
  return text.replaceAll(/^/gm, by);
}

test.each([
  ["below the others", "extensions:\n  a: 1\nb: 2\n", `extensions:\n  a: 1\n${indented(PAIR, "  ")}\nb: 2\n`],
  [
    "below the comments of the others",
    "extensions:\n  a: 1 # one\n  # two\n# three\nb: 2\n",
    `extensions:\n  a: 1 # one\n  # two\n${indented(PAIR, "  ")}\n# three\nb: 2\n`,
  ],
  [
    "below a block scalar",
    "extensions:\n  a: |\n    x\n\n  b: >-\n    y\n\nz: 1\n",
    `extensions:\n  a: |\n    x\n\n  b: >-\n    y\n${indented(PAIR, "  ")}\n\nz: 1\n`,
  ],
  ["in a new mapping", "b: 2", `b: 2\nextensions:\n${indented(PAIR, "  ")}`],
  [
    "before the document end marker",
    "---\nb: 2\n...\n",
    `---\nb: 2\nextensions:\n${indented(PAIR, "  ")}\n...\n`,
  ],
  ["below a comment", "# mine\n", `# mine\nextensions:\n${indented(PAIR, "  ")}\n`],
  ["after other pairs in braces", "extensions: { a: 1 }\n", `extensions: { a: 1, ${FLOW} }\n`],
  ["in a flow mapping", '{"a": 1}\n', `{"a": 1, extensions: { ${FLOW} }}\n`],
])("adds the entry %s", (_, before, after) => {
  expect(yaml.set(before, PATH, ENTRY)).toBe(after);
  expect(yaml.remove(after, PATH)).toBe(before);
});

test.each([
  ["in an empty file", "", `extensions:\n${indented(PAIR, "  ")}\n`, undefined],
  [
    "in place of empty braces",
    "extensions: {} # c\n",
    `extensions: # c\n${indented(PAIR, "  ")}\n`,
    "extensions: # c\n",
  ],
  [
    "below a key without a value",
    "extensions: # c\nb: 2\n",
    `extensions: # c\n${indented(PAIR, "  ")}\nb: 2\n`,
    "extensions: # c\nb: 2\n",
  ],
  ["in place of an empty document", "{}\n", `extensions:\n${indented(PAIR, "  ")}\n`, undefined],
])("adds the entry as a block %s", (_, before, after, restored) => {
  expect(yaml.set(before, PATH, ENTRY)).toBe(after);
  expect(yaml.remove(after, PATH)).toBe(restored);
});

test("a property is edited alone, so that comments and the order of the others stay", () => {
  const text =
    "extensions:\n  us: # ours\n    cmd: npx # why\n    # about env\n    envs:\n      A: 1 # one\n  b: 1\n";
  expect(yaml.set(text, [...PATH, "cmd"], "node")).toBe(text.replace("npx", "node"));
  expect(yaml.set(text, [...PATH, "envs", "A"], "2")).toBe(text.replace("A: 1", 'A: "2"'));
  expect(yaml.set(text, [...PATH, "envs", "B"], "x")).toBe(text.replace("# one\n", "# one\n      B: x\n"));
  expect(yaml.set(text, [...PATH, "on"], true)).toBe(text.replace("# one\n", "# one\n    on: true\n"));
  expect(yaml.remove(text, [...PATH, "cmd"])).toBe(text.replace("cmd: npx # why", "# why"));
});

test("uses the file's indentation, line breaks and byte order mark", () => {
  const before = "\uFEFFextensions: # all\r\n   a:\r\n      b: 1\r\n";
  const after = yaml.set(before, PATH, ENTRY);
  expect(after).toBe(`${before}   us:\r\n      cmd: npx\r\n      args:\r\n         - -y\r\n`);
  expect(yaml.remove(after, PATH)).toBe(before);
});

test("remove deletes a file that set created", () => {
  const text = yaml.set(undefined, PATH, ENTRY);
  expect(text).toBe(`extensions:\n${indented(PAIR, "  ")}\n`);
  expect(yaml.remove(text, PATH)).toBeUndefined();
});

test.each([
  [
    "in block style",
    "extensions:\n  us:\n    cmd: old\n  # c\n  b: 1\n",
    `extensions:\n${indented(PAIR, "  ")}\n  # c\n  b: 1\n`,
  ],
  ["on one line", "extensions: {us: old, b: 1}\n", `extensions: {${FLOW}, b: 1}\n`],
])("an existing entry %s is replaced in place", (_, before, after) => {
  expect(yaml.set(before, PATH, ENTRY)).toBe(after);
});

test.each([
  ["a comment after it", "extensions:\n  us: 1 # note\n  b: 2\n", "extensions:\n  # note\n  b: 2\n"],
  ["a comment above it", "extensions:\n  # note\n  us: 1\nb: 2\n", "extensions:\n  # note\nb: 2\n"],
  ["a comment after the outer key", "extensions: # note\n  us: 1\n", "extensions: # note\n"],
  ["other pairs on its line", "extensions: {a: 1, us: 2}\n", "extensions: {a: 1}\n"],
])("remove keeps %s", (_, before, after) => {
  expect(yaml.remove(before, PATH)).toBe(after);
});

test("a tab anywhere in a text is rejected, or the entry can be removed again", () => {
  for (const text of [
    "\nextensions: {} # \n",
    "extensions: # c\n\nb: 1\n",
    "extensions: {} # c\n  \n# d\n\n",
  ]) {
    for (let offset = 0; offset <= text.length; offset += 1) {
      for (const bom of ["", "\uFEFF"]) {
        const before = `${bom}${text.slice(0, offset)}\t${text.slice(offset)}`;
        let after: string;
        try {
          after = yaml.set(before, PATH, ENTRY);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          continue;
        }
        const removed = yaml.remove(after, PATH) ?? "";
        expect(getIn(yaml.parse(removed), PATH)).toBeUndefined();
        expect(yaml.set(removed, PATH, ENTRY)).toContain("cmd: npx");
      }
    }
  }
});

test.each([
  ["\t", ""],
  ["\n\t", "\n"],
  ["\t\nb: 1\n", "\nb: 1\n"],
  ["\t\r\nb: 1\r\n", "\r\nb: 1\r\n"],
])(
  "remove clears the tabs of blank lines that the parser rejects after a key without a value: %j",
  (end, cleared) => {
    expect(yaml.remove(`extensions: # c\n${indented(PAIR, "  ")}\n${end}`, PATH)).toBe(
      `extensions: # c\n${cleared}`,
    );
    expect(yaml.remove(`a:\nextensions:\n${indented(PAIR, "  ")}\n${end}`, PATH)).toBe(`a:\n${cleared}`);
  },
);

test.each(["!t", "&a"])("remove keeps a key with a %s", (sign) => {
  const after = yaml.set(`${sign} extensions: {}\nb: 1\n`, PATH, ENTRY);
  expect(yaml.remove(after, PATH)).toBe(`${sign} extensions:\nb: 1\n`);
});

test.each([
  ["after a tag", "extensions: !!map\n", "\n"],
  ["after an anchor", "&x\nextensions:\n", "\n"],
  ["where a byte order mark would be the first character", "extensions:\n", "\n\uFEFFb: 1\n"],
])("remove leaves braces %s", (_, start, end) => {
  expect(yaml.remove(`${start}${indented(PAIR, "  ")}${end}`, PATH)).toBe(`${start}  {}${end}`);
});

test("names that YAML would parse as another type stay strings", () => {
  for (const name of ["123", "true", "null", "-", "1e3"]) {
    const after = yaml.set("extensions:\n  a: 1\n", ["extensions", name], ENTRY);
    expect(yaml.parse(after)).toEqual(
      new Map([
        [
          "extensions",
          new Map<string, unknown>([
            ["a", 1],
            [
              name,
              new Map<string, unknown>([
                ["cmd", "npx"],
                ["args", ["-y"]],
              ]),
            ],
          ]),
        ],
      ]),
    );
    expect(yaml.remove(after, ["extensions", name])).toBe("extensions:\n  a: 1\n");
  }
});

test.each([
  ["- a\n", "expected a mapping at the top level", "1:1"],
  ["b: 1\nextensions: text\n", "extensions must be a mapping", "2:13"],
  ["extensions: ~\n", "extensions must be a mapping", "1:13"],
  ["x: &x {}\nextensions: *x\n", "extensions must be a mapping", "2:13"],
  ["a: 1\na: 2\n", "Map keys must be unique", "2:1"],
  ["a: 1\n---\nb: 2\n", "Source contains multiple documents", "2:1"],
  [
    "a: [1\nb: 2\n",
    "Flow sequence in block collection must be sufficiently indented and end with a ]",
    "2:1",
  ],
  ["\uFEFFa: '1'2\n", "unexpected token", "1:7"],
  ["a: 1\nb: *x\n", "Unresolved alias (the anchor must be set before the alias)", "2:4"],
])("%j is rejected: %s at %s", (text, message, place) => {
  const [line, column] = place.split(":").map(Number);
  expect(() => yaml.set(text, PATH, ENTRY)).toThrow(
    expect.objectContaining({ name: "FormatError", message, position: { line, column } }),
  );
});

test.each([
  ["a mapping with explicit keys", "extensions:\n  ? a\n  : 1\n", /cannot be edited safely/],
  [
    "a value with an alias elsewhere",
    "extensions:\n  us: &x {}\nb: *x\n",
    /would change other parts of the file/,
  ],
])("rejects %s", (_, text, message) => {
  const edit = text.includes("us") ? yaml.remove : yaml.set;
  expect(() => edit(text, PATH, ENTRY)).toThrow(message);
});
