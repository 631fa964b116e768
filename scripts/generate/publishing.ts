import { stringify } from "yaml";
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

const RAW = "https://raw.githubusercontent.com/lightfastai/mcp/main";

/** The icon, of which `icon.png` is a picture (512 x 512) for clients that show no SVG. */
export const ICON = "docs/images/icon.svg";

/** Where the privacy policy is published. */
export const PRIVACY = "https://github.com/lightfastai/mcp/blob/main/docs/privacy.md";

const TITLE = "Lightfast";
export const DESCRIPTION = "Record signals in Lightfast and follow how they are classified and routed.";

const KEY = {
  title: "Lightfast API key",
  description:
    "Starts with lf_. Create one in Lightfast under Settings > API Keys. Leave it empty to use a stored login.",
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

/**
 * The entry of the official MCP registry (schema 2025-12-11). scripts/bundle.mjs adds the bundle, whose hash is known only
 * when it is built.
 */
export function createServerJson(manifest: PackageManifest) {
  const common = { transport: { type: "stdio" }, environmentVariables: environmentVariables() };
  return {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: manifest.mcpName,
    title: TITLE,
    description: DESCRIPTION,
    version: manifest.version,
    websiteUrl: manifest.homepage,
    icons: [
      { src: `${RAW}/docs/images/icon.png`, mimeType: "image/png", sizes: ["512x512"] },
      { src: `${RAW}/${ICON}`, mimeType: "image/svg+xml", sizes: ["any"] },
    ],
    repository: { url: repositoryUrl(manifest), source: "github" },
    remotes: [{ type: "streamable-http", url: LIGHTFAST_ENTRIES.hostedUrl }],
    packages: [
      {
        registryType: "npm",
        identifier: manifest.name,
        version: manifest.version,
        runtimeHint: "npx",
        ...common,
      },
      {
        registryType: "oci",
        identifier: `ghcr.io/lightfastai/mcp:${manifest.version}`,
        runtimeHint: "docker",
        packageArguments: [{ type: "positional", value: "stdio" }],
        ...common,
      },
    ],
  };
}

function environmentVariables() {
  return [
    {
      name: LIGHTFAST_OPTIONS.apiKey.variables[0],
      description: KEY.description,
      isRequired: false,
      isSecret: true,
      format: "string",
      placeholder: "lf_...",
    },
    {
      name: LIGHTFAST_OPTIONS.baseUrl.variables[0],
      description: BASE_URL.description,
      format: "string",
      placeholder: LIGHTFAST_OPTIONS.baseUrl.default,
    },
    ...LIGHTFAST_TOOL_OPTIONS.map((option) => ({
      name: LIGHTFAST_OPTIONS[option].variables[0],
      description: LIGHTFAST_OPTIONS[option].description,
      format: TOOL_SETTINGS[option].type,
    })),
  ];
}

/**
 * The server's folder in Docker's catalog: local, as an image that Docker builds, and hosted.
 * @see https://github.com/docker/mcp-registry/blob/main/CONTRIBUTING.md
 */
export function createDockerEntries(
  manifest: PackageManifest,
  definitions: readonly ToolDefinition[],
): Record<string, string> {
  const about = { title: TITLE, description: manifest.description, icon: `${RAW}/docs/images/icon.png` };
  const repository = repositoryUrl(manifest);
  const readme = `Documentation: ${repository}\n`;
  const local = {
    name: "lightfast",
    image: "mcp/lightfast",
    type: "server",
    meta: { category: "productivity", tags: ["productivity", "signals"] },
    about,
    // The catalog requires the commit that it reviewed. Add it to the pull request there.
    source: { project: repository, branch: "main", dockerfile: "deploy/Dockerfile" },
    run: { command: ["stdio"], allowHosts: ["lightfast.ai:443"] },
    config: {
      description: "Create an API key in Lightfast under Settings > API Keys.",
      secrets: [
        {
          name: "lightfast.api_key",
          env: LIGHTFAST_OPTIONS.apiKey.variables[0],
          example: "<LIGHTFAST_API_KEY>",
        },
      ],
    },
  };
  const remote = {
    name: "lightfast-remote",
    type: "remote",
    dynamic: { tools: true },
    meta: { category: "productivity", tags: ["productivity", "signals", "remote"] },
    about,
    remote: { transport_type: "streamable-http", url: LIGHTFAST_ENTRIES.hostedUrl },
    oauth: [
      {
        provider: "lightfast-remote",
        secret: "lightfast-remote.personal_access_token",
        env: "LIGHTFAST_REMOTE_PERSONAL_ACCESS_TOKEN",
      },
    ],
  };
  const tools = definitions.map(({ wire: { name, description, inputSchema } }) => ({
    name,
    description,
    arguments: Object.entries(inputSchema.properties ?? {}).map(([argument, schema]) => ({
      name: argument,
      type: schema.type,
      desc: schema.description ?? "",
    })),
  }));
  return {
    "lightfast/server.yaml": toYaml(local),
    "lightfast/tools.json": indented(tools),
    "lightfast/readme.md": readme,
    "lightfast-remote/server.yaml": toYaml(remote),
    "lightfast-remote/tools.json": indented([]),
    "lightfast-remote/readme.md": readme,
  };
}

/** What lets the maintainers claim the server on Glama (https://glama.ai/mcp/schemas/server.json). */
export function createGlamaJson() {
  return { $schema: "https://glama.ai/mcp/schemas/server.json", maintainers: ["lightfastai"] };
}

/** The manifest of the bundle for Claude Desktop (MCPB 0.3). */
export function createBundleManifest(manifest: PackageManifest, definitions: readonly ToolDefinition[]) {
  const repository = repositoryUrl(manifest);
  return {
    manifest_version: "0.3",
    name: "lightfast-mcp",
    display_name: TITLE,
    version: manifest.version,
    description: manifest.description,
    author: { name: manifest.author, url: "https://lightfast.ai" },
    repository: { type: "git", url: repository },
    homepage: manifest.homepage,
    documentation: manifest.homepage,
    support: `${repository}/issues`,
    icon: "icon.png",
    license: manifest.license,
    privacy_policies: [PRIVACY],
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
      api_key: { type: "string", ...KEY, sensitive: true, required: false, default: "" },
      // Empty, so that the address of a stored login counts.
      base_url: { type: "string", ...BASE_URL, required: false, default: "" },
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

export function repositoryUrl({ repository }: PackageManifest): string {
  return repository.url.replace(/^git\+|\.git$/g, "");
}

export function indented(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** As Prettier formats YAML, which Docker's catalog checks. */
function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
