import { expect, test } from "vitest";
import { canonicalResource } from "../../../src/auth/audience.ts";

const CANONICAL = "https://mcp.lightfast.test/mcp";

test.each([
  CANONICAL,
  "https://mcp.lightfast.test/mcp/",
  "HTTPS://MCP.Lightfast.TEST/mcp",
  "https://mcp.lightfast.test:443/mcp",
])("%s is the resource", (text) => {
  expect(canonicalResource(text)).toBe(CANONICAL);
});

test.each([
  "https://mcp.lightfast.test",
  "https://mcp.lightfast.test/",
  "https://mcp.lightfast.test/mc",
  "https://mcp.lightfast.test/mcp2",
  "https://mcp.lightfast.test/mcp//",
  "https://mcp.lightfast.test/mcp/x",
  "https://mcp.lightfast.test/MCP",
  "https://mcp.lightfast.test/x/../mcp",
  "https://mcp.lightfast.test/%6dcp",
  "https://mcp.lightfast.test/mcp?x=1",
  "https://mcp.lightfast.test/mcp#x",
  "https://mcp.lightfast.test/mcp ",
  " https://mcp.lightfast.test/mcp",
  "https://mcp.lightfast.test/mcp\n",
  "https:\\\\mcp.lightfast.test\\mcp",
  "https://mcp.lightfast.test:444/mcp",
  "https://mcp.lightfast.test.evil.test/mcp",
  "https://user@mcp.lightfast.test/mcp",
  "http://mcp.lightfast.test/mcp",
  "mcp.lightfast.test/mcp",
  "https://[/mcp",
  "",
])("%j is not the resource", (text) => {
  expect(canonicalResource(text)).not.toBe(CANONICAL);
});

test("an origin is the same with and without its slash", () => {
  expect(canonicalResource("https://mcp.lightfast.test/")).toBe("https://mcp.lightfast.test");
  expect(canonicalResource("http://127.0.0.1:80")).toBe("http://127.0.0.1");
});

test("a slash at the end of a query belongs to it", () => {
  expect(canonicalResource("https://a.test/mcp/?x=/")).toBe("https://a.test/mcp?x=/");
});
