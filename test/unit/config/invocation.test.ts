import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { commandIn, programCommand, shellWord } from "../../../src/config/invocation.ts";

const NPX = "npx -y @lightfastai/mcp@latest login";

test.each([
  ["/usr/local/bin/lightfast-mcp", "lightfast-mcp login"],
  ["C:\\npm\\node_modules\\@lightfastai\\mcp\\bin\\lightfast-mcp.js", "lightfast-mcp login"],
  ["/home/ada/.npm/_npx/1f/node_modules/.bin/lightfast-mcp", NPX],
  ["C:\\npm-cache\\_npx\\1f\\node_modules\\@lightfastai\\mcp\\bin\\lightfast-mcp.js", NPX],
  ["/home/ada/project/node_modules/.bin/lightfast-mcp", NPX],
  ["/home/ada/.local/share/lightfast-mcp/versions/1.0.0/bin/lightfast-mcp.js", NPX],
  ["/app/bin/lightfast-mcp.js", "node /app/bin/lightfast-mcp.js login"],
  [resolve("bin/lightfast-mcp.js"), `node ${join("bin", "lightfast-mcp.js")} login`],
  ["", "lightfast-mcp login"],
])("a command line works where the program was started as %s", (script, command) => {
  expect(programCommand("login", script)).toBe(command);
});

test.each([
  ["/home/ada/a.json", "linux", "/home/ada/a.json"],
  ["/home/ada l/it's $(x).json", "linux", "'/home/ada l/it'\\''s $(x).json'"],
  ["C:\\Users\\ada l\\a.json", "win32", '"C:\\Users\\ada l\\a.json"'],
] as const)("the word %s on %s", (text, platform, word) => {
  expect(shellWord(text, platform)).toBe(word);
});

test("the command of a message comes last", () => {
  expect(commandIn("Set it, or run: lightfast-mcp login")).toBe("lightfast-mcp login");
  expect(commandIn("Run the command again.")).toBeUndefined();
  expect(commandIn('Server log: "Set it, or run: lightfast-mcp login"')).toBeUndefined();
  expect(commandIn('Run: lightfast-mcp signal create "Ada"')).toBe('lightfast-mcp signal create "Ada"');
});

describe("no command line is written by hand", () => {
  const { commands } = createProgram();
  const words = commands.map((command) => command.name()).join("|");
  const byHand = new RegExp(
    `(?:lightfast-mcp|@lightfastai/mcp(?:@\\w+)?|PROGRAM\\.name\\}) (?:${words}|--[a-z])`,
  );
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );

  test.each(['run: lightfast-mcp login"', "npx -y @lightfastai/mcp lfx", `$${"{PROGRAM.name}"} --help`])(
    "the rule finds %s",
    (text) => expect(text).toMatch(byHand),
  );

  test("in the source", () => {
    const found = files.flatMap((file) => byHand.exec(readFileSync(join("src", file), "utf8"))?.[0] ?? []);
    expect(files.length).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });
});
