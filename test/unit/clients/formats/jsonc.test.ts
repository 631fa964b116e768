import { expect, test } from "vitest";
import { toPlain } from "../../../../src/clients/formats/format.ts";
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
])("adds the entry %s", (_, before, after) => {
  expect(jsonc.set(before, PATH, ENTRY)).toBe(after);
  expect(jsonc.remove(after, PATH)).toBe(before);
});

const NEW_FILE = lines(
  "{",
  '  "mcpServers": {',
  '    "us": {',
  '      "command": "npx"',
  "    }",
  "  }",
  "}",
  "",
);

test.each([
  ["an empty file", "", NEW_FILE],
  ["an empty object", "{}\n", NEW_FILE],
  ["an empty object without a line break", "{}", NEW_FILE.trimEnd()],
  ["an object with an empty container", '{ "mcpServers": {} }\n', NEW_FILE],
  ["a comment", "// mine\n", `// mine\n${NEW_FILE}`],
  [
    "an object on one line",
    '{"a":1,"mcpServers":{"b":{"command":"x"}},"c":[]}',
    lines(
      "{",
      '  "a":1,',
      '  "mcpServers":{',
      '    "b":{"command":"x"},',
      '    "us": {',
      '      "command": "npx"',
      "    }",
      "  },",
      '  "c":[]',
      "}",
    ),
  ],
  [
    "a container on one line",
    lines("{", '    "mcpServers": { "b": { "command": "x" } }, // all', '    "c": 1', "}"),
    lines(
      "{",
      '    "mcpServers": {',
      '        "b": { "command": "x" },',
      '        "us": {',
      '            "command": "npx"',
      "        }",
      "    }, // all",
      '    "c": 1',
      "}",
    ),
  ],
  [
    "a container with a comment alone",
    lines("{", '  "mcpServers": {', "    // none yet", "  }", "}"),
    lines(
      "{",
      '  "mcpServers": {',
      "    // none yet",
      '    "us": {',
      '      "command": "npx"',
      "    }",
      "  }",
      "}",
    ),
  ],
])("writes %s as a person would", (_, before, after) => {
  expect(jsonc.set(before, PATH, ENTRY)).toBe(after);
  const [removed, original] = [jsonc.remove(after, PATH) ?? "", before].map((text) =>
    toPlain(jsonc.parse(text)),
  );
  expect({ mcpServers: {}, ...(removed as object) }).toEqual({ mcpServers: {}, ...(original as object) });
});

test("a property is edited alone, so that comments and the order of the others stay", () => {
  const text = lines(
    "{",
    '  "mcpServers": {',
    "    // ours",
    '    "us": {',
    '      "command": "npx", // from the registry',
    '      "args": ["-y"],',
    '      "env": { "A": "1", /* b */ "B": "2" }',
    "    }",
    "  }",
    "}",
  );
  expect(jsonc.set(text, [...PATH, "command"], "node")).toBe(text.replace('"npx"', '"node"'));
  expect(jsonc.set(text, [...PATH, "args"], ["-y", "x"])).toBe(text.replace('["-y"]', '["-y", "x"]'));
  expect(jsonc.set(text, [...PATH, "env", "B"], "3")).toContain(
    '"A": "1", /* b */\n        "B": "3"\n      }',
  );
  expect(jsonc.remove(text, [...PATH, "command"])).toBe(text.replace('\n      "command": "npx", //', " //"));
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
  expect(text).toBe(NEW_FILE);
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
  for (const before of ['{"inputs": [{"id": "other"}]}', '{"a": [1]}']) {
    const after = jsonc.set(before, path, value);
    expect(JSON.parse(after).inputs.at(-1)).toEqual(value);
    expect(JSON.parse(jsonc.remove(after, path) ?? "")).toEqual(JSON.parse(before));
  }
  expect(JSON.parse(jsonc.set('{"inputs": []}', path, value)).inputs).toEqual([value]);
});

test("names that are special in JavaScript are ordinary keys", () => {
  const before = '{"__proto__": {"a": 1}, "constructor": 2}';
  for (const name of ["__proto__", "toString"]) {
    const after = jsonc.set(before, ["mcpServers", name], ENTRY);
    expect(after).toContain(`"${name}": {`);
    expect(jsonc.parse(jsonc.remove(after, ["mcpServers", name]) ?? "")).toEqual(jsonc.parse(before));
  }
});

test("remove keeps a line break between a line comment and a comment over several lines", () => {
  const before = '{"a": 1, // one\n"mcpServers": {"us": 1} /* two\n*/,\n}';
  expect(jsonc.remove(before, ["mcpServers"])).toBe('{"a": 1, // one\n /* two\n*/\n}');
});

test("remove keeps a container whose key has a comment", () => {
  const before = '{\n  "mcpServers" // theirs\n  : {}\n}\n';
  expect(jsonc.remove(jsonc.set(before, PATH, ENTRY), PATH)).toBe(before);
});

test("remove takes an entry that is null", () => {
  expect(jsonc.remove('{"mcpServers": {"us": null, "a": 1}}', PATH)).toBe('{"mcpServers": { "a": 1}}');
  expect(jsonc.remove('{\n  "mcpServers": {\n    "us": null\n  }\n}\n', PATH)).toBeUndefined();
});
