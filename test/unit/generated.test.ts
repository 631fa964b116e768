import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generateFiles } from "../../scripts/generate/files.ts";
import type { WireTool } from "../../src/mcp/types.ts";

const FILES = generateFiles(".");
const read = (path: string) => JSON.parse(FILES[path] ?? "null");

describe("generated files", () => {
  test.each(Object.keys(FILES))('%s is up to date (otherwise run "npm run generate")', (path) => {
    expect(readFileSync(path, "utf8")).toBe(FILES[path]);
  });

  test.each([
    ["lightfast", ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"]],
    ["lfx", ["search_projects", "search_committees", "search_members", "search_meetings"]],
  ])("clients that defer tools load these of %s at once", (platform, tools) => {
    const definitions: { wire: WireTool }[] = read(
      `src/platforms/${platform}/tool-definitions.generated.json`,
    );
    const loaded = definitions.filter(({ wire }) => wire._meta?.["anthropic/alwaysLoad"] === true);
    expect(loaded.map(({ wire }) => wire.name).sort()).toEqual(tools.sort());
  });

  test("the registry entry keeps the registry's limits", () => {
    const { name, description } = read("server.json");
    expect(description.length).toBeLessThanOrEqual(100);
    expect(name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  });

  test("the registry entry has the hosted server beside the package", () => {
    expect(read("server.json").remotes).toEqual([
      { type: "streamable-http", url: "https://mcp.lightfast.ai/mcp" },
    ]);
  });

  test("the bundle's manifest marks the API key as sensitive", () => {
    expect(read("mcpb/manifest.json").user_config.api_key.sensitive).toBe(true);
  });
});
