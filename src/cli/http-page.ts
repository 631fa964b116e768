import { version } from "../version.ts";

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** One-click links and commands that connect a client with the server at `url`. */
const waysIn = (url: string): readonly (readonly [client: string, what: string, link: boolean])[] => {
  const entry = JSON.stringify({ url });
  return [
    [
      "Cursor",
      `https://cursor.com/en/install-mcp?name=lightfast&config=${encodeURIComponent(Buffer.from(entry).toString("base64"))}`,
      true,
    ],
    [
      "VS Code",
      `https://insiders.vscode.dev/redirect/mcp/install?name=lightfast&config=${encodeURIComponent(JSON.stringify({ type: "http", url }))}`,
      true,
    ],
    ["Claude Code", `claude mcp add --transport http lightfast ${url}`, false],
    ["Codex", `codex mcp add lightfast --url ${url}`, false],
    ["Any other", url, false],
  ];
};

/** The page for people who open the server's address in a browser: what it is, and how to connect. */
export const pageOf = (resourceUrl: URL): string => {
  const rows = waysIn(resourceUrl.href).map(([client, what, link]) => {
    const cell = link
      ? `<a href="${escapeHtml(what)}">Add to ${client}</a>`
      : `<code>${escapeHtml(what)}</code>`;
    return `<tr><th>${client}</th><td>${cell}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lightfast MCP server</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}th{text-align:left;padding-right:1.5rem;white-space:nowrap}td,th{vertical-align:top;padding-block:.3rem}code{word-break:break-all}</style>
<h1>Lightfast MCP server</h1>
<p>This address is for programs: it lets an AI client record signals in Lightfast and follow how they are classified. Add it to your client, and you will be asked to sign in.</p>
<table>${rows.join("")}</table>
<p>lightfast-mcp ${escapeHtml(version)} · <a href="https://lightfast.ai/docs/integrate/mcp">Documentation</a></p>
</html>
`;
};
