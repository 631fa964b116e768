import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CARDS } from "../../src/platforms/lightfast/cards.generated.ts";
import { OPTIONS } from "../../src/platforms/lightfast/config/options.ts";

type Manifest = Record<
  "name" | "version" | "description" | "homepage" | "license" | "mcpName" | "author",
  string
> & {
  repository: { url: string };
  engines: { node: string };
  keywords: string[];
};
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const KEY = {
  title: "Lightfast API key",
  description: "Begins with lf_. Create one in Lightfast under Settings > API Keys.",
};
const BASE_URL = {
  title: "Address of Lightfast",
  description: "Only for another Lightfast than the public one.",
};

/** The entry of the official MCP registry (schema 2025-12-11). */
const SERVER_JSON = {
  $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  name: manifest.mcpName,
  title: "Lightfast",
  description: "Record signals in Lightfast and follow how they are classified and routed.",
  version: manifest.version,
  websiteUrl: manifest.homepage,
  repository: { url: repository, source: "github" },
  packages: [
    {
      registryType: "npm",
      identifier: manifest.name,
      version: manifest.version,
      runtimeHint: "npx",
      transport: { type: "stdio" },
      environmentVariables: [
        {
          name: OPTIONS.apiKey.variables[0],
          description: KEY.description,
          isRequired: true,
          isSecret: true,
          format: "string",
          placeholder: "lf_...",
        },
        {
          name: OPTIONS.baseUrl.variables[0],
          description: BASE_URL.description,
          default: OPTIONS.baseUrl.default,
          format: "string",
        },
      ],
    },
  ],
};

/** The manifest of the bundle for Claude Desktop (MCPB 0.3). */
const MCPB_MANIFEST = {
  manifest_version: "0.3",
  name: "lightfast-mcp",
  display_name: "Lightfast",
  version: manifest.version,
  description: manifest.description,
  author: { name: manifest.author, url: "https://lightfast.ai" },
  repository: { type: "git", url: repository },
  homepage: manifest.homepage,
  documentation: manifest.homepage,
  support: `${repository}/issues`,
  license: manifest.license,
  keywords: manifest.keywords,
  server: {
    type: "node",
    entry_point: "bin/lightfast-mcp.js",
    mcp_config: {
      command: "node",
      args: [["$", "{__dirname}/bin/lightfast-mcp.js"].join("")],
      env: {
        [OPTIONS.apiKey.variables[0]]: ["$", "{user_config.api_key}"].join(""),
        [OPTIONS.baseUrl.variables[0]]: ["$", "{user_config.base_url}"].join(""),
      },
    },
  },
  tools: CARDS.map(({ wire }) => ({ name: wire.name, description: wire.title })),
  tools_generated: false,
  compatibility: { platforms: ["darwin", "win32", "linux"], runtimes: { node: manifest.engines.node } },
  user_config: {
    api_key: { type: "string", ...KEY, sensitive: true, required: true },
    base_url: { type: "string", ...BASE_URL, required: false, default: OPTIONS.baseUrl.default },
  },
};

describe("what registries and clients read", () => {
  test("server.json is that of this package and policy", async () => {
    await expect(json(SERVER_JSON)).toMatchFileSnapshot("../../server.json");
    expect(SERVER_JSON.description.length).toBeLessThanOrEqual(100);
    expect(SERVER_JSON.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  });

  test("the bundle's manifest is that of this package and policy", async () => {
    await expect(json(MCPB_MANIFEST)).toMatchFileSnapshot("../../mcpb/manifest.json");
    expect(MCPB_MANIFEST.user_config.api_key.sensitive).toBe(true);
  });

  test("a tool's name with the server's before it fits the strictest client", () => {
    for (const { wire } of CARDS) expect(`lightfast__${wire.name}`.length).toBeLessThanOrEqual(60);
  });
});
