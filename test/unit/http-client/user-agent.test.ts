import process from "node:process";
import { expect, test } from "vitest";
import { userAgentFor } from "../../../src/http-client/user-agent.ts";
import { version } from "../../../src/version.ts";

const AGENT = `lightfast-mcp/${version}`;
const NODE = `node/${process.versions.node}`;

test.each([
  [{ name: "claude-code", version: "2.1.0" }, `${AGENT} (claude-code/2.1.0; ${NODE})`],
  [{ name: "Claude Desktop", version: "1.0 beta" }, `${AGENT} (Claude-Desktop/1.0-beta; ${NODE})`],
  [{ name: "cursor", version: "" }, `${AGENT} (cursor; ${NODE})`],
  [{ name: "", version: "1" }, `${AGENT} (unknown/1; ${NODE})`],
  [undefined, `${AGENT} (unknown; ${NODE})`],
])("the client %j is named", (client, agent) => {
  expect(userAgentFor(client)).toBe(agent);
});

test.each(["a\r\nx-evil: 1", "a) b (c", "a;b", "ä😀", "\u0000", 'a"b', "a/b"])(
  "a client named %j cannot inject header text",
  (name) => {
    expect(userAgentFor({ name, version: name })).toMatch(
      /^lightfast-mcp\/\S+ \([\w.+-]+\/[\w.+-]+; node\/[\d.]+\)$/,
    );
  },
);

test("a long name is truncated", () => {
  expect(userAgentFor({ name: "x".repeat(10_000), version: "y".repeat(10_000) }).length).toBeLessThan(200);
});
