import type { PackageManifest } from "./publishing.ts";

/** What each page for users is about. */
const PAGES: Readonly<Record<string, string>> = {
  "README.md": "What it does, how to connect a client, and its tools.",
  "docs/clients.md": "Every supported MCP client: its file, its entry, and quick ways to add the server.",
  "docs/tools.md":
    "Tools with arguments and scopes, limits of results, skills, signals as resources, and how to offer fewer tools.",
  "docs/cli.md": "Settings, exit codes, and the help of every command.",
  "docs/errors.md": "What to do about a problem, and what each error code means.",
  "docs/sandbox.md": "The built-in emulator of the Lightfast API, its keys, and how to trigger failures.",
  "docs/security.md": "Credentials, network, and what models read.",
  "docs/privacy.md": "Which data goes where, and what is kept.",
  "docs/http.md": "Serving remote clients over HTTP: authentication, limits, audit events, OpenTelemetry.",
  "docs/deploy.md": "Container image, Helm chart, and Kubernetes manifests.",
  "docs/operate.md": "Checks, probes, logs, metrics, and alerts of the HTTP servers.",
  "docs/lfx.md": "Serving the Linux Foundation's LFX platform: tools, settings, access control.",
  "docs/embed.md": "Using the server in your own program.",
};

/** The same for people who change the program. */
const OPTIONAL_PAGES: Readonly<Record<string, string>> = {
  "CONTRIBUTING.md": "How to set up, test, and change the program.",
  "docs/architecture.md": "How a request flows, and where to change what.",
  "CHANGELOG.md": "What changed in each version.",
};

/** Where a page is plain Markdown. */
const RAW = "https://raw.githubusercontent.com/lightfastai/mcp/main";

/** The list of pages for language models (https://llmstxt.org). @param read the text of a page, by path */
export function createLlmsTxt(manifest: PackageManifest, read: (path: string) => string): string {
  const list = (pages: Readonly<Record<string, string>>) =>
    Object.entries(pages)
      .map(([path, summary]) => `- [${titleOf(read(path))}](${RAW}/${path}): ${summary}`)
      .join("\n");
  return [
    `# ${manifest.name}`,
    `> ${manifest.description}`,
    `Start it with \`npx -y ${manifest.name}@latest\`, or connect to the hosted server at https://mcp.lightfast.ai/mcp.`,
    `## Docs\n\n${list(PAGES)}`,
    `## Optional\n\n${list(OPTIONAL_PAGES)}\n`,
  ].join("\n\n");
}

function titleOf(page: string): string {
  return /^# (.+)$/m.exec(page)?.[1]?.replaceAll("`", "") ?? "";
}
