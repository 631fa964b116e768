import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { LIGHTFAST_ENTRIES } from "../../src/platforms/lightfast/config/entries.ts";
import { LIGHTFAST_OPTIONS, LIGHTFAST_TOOL_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";

/** The fields of package.json that the published descriptions repeat. */
export type PackageManifest = Record<
  "name" | "version" | "description" | "homepage" | "license" | "mcpName" | "author",
  string
> & {
  repository: { url: string };
  engines: { node: string };
  keywords: string[];
};

const KEY = {
  title: "Lightfast API key",
  description: "Starts with lf_. Create one in Lightfast under Settings > API Keys.",
};
const BASE_URL = {
  title: "Lightfast base URL",
  description: "Set it only to use a Lightfast other than the public one.",
};

/** Settings of the bundle that choose tools, by option. An empty list chooses none. */
const TOOL_SETTINGS = {
  readOnly: {
    type: "boolean",
    title: "Read-only",
    description: "Serve only tools that change nothing.",
    required: false,
    default: false,
  },
  tools: {
    type: "string",
    title: "Tools to serve",
    description: "Names of tools, comma-separated. Leave it empty for all.",
    required: false,
    default: "",
  },
  excludeTools: {
    type: "string",
    title: "Tools not to serve",
    description: "Names of tools, comma-separated.",
    required: false,
    default: "",
  },
} as const satisfies Readonly<Record<(typeof LIGHTFAST_TOOL_OPTIONS)[number], object>>;

/** The entry of the official MCP registry (schema 2025-12-11). */
export function createServerJson(manifest: PackageManifest) {
  return {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: manifest.mcpName,
    title: "Lightfast",
    description: "Record signals in Lightfast and follow how they are classified and routed.",
    version: manifest.version,
    websiteUrl: manifest.homepage,
    repository: { url: repositoryUrl(manifest), source: "github" },
    remotes: [{ type: "streamable-http", url: LIGHTFAST_ENTRIES.hostedUrl }],
    packages: [
      {
        registryType: "npm",
        identifier: manifest.name,
        version: manifest.version,
        runtimeHint: "npx",
        transport: { type: "stdio" },
        environmentVariables: [
          {
            name: LIGHTFAST_OPTIONS.apiKey.variables[0],
            description: KEY.description,
            isRequired: true,
            isSecret: true,
            format: "string",
            placeholder: "lf_...",
          },
          {
            name: LIGHTFAST_OPTIONS.baseUrl.variables[0],
            description: BASE_URL.description,
            default: LIGHTFAST_OPTIONS.baseUrl.default,
            format: "string",
          },
          ...LIGHTFAST_TOOL_OPTIONS.map((option) => ({
            name: LIGHTFAST_OPTIONS[option].variables[0],
            description: LIGHTFAST_OPTIONS[option].description,
            format: TOOL_SETTINGS[option].type,
          })),
        ],
      },
    ],
  };
}

/** The manifest of the bundle for Claude Desktop (MCPB 0.3). */
export function createBundleManifest(manifest: PackageManifest, definitions: readonly ToolDefinition[]) {
  const repository = repositoryUrl(manifest);
  return {
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
          [LIGHTFAST_OPTIONS.apiKey.variables[0]]: reference("api_key"),
          [LIGHTFAST_OPTIONS.baseUrl.variables[0]]: reference("base_url"),
          ...Object.fromEntries(
            LIGHTFAST_TOOL_OPTIONS.map((option) => [
              LIGHTFAST_OPTIONS[option].variables[0],
              reference(settingName(option)),
            ]),
          ),
        },
      },
    },
    tools: definitions.map(({ wire }) => ({ name: wire.name, description: wire.title })),
    tools_generated: false,
    compatibility: { platforms: ["darwin", "win32", "linux"], runtimes: { node: manifest.engines.node } },
    user_config: {
      api_key: { type: "string", ...KEY, sensitive: true, required: true },
      base_url: { type: "string", ...BASE_URL, required: false, default: LIGHTFAST_OPTIONS.baseUrl.default },
      ...Object.fromEntries(
        LIGHTFAST_TOOL_OPTIONS.map((option) => [settingName(option), TOOL_SETTINGS[option]]),
      ),
    },
  };
}

/** Settings are named as in `api_key`. */
function settingName(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The text that the client replaces with the value of a setting. */
function reference(setting: string): string {
  return `\${user_config.${setting}}`;
}

function repositoryUrl({ repository }: PackageManifest): string {
  return repository.url.replace(/^git\+|\.git$/g, "");
}
