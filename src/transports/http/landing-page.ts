import type { HttpService } from "./types.ts";

/** The HTML page for people who open the server's URL in a browser: what it is and how to connect. */
export function renderLandingPage<Identity>(resourceUrl: URL, service: HttpService<Identity>): string {
  const { name, heading, purpose, documentation, program } = service.landingPage;
  const rows = installOptions(name, resourceUrl.href).map(
    ([client, option]) => `<tr><th>${client}</th><td>${renderOption(client, option)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(heading)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}th{text-align:left;padding-right:1.5rem;white-space:nowrap}td,th{vertical-align:top;padding-block:.3rem}code{word-break:break-all}</style>
<h1>${escapeHtml(heading)}</h1>
<p>This is an MCP endpoint. Add it to your AI client to ${escapeHtml(purpose)} ${describeAccess(service)}</p>
<table>${rows.join("")}</table>
<p>${escapeHtml(program)} · <a href="${escapeHtml(documentation)}">Documentation</a></p>
</html>
`;
}

function describeAccess<Identity>({ access, metadata }: HttpService<Identity>): string {
  if (access.kind === "open") return "No authentication. Only reachable from this machine.";
  return metadata ? "You will be asked to sign in." : "Send your API key as the bearer token.";
}

type InstallOption = { readonly link: string } | { readonly code: string };

function installOptions(name: string, url: string): readonly (readonly [string, InstallOption])[] {
  const cursor = encodeURIComponent(Buffer.from(JSON.stringify({ url })).toString("base64"));
  const vsCode = encodeURIComponent(JSON.stringify({ type: "http", url }));
  return [
    ["Cursor", { link: `https://cursor.com/en/install-mcp?name=${name}&config=${cursor}` }],
    ["VS Code", { link: `https://insiders.vscode.dev/redirect/mcp/install?name=${name}&config=${vsCode}` }],
    ["Claude Code", { code: `claude mcp add --transport http ${name} ${url}` }],
    ["Codex", { code: `codex mcp add ${name} --url ${url}` }],
    ["Other clients", { code: url }],
  ];
}

function renderOption(client: string, option: InstallOption): string {
  return "link" in option
    ? `<a href="${escapeHtml(option.link)}">Add to ${client}</a>`
    : `<code>${escapeHtml(option.code)}</code>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
