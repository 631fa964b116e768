import { version } from "../../version.ts";

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What the page tells of a platform. */
export type LandingPage = {
  /** The name that clients are to give the server. */
  readonly name: string;
  readonly heading: string;
  /** What the address is for: a sentence or two. */
  readonly purpose: string;
  /** What happens to whoever adds it to a client. */
  readonly entry: string;
  readonly documentation: string;
};

/** One-click links and commands that connect a client with the server at `url`. */
function waysIn(
  name: string,
  url: string,
): readonly (readonly [client: string, what: string, link: boolean])[] {
  const entry = JSON.stringify({ url });
  return [
    [
      "Cursor",
      `https://cursor.com/en/install-mcp?name=${name}&config=${encodeURIComponent(Buffer.from(entry).toString("base64"))}`,
      true,
    ],
    [
      "VS Code",
      `https://insiders.vscode.dev/redirect/mcp/install?name=${name}&config=${encodeURIComponent(JSON.stringify({ type: "http", url }))}`,
      true,
    ],
    ["Claude Code", `claude mcp add --transport http ${name} ${url}`, false],
    ["Codex", `codex mcp add ${name} --url ${url}`, false],
    ["Any other", url, false],
  ];
}

/** The page for people who open the server's address in a browser: what it is, and how to connect. */
export function renderLandingPage(
  resourceUrl: URL,
  { name, heading, purpose, entry, documentation }: LandingPage,
): string {
  const rows = waysIn(name, resourceUrl.href).map(([client, what, link]) => {
    const cell = link
      ? `<a href="${escapeHtml(what)}">Add to ${client}</a>`
      : `<code>${escapeHtml(what)}</code>`;
    return `<tr><th>${client}</th><td>${cell}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(heading)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}th{text-align:left;padding-right:1.5rem;white-space:nowrap}td,th{vertical-align:top;padding-block:.3rem}code{word-break:break-all}</style>
<h1>${escapeHtml(heading)}</h1>
<p>This address is for programs: ${escapeHtml(purpose)} Add it to your client. ${escapeHtml(entry)}</p>
<table>${rows.join("")}</table>
<p>lightfast-mcp ${escapeHtml(version)} · <a href="${escapeHtml(documentation)}">Documentation</a></p>
</html>
`;
}
