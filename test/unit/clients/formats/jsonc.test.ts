import { expect, test } from "vitest";
import { jsonc } from "../../../../src/clients/formats/jsonc.ts";

const PATH = ["mcpServers", "us"];
const ENTRY = { command: "npx" };
function lines(...all: readonly string[]): string {
  return all.join("\n");
}

test.each([
  [
    "after the others, with their indentation",
    lines("{", '\t"mcpServers": {', '\t\t"a": {}', "\t}", "}"),
    lines(
      "{",
      '\t"mcpServers": {',
      '\t\t"a": {},',
      '\t\t"us": {',
      '\t\t\t"command": "npx"',
      "\t\t}",
      "\t}",
      "}",
    ),
  ],
  [
    "after a trailing comma, with a trailing comma",
    lines("{", '   "mcpServers": {', '      "a": {}, // first', "   },", "}"),
    lines(
      "{",
      '   "mcpServers": {',
      '      "a": {}, // first',
      '      "us": {',
      '         "command": "npx"',
      "      },",
      "   },",
      "}",
    ),
  ],
  [
    "after the comments of the last entry",
    lines("{", '  "mcpServers": {', '    "a": {} // first', '    // "b": {}', "  }", "}"),
    lines(
      "{",
      '  "mcpServers": {',
      '    "a": {}, // first',
      '    // "b": {}',
      '    "us": {',
      '      "command": "npx"',
      "    }",
      "  }",
      "}",
    ),
  ],
  [
    "in a new container if there is none",
    lines("{", '  "theme": "dark"', "}"),
    lines(
      "{",
      '  "theme": "dark",',
      '  "mcpServers": {',
      '    "us": {',
      '      "command": "npx"',
      "    }",
      "  }",
      "}",
    ),
  ],
  [
    "in an empty container, whose closing bracket stays in place",
    '{ "mcpServers": {} }',
    lines('{ "mcpServers": {', '  "us": {', '    "command": "npx"', "  }} }"),
  ],
  [
    "in an empty file, which then starts with two brackets",
    "",
    lines('{"mcpServers": {', '    "us": {', '      "command": "npx"', "    }", "  }", "}"),
  ],
])("adds the entry %s", (_, before, after) => {
  expect(jsonc.set(before, PATH, ENTRY)).toBe(after);
  expect(jsonc.remove(after, PATH)).toBe(before);
});

test("uses the file's line breaks and keeps its byte order mark", () => {
  const before = '\uFEFF{\r\n  "a": 1\r\n}\r\n';
  const after = jsonc.set(before, PATH, ENTRY);
  expect(after.startsWith('\uFEFF{\r\n  "a": 1,\r\n')).toBe(true);
  expect(after.replaceAll("\r\n", "")).not.toContain("\n");
  expect(jsonc.remove(after, PATH)).toBe(before);
});

test("remove deletes a file that set created", () => {
  const text = jsonc.set(undefined, PATH, ENTRY);
  expect(text).toBe(
    lines("{", '  "mcpServers": {', '    "us": {', '      "command": "npx"', "    }", "  }", "}", ""),
  );
  expect(jsonc.remove(text, PATH)).toBeUndefined();
});

test("a file that a client reformatted keeps its document", () => {
  const rewritten = JSON.stringify({ mcpServers: { us: ENTRY } }, null, 4);
  expect(JSON.parse(jsonc.remove(rewritten, PATH) ?? "")).toEqual({});
});

test("an existing entry is replaced in place", () => {
  const text = lines(
    "{",
    '  "mcpServers": {',
    '    "us": {"command": "old"}, // ours',
    '    "b": 1',
    "  }",
    "}",
  );
  expect(jsonc.set(text, PATH, ENTRY)).toBe(
    text.replace('{"command": "old"}', lines("{", '      "command": "npx"', "    }")),
  );
});

test.each([
  [
    "the only item, with a comment before it",
    '{"mcpServers": {\n  // keep\n  "us": 1\n}}',
    '{"mcpServers": {\n  // keep\n}}',
  ],
  ["the first item", '{"mcpServers": {\n  "us": 1,\n  "b": 2\n}}', '{"mcpServers": {\n  "b": 2\n}}'],
  ["an item on a shared line", '{"mcpServers": {"us": 1, "b": 2}}', '{"mcpServers": { "b": 2}}'],
  [
    "an item between comments",
    '{"mcpServers": {"a": 1, // one\n  "us": 1, "b": 2}}',
    '{"mcpServers": {"a": 1, // one\n   "b": 2}}',
  ],
  [
    "an item with a comment before its comma",
    '{"mcpServers": {"us": 1 /* x */, "b": 2}}',
    '{"mcpServers": { /* x */ "b": 2}}',
  ],
  ["nothing if the entry does not exist", '{"mcpServers": {"a": 1}}', '{"mcpServers": {"a": 1}}'],
])("removes %s", (_, before, after) => {
  expect(jsonc.remove(before, PATH)).toBe(after);
});

test.each([
  ["[]", "expected a JSON object at the top level", "1:1"],
  ['{\n  "mcpServers": []\n}', '"mcpServers" must be an object', "2:17"],
  ['{"mcpServers": null}', '"mcpServers" must be an object', "1:16"],
  ['{"mcpServers": {},\n "mcpServers": {}}', 'duplicate key "mcpServers"', "2:2"],
  ['{\n  "a": 1\n  "b": 2\n}', "comma expected", "3:3"],
  ['{"a": 1', "close brace expected", "1:8"],
  ['\uFEFF{"a": x}', "invalid symbol", "1:7"],
  ["{} {}", "end of file expected", "1:4"],
  ["/* open", "unexpected end of comment", "1:1"],
  ["{'a': 1}", "invalid symbol", "1:2"],
])("%j is rejected: %s at %s", (text, message, place) => {
  const [line, column] = place.split(":").map(Number);
  expect(() => jsonc.set(text, PATH, ENTRY)).toThrow(
    expect.objectContaining({ name: "FormatError", message, position: { line, column } }),
  );
});

test("a list element is found by its id, and the list is created if needed", () => {
  const path = ["inputs", { id: "key" }];
  const value = { id: "key", password: true };
  for (const before of ['{"inputs": []}', '{"inputs": [{"id": "other"}]}', '{"a": [1]}', "{\n}\n"]) {
    const after = jsonc.set(before, path, value);
    expect(JSON.parse(after).inputs.at(-1)).toEqual(value);
    expect(jsonc.remove(after, path)).toBe(before);
  }
});

test("names that are special in JavaScript are ordinary keys", () => {
  const before = '{"__proto__": {"a": 1}, "constructor": 2}';
  for (const name of ["__proto__", "toString"]) {
    const after = jsonc.set(before, ["mcpServers", name], ENTRY);
    expect(after).toContain(`"${name}": {`);
    expect(jsonc.remove(after, ["mcpServers", name])).toBe(before);
  }
});
