import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { escapeHtml } from "../../shared/html.ts";
import type { HttpResponse } from "./response.ts";
import type { ClientSetup, HttpService } from "./types.ts";

/** Colors have a contrast of at least 4.5 with the background (WCAG 2.2, 1.4.3). Code scrolls, so that no word is broken. */
const STYLE = `:root{color-scheme:light dark;--bg:#fff;--text:#1f2328;--soft:#59636e;--box:#f6f8fa;--line:#d1d9e0;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--text:#e6edf3;--soft:#9198a1;--box:#161b22;--line:#3d444d;--link:#79c0ff}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--text);max-width:46rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}
a{color:var(--link)}
details{border-top:1px solid var(--line)}details:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:.6rem .2rem;font-weight:600}
details p{margin:0 0 .5rem}
.copy{display:flex;align-items:flex-start;gap:.5rem;margin-bottom:.8rem}
pre{flex:1;min-width:0;margin:0;padding:.55rem .7rem;overflow-x:auto;background:var(--box);border:1px solid var(--line);border-radius:6px;font:.875rem/1.5 ui-monospace,monospace;white-space:pre-wrap}
pre:not(:has(span)),pre span{white-space:pre}
button{font:inherit;font-size:.875rem;min-width:4.8rem;padding:.5rem .6rem;color:var(--text);background:var(--box);border:1px solid var(--line);border-radius:6px;cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media(max-width:30rem){.copy{flex-direction:column}pre{align-self:stretch}}
[hidden]{display:none}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
[role=status]{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`;

/** The buttons appear only if this runs. The Clipboard API is missing on pages that came over plain http. */
const SCRIPT = `const status=document.querySelector("[role=status]");
for(const button of document.querySelectorAll(".copy button")){
const code=button.previousElementSibling;
button.hidden=false;
button.addEventListener("click",async()=>{
let copied=true;
try{await navigator.clipboard.writeText(code.textContent)}catch{
getSelection().selectAllChildren(code);
copied=document.execCommand("copy")}
button.textContent=copied?"Copied":"Selected";
status.textContent=copied?"Copied to the clipboard":"Selected. Press Ctrl+C to copy.";
setTimeout(()=>{button.textContent="Copy";status.textContent=""},2000)})}`;

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f2328"/><path d="M18 4 8 18h7l-1 10 10-14h-7z" fill="#fff"/></svg>';

const POLICY = [
  "default-src 'none'",
  `style-src '${integrity(STYLE)}'`,
  `script-src '${integrity(SCRIPT)}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The page for people who open the server's URL in a browser: what it is, and how each client connects. It is rendered
 * once. @returns the response to one request: the page, or 304 if the browser has it
 */
export function createLandingPage<Identity>(
  resourceUrl: URL,
  service: HttpService<Identity>,
): (request: IncomingMessage) => HttpResponse {
  const body = renderLandingPage(resourceUrl, service);
  const etag = `"${hash("sha256", body, "base64url")}"`;
  const page: HttpResponse = {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
      etag,
      // At the MCP endpoint, these decide between the page and a challenge.
      vary: "accept, authorization, sec-fetch-mode",
    },
    body,
  };
  const unchanged = { ...page, status: 304 };
  return ({ headers }) => (matches(headers["if-none-match"], etag) ? unchanged : page);
}

/** Compares weakly (RFC 9110, section 13.1.2), because proxies that compress a page weaken its tag. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")));
}

function renderLandingPage<Identity>(resourceUrl: URL, service: HttpService<Identity>): string {
  const { heading, purpose, documentation, program, setups } = service.landingPage;
  const url = service.metadata?.resource ?? resourceUrl.href;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(heading)}</h1>
<p>This is an MCP endpoint. Add it to your AI client to ${escapeHtml(purpose)} ${describeAccess(service)}</p>
${renderCode(url, "the URL")}
<h2>Set up your client</h2>
${setups.map(renderSetup).join("\n")}
</main>
<footer>${escapeHtml(program)} · <a href="${escapeHtml(documentation)}">Documentation</a></footer>
<p role="status"></p>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function describeAccess<Identity>({ access, metadata }: HttpService<Identity>): string {
  if (access.kind === "open") return "No authentication. Only reachable from this machine.";
  return metadata ? "You will be asked to sign in." : "Send your API key as the bearer token.";
}

function renderSetup({ client, link, instruction, text, next }: ClientSetup): string {
  const oneClick = link ? `<p><a href="${escapeHtml(link)}">Add to ${escapeHtml(client)}</a></p>\n` : "";
  return `<details>
<summary>${escapeHtml(client)}</summary>
${oneClick}<p>${renderText(instruction)}</p>
${renderCode(text, `the text for ${client}`)}
${next ? `<p>${renderText(next)}</p>\n` : ""}</details>`;
}

/** Paths are wrapped after their separators. */
function renderText(text: string): string {
  return escapeHtml(text).replaceAll(/[/\\]/g, "$&<wbr>");
}

/** Code that scrolls can be focused, so that the arrow keys move it. A command line is wrapped between its words. */
function renderCode(text: string, what: string): string {
  const label = escapeHtml(`Copy ${what}`);
  const lines = escapeHtml(text);
  const code = text.includes("\n") ? lines : lines.replaceAll(/\S+/g, "<span>$&</span>");
  return `<div class="copy"><pre tabindex="0"><code>${code}</code></pre><button type="button" aria-label="${label}" hidden>Copy</button></div>`;
}

/** The source expression for an inline script or style (CSP Level 3, section 2.3.1). */
function integrity(text: string): string {
  return `sha256-${hash("sha256", text, "base64")}`;
}
