import { expect, test } from "vitest";
import { programCommand } from "../../../src/config/invocation.ts";

test.each([
  ["/usr/local/bin/lightfast-mcp", "lightfast-mcp login"],
  ["C:\\npm\\node_modules\\@lightfastai\\mcp\\bin\\lightfast-mcp.js", "lightfast-mcp login"],
  ["/home/ada/.npm/_npx/1f/node_modules/.bin/lightfast-mcp", "npx -y @lightfastai/mcp@latest login"],
  [
    "C:\\npm-cache\\_npx\\1f\\node_modules\\@lightfastai\\mcp\\bin\\lightfast-mcp.js",
    "npx -y @lightfastai/mcp@latest login",
  ],
  [
    "/home/ada/.local/share/lightfast-mcp/versions/1.0.0/bin/lightfast-mcp.js",
    "npx -y @lightfastai/mcp@latest login",
  ],
  ["", "lightfast-mcp login"],
])("a command line works where the program was started as %s", (script, command) => {
  expect(programCommand("login", script)).toBe(command);
});
