import { expect, test } from "vitest";
import { toml } from "../../../../src/clients/formats/toml.ts";
import type { Value } from "../../../../src/clients/types.ts";

const PATH = ["mcp_servers", "us"];
const ENTRY = { command: "npx", args: ["-y"] };
const TABLE = '[mcp_servers.us]\ncommand = "npx"\nargs = ["-y"]';

test.each([
  ["after one blank line", 'model = "x" # c\n', `model = "x" # c\n\n${TABLE}\n`],
  ["without a line break at the end if there was none", "a = 1", `a = 1\n\n${TABLE}`],
  ["with the file's line breaks", "a = 1\r\n", `a = 1\r\n\r\n${TABLE.replaceAll("\n", "\r\n")}\r\n`],
  ["after a table of the same kind", "[mcp_servers.a]\nb = 1\n", `[mcp_servers.a]\nb = 1\n\n${TABLE}\n`],
  ["after tables with similar names", '["mcp_servers.us"]\n', `["mcp_servers.us"]\n\n${TABLE}\n`],
  ["beside dotted keys", 'mcp_servers.a.command = "x"\n', `mcp_servers.a.command = "x"\n\n${TABLE}\n`],
])("adds the table at the end, %s", (_, before, after) => {
  expect(toml.set(before, PATH, ENTRY)).toBe(after);
  expect(toml.remove(after, PATH)).toBe(before);
});

test("remove deletes a file that set created, or that was empty", () => {
  const text = toml.set(undefined, PATH, ENTRY);
  expect(toml.set("", PATH, ENTRY)).toBe(text);
  expect(text).toBe(`${TABLE}\n`);
  expect(toml.remove(text, PATH)).toBeUndefined();
});

test("an entry with nested tables is added and removed as a whole", () => {
  const entry = { ...ENTRY, env: { A: "1" } };
  const after = toml.set("a = 1\n", PATH, entry);
  expect(after).toBe(`a = 1\n\n${TABLE}\n\n[mcp_servers.us.env]\nA = "1"\n`);
  expect(toml.remove(after, PATH)).toBe("a = 1\n");
});

test("an existing entry is replaced in place, whatever the syntax of its header", () => {
  const text = '[ mcp_servers . "us" ]\ncommand = "old" # gone\n\n# kept\n[other]\n';
  expect(toml.set(text, PATH, ENTRY)).toBe(`${TABLE}\n\n# kept\n[other]\n`);
});

test("foreign tables between ours stay", () => {
  const text = `a = 1\n\n${TABLE}\n\n[other]\nb = """\n[mcp_servers.us]\n"""\n\n[mcp_servers.us.env]\nA = "1"\n`;
  expect(toml.remove(text, PATH)).toBe('a = 1\n\n[other]\nb = """\n[mcp_servers.us]\n"""\n');
});

test("a property is edited alone, so that comments and the order of the others stay", () => {
  const text = `[mcp_servers.us] # ours\n  command = "npx" # why\nargs = [\n  "-y", # yes\n]\n\n[other]\n`;
  const set = (before: string, key: string, value: Value) => toml.set(before, [...PATH, key], value);
  expect(set(text, "command", "node")).toBe(text.replace('"npx"', '"node"'));
  expect(set(text, "args", [])).toBe(text.replace(/\[\n[^\]]+\]/, "[]"));
  expect(set(text, "on", true)).toBe(text.replace("]\n\n", "]\non = true\n\n"));
  expect(set(text, "env", { A: "1" })).toBe(text.replace("]\n\n", ']\n\n[mcp_servers.us.env]\nA = "1"\n\n'));
  expect(toml.remove(text, [...PATH, "command"])).toBe(text.replace('  command = "npx" # why', "# why"));
  const inline = '[mcp_servers.us]\ncommand = "npx"\nenv = { A = "1" } # theirs\n';
  expect(() => toml.set(inline, [...PATH, "env", "B"], "2")).toThrow(
    "there is no table [mcp_servers.us.env]",
  );
  expect(set(inline, "env", { A: "1", B: "2" })).toBe(inline.replace('"1" }', '"1", B = "2" }'));
});

test("comments around the table stay", () => {
  expect(toml.remove(`# one\n${TABLE}\n# two\n`, PATH)).toBe("# one\n# two\n");
});

test("dates and large numbers are preserved, also in the entry", () => {
  const text = "d = 1979-05-27\nn = 9223372036854775807\n";
  expect(toml.remove(toml.set(text, PATH, ENTRY), PATH)).toBe(text);
  expect(toml.remove(`${text}\n[mcp_servers.us]\nd = 1979-05-27\n`, PATH)).toBe(text);
});

const INLINE =
  /^mcp_servers\.us uses an inline table or dotted keys; convert it to a \[mcp_servers\.us\] table first$/;

test.each([
  ["an inline table", "[mcp_servers]\nus = { command = 'x' }", INLINE, "2:1"],
  ["an inline table in an inline table", "mcp_servers = { us = {} }", INLINE, "1:1"],
  ["a foreign inline table", "mcp_servers = { a = {} }", INLINE, "1:1"],
  ["dotted keys", "a = 1\n  mcp_servers.us.command = 'x'", INLINE, "2:3"],
  ["dotted keys in its table", "[mcp_servers]\nus.command = 'x'", INLINE, "2:1"],
])("rejects %s", (_, text, message, place) => {
  const [line, column] = place.split(":").map(Number);
  expect(() => toml.set(text, PATH, ENTRY)).toThrow(
    expect.objectContaining({
      name: "FormatError",
      message: expect.stringMatching(message),
      position: { line, column },
    }),
  );
  if (text.includes("us")) expect(() => toml.remove(text, PATH)).toThrow(message);
});

test.each([
  ["a = 1\nb = = 2\n", "invalid value", "2:5"],
  ["[a]\n[a]\n", "trying to redefine an already defined table or value", "2:2"],
  ["a = 'x", "unfinished string", "1:5"],
])("%j is rejected: %s at %s", (text, message, place) => {
  const [line, column] = place.split(":").map(Number);
  expect(() => toml.set(text, PATH, ENTRY)).toThrow(
    expect.objectContaining({ name: "FormatError", message, position: { line, column } }),
  );
});

test("an array of tables in place of the container is rejected", () => {
  expect(() => toml.set("[[mcp_servers]]\na = 1\n", PATH, ENTRY)).toThrow(
    /would change other parts of the file/,
  );
});
