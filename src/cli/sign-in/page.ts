import { hash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import { escapeHtml } from "../../shared/html.ts";
import { startLoopbackServer } from "../../shared/loopback-server.ts";

/** A page on this machine that takes an API key. It is open until a key is stored, or for ten minutes. */
export type SignInPage = {
  readonly url: string;
  readonly id: string;
  /** Resolves when the page closes, to whether a key was stored. */
  readonly ended: Promise<boolean>;
  close(): Promise<void>;
};

/** The outcome of a submitted key, as sentences for the page. */
export type Submission = { readonly stored: string } | { readonly problem: string };

export type SignInPageOptions = {
  /** Where keys are created. */
  readonly keyPage: URL;
  /** The host that the key is for. */
  readonly host: string;
  /** What happens to the key: a sentence. */
  readonly note: string;
  /** Checks a key and stores it. */
  submit(key: string): Promise<Submission>;
  readonly clock?: Pick<Clock, "after"> | undefined;
};

/** How long a page is open, in milliseconds. */
export const PAGE_LIFETIME_MS = 10 * 60_000;

/** Limit of the keys that one page checks. */
const MAX_ATTEMPTS = 10;

/** Limit of a form's body, in bytes. */
const MAX_BODY_BYTES = 8 * 1024;

const PATH_BYTES = 32;
const ID_BYTES = 9;

const UNREF_CLOCK: Pick<Clock, "after"> = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** Opens a page. @throws Error if no port is free */
export async function openSignInPage(options: SignInPageOptions): Promise<SignInPage> {
  const { submit, clock = UNREF_CLOCK } = options;
  // The URL passes through the client; only someone who knows this path can submit a key.
  const path = `/${randomBytes(PATH_BYTES).toString("base64url")}`;
  let attempts = 0;
  let isChecking = false;
  let end: (isStored: boolean) => void = () => {};
  const ended = new Promise<boolean>((resolve) => {
    end = resolve;
  });

  const respond = async (request: IncomingMessage): Promise<Page> => {
    const { method = "", headers } = request;
    const own = server.url;
    if (headers.host !== own.host) return failure(421, "This host name does not belong to the page.");
    // A query or another path: a key in a URL is never read.
    if (request.url !== path)
      return failure(404, "There is no such page. Open the link from your MCP client again.");
    if (method === "GET" || method === "HEAD") return form(options);
    if (method !== "POST")
      return failure(405, "This page accepts GET and POST.", { allow: "GET, HEAD, POST" });
    if (!isOwnPage(headers, own)) return failure(403, "Only the page itself can submit a key.");
    const key = await readKey(request);
    if (key === undefined)
      return form(options, "The form was incomplete or too long. Paste the key alone.", 400);
    if (isChecking) return form(options, "Another key is being checked. Wait a moment, then try again.", 409);
    isChecking = true;
    attempts += 1;
    const submission = await submit(key).finally(() => {
      isChecking = false;
    });
    if ("stored" in submission) return { ...success(submission.stored), isStored: true };
    if (attempts < MAX_ATTEMPTS) return form(options, submission.problem, 422);
    return {
      ...failure(429, "Too many attempts. Go back to your MCP client and call the tool again."),
      isStored: false,
    };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const page = await respond(request).catch(() =>
      form(options, "The key could not be checked. Try again.", 500),
    );
    const { status, headers, body, isStored } = page;
    if (isStored !== undefined) response.once("close", () => void finish(isStored));
    response.writeHead(status, { ...HEADERS, ...headers }).end(request.method === "HEAD" ? undefined : body);
  };

  const server = await startLoopbackServer((request, response) => void handle(request, response), 0);
  server.unref();
  const finish = async (isStored: boolean): Promise<void> => {
    cancelTimer();
    end(isStored);
    await server.close();
  };
  const cancelTimer = clock.after(PAGE_LIFETIME_MS, () => void finish(false));
  return {
    url: new URL(path, server.url).href,
    id: randomBytes(ID_BYTES).toString("base64url"),
    ended,
    close: () => finish(false),
  };
}

/**
 * Whether a form was submitted by the page itself. Browsers send `Origin: null` from a page without referrers (Fetch,
 * "append a request Origin header"), but no other site can send that value of `Sec-Fetch-Site`.
 */
function isOwnPage({ origin, "sec-fetch-site": site }: IncomingHttpHeaders, own: URL): boolean {
  return origin === own.origin || (origin === "null" && site === "same-origin");
}

/** Returns the submitted key; undefined if the body is no form, too long, or has another number of keys. */
async function readKey(request: IncomingMessage): Promise<string | undefined> {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read, so that the browser reads the response.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    if (size > 16 * MAX_BODY_BYTES) request.destroy();
  }
  if (type !== "application/x-www-form-urlencoded" || size > MAX_BODY_BYTES) return undefined;
  const [key, ...more] = new URLSearchParams(Buffer.concat(chunks).toString("utf8")).getAll("key");
  return more.length === 0 ? key : undefined;
}

/** Colors have a contrast of at least 4.5 with the background (WCAG 2.2, 1.4.3). */
const STYLE = `:root{color-scheme:light dark;--bg:#fff;--text:#1f2328;--soft:#59636e;--line:#818b98;--link:#0550ae;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--text:#e6edf3;--soft:#9198a1;--line:#656c76;--link:#79c0ff;--bad:#ff8a80}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--text);max-width:34rem;margin:0 auto;padding:2rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25}
a{color:var(--link)}
li{margin-bottom:.5rem}
label{display:block;font-weight:600}
input,button{font:inherit;width:100%;padding:.6rem .7rem;margin-top:.4rem;color:inherit;background:transparent;border:1px solid var(--line);border-radius:6px}
button{background:var(--link);color:var(--bg);border-color:transparent;font-weight:600;cursor:pointer;margin-top:1rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
[role=alert]{color:var(--bad);font-weight:600}
.note{color:var(--soft);font-size:.875rem}`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  connection: "close",
} as const;

type Page = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set if the page is closed after the response. */
  readonly isStored?: boolean;
};

/** The form has no action, so it is sent to the page's own URL, with the key in the body. */
function form({ keyPage, host, note }: SignInPageOptions, problem?: string, status = 200): Page {
  const alert = problem === undefined ? "" : `<p role="alert" id="problem">${escapeHtml(problem)}</p>\n`;
  const state =
    problem === undefined ? 'aria-describedby="note"' : 'aria-describedby="problem note" aria-invalid="true"';
  return {
    status,
    body: render(
      `Sign in to ${host}`,
      `<ol>
<li><a href="${escapeHtml(keyPage.href)}" target="_blank" rel="noopener noreferrer">Open Lightfast in a new tab</a>, choose your organization, and create a key under Settings &gt; API Keys.</li>
<li>Paste the key here.</li>
</ol>
<form method="post">
${alert}<label for="key">API key (lf_…)</label>
<input id="key" name="key" type="password" required autofocus autocomplete="off" autocapitalize="none" spellcheck="false" ${state}>
<button>Sign in</button>
</form>
<p class="note" id="note">${escapeHtml(note)}</p>`,
    ),
  };
}

function success(text: string): Page {
  const next = "Go back to your MCP client, where the call goes on. You can close this page.";
  return {
    status: 200,
    body: render("Signed in", `<p role="status">${escapeHtml(text)}</p>\n<p>${next}</p>`),
  };
}

function failure(status: number, problem: string, headers: Page["headers"] = {}): Page {
  return { status, headers, body: render("Not possible", `<p role="alert">${escapeHtml(problem)}</p>`) };
}

function render(heading: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(heading)}</h1>
${content}
</main>
</body>
</html>
`;
}
