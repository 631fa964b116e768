import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSignInPage, PAGE_LIFETIME_MS, type Submission } from "../../../../src/cli/sign-in/page.ts";
import { submitKey, visit } from "../../../support/browse.ts";
import { createGate } from "../../../support/gate.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const KEY = "lf_0123456789";

/** An open page that accepts one key. */
async function open(decide?: (key: string) => Promise<Submission>) {
  const clock = manualClock();
  const submitted: string[] = [];
  const page = await openSignInPage({
    keyPage: new URL("https://lightfast.test/account/settings"),
    host: "lightfast.test",
    note: "Stored in <your> profile.",
    submit: async (key) => {
      submitted.push(key);
      if (decide) return decide(key);
      return key === KEY ? { stored: "lf_…6789 is stored." } : { problem: `"${key}" is wrong.` };
    },
    clock,
  });
  onTestFinished(() => page.close());
  return { page, clock, submitted };
}

describe("the page", () => {
  test("says what it wants, why, and what to do", async () => {
    const { page } = await open();
    const { status, text } = await visit(page.url);
    expect(status).toBe(200);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain("<h1>Sign in to lightfast.test</h1>");
    expect(text).toContain(
      '<a href="https://lightfast.test/account/settings" target="_blank" rel="noopener noreferrer">',
    );
    expect(text).toContain('<label for="key">API key (lf_…)</label>');
    expect(text).toMatch(
      /<input id="key" name="key" type="password" required autofocus autocomplete="off"[^>]+aria-describedby="note">/,
    );
    expect(text).toContain("Stored in &#60;your&#62; profile.");
    expect(text).toContain("prefers-color-scheme:dark");
  });

  test("loads nothing, runs nothing, cannot be framed, and leaves no trace", async () => {
    const { page } = await open();
    const { headers, text } = await visit(page.url);
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "";
    const digest = createHash("sha256").update(style).digest("base64");
    expect(headers["content-security-policy"]).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(text).not.toContain("<script");
    expect(text).not.toMatch(/src=|url\(/);
  });

  test("is on 127.0.0.1, at a path that cannot be guessed, different each time", async () => {
    const [one, other] = [await open(), await open()];
    expect(one.page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}$/);
    expect(new URL(one.page.url).pathname).not.toBe(new URL(other.page.url).pathname);
    expect(one.page.id).not.toBe(other.page.id);
    expect(one.page.url).not.toContain(one.page.id);
  });

  test("stores a key once: then it says so, and closes", async () => {
    const { page, submitted } = await open();
    const { status, text } = await submitKey(page.url, KEY);
    expect(status).toBe(200);
    expect(text).toContain("lf_…6789 is stored.");
    expect(text).not.toContain(KEY);
    expect(await page.ended).toBe(true);
    await expect(submitKey(page.url, KEY)).rejects.toThrow(/ECONNREFUSED/);
    await expect(visit(page.url)).rejects.toThrow(/ECONNREFUSED/);
    expect(submitted).toEqual([KEY]);
  });

  test("shows why a key was not stored, without trusting the text, and takes another one", async () => {
    const { page } = await open();
    const { status, text } = await submitKey(page.url, "<b>");
    expect(status).toBe(422);
    expect(text).toContain('<p role="alert" id="problem">&#34;&#60;b&#62;&#34; is wrong.</p>');
    expect(text).toContain('aria-describedby="problem note" aria-invalid="true"');
    expect((await submitKey(page.url, KEY)).status).toBe(200);
  });

  test("takes ten keys at most", async () => {
    const { page, submitted } = await open();
    for (let attempt = 1; attempt < 10; attempt += 1)
      expect((await submitKey(page.url, "no")).status).toBe(422);
    const { status, text } = await submitKey(page.url, "no");
    expect([status, text]).toEqual([
      429,
      expect.stringContaining("Too many attempts. Go back to your MCP client"),
    ]);
    expect(await page.ended).toBe(false);
    await expect(submitKey(page.url, KEY)).rejects.toThrow(/ECONNREFUSED/);
    expect(submitted).toHaveLength(10);
  });

  test("checks one key at a time", async () => {
    const [begun, release] = [createGate(), createGate()];
    const { page, submitted } = await open(async () => {
      begun.open();
      await release.promise;
      return { stored: "Done." };
    });
    const first = submitKey(page.url, KEY);
    await begun.promise;
    expect(await submitKey(page.url, KEY)).toMatchObject({
      status: 409,
      text: /Another key is being checked/,
    });
    release.open();
    expect((await first).status).toBe(200);
    expect(submitted).toHaveLength(1);
  });

  test("survives a check that fails unexpectedly, without saying how", async () => {
    const { page } = await open(() => Promise.reject(new Error(`internal ${KEY}`)));
    const { status, text } = await submitKey(page.url, KEY);
    expect([status, text]).toEqual([
      500,
      expect.stringContaining("The key could not be checked. Try again."),
    ]);
    expect(text).not.toContain("internal");
  });

  test("closes after ten minutes", async () => {
    const { page, clock, submitted } = await open();
    clock.advance(PAGE_LIFETIME_MS - 1);
    expect((await visit(page.url)).status).toBe(200);
    clock.advance(1);
    expect(await page.ended).toBe(false);
    await expect(submitKey(page.url, KEY)).rejects.toThrow(/ECONNREFUSED/);
    expect(submitted).toEqual([]);
  });
});

describe("an attack stores nothing:", () => {
  const FORM = { "content-type": "application/x-www-form-urlencoded" };
  const body = `key=${KEY}`;

  test.each<
    [string, { method?: string; headers?: Record<string, string>; body?: string; suffix?: string }, number]
  >([
    ["a form of another site", { headers: { ...FORM, origin: "https://evil.test" }, body }, 403],
    ["a form of another port", { headers: { ...FORM, origin: "http://127.0.0.1:1" }, body }, 403],
    ["a form without an origin", { headers: FORM, body }, 403],
    [
      "a sandboxed frame",
      { headers: { ...FORM, origin: "null", "sec-fetch-site": "cross-site" }, body },
      403,
    ],
    ["an opaque origin in an old browser", { headers: { ...FORM, origin: "null" }, body }, 403],
    [
      "a page of the same site",
      { headers: { ...FORM, origin: "null", "sec-fetch-site": "same-site" }, body },
      403,
    ],
    ["another host that resolves to this machine", { headers: { ...FORM, host: "evil.test" }, body }, 421],
    ["the same, to read the page", { method: "GET", headers: { host: "evil.test:80" } }, 421],
    ["another loopback name", { method: "GET", headers: { host: "localhost" } }, 421],
    ["a key in the URL", { method: "GET", suffix: `?key=${KEY}` }, 404],
    ["a key in the URL of a form", { headers: FORM, body, suffix: `?key=${KEY}` }, 404],
    ["a longer path", { method: "GET", suffix: "/" }, 404],
    ["another method", { method: "PUT", headers: FORM, body }, 405],
    ["JSON", { headers: { "content-type": "application/json" }, body: `{"key":"${KEY}"}` }, 400],
    [
      "plain text, as a form of another site can send it",
      { headers: { "content-type": "text/plain" }, body },
      400,
    ],
    ["two keys", { headers: FORM, body: `${body}&key=lf_other` }, 400],
    ["no key", { headers: FORM, body: "other=1" }, 400],
    ["a body over the limit", { headers: FORM, body: `${body}${"x".repeat(9000)}` }, 400],
  ])("%s", async (_, { method = "POST", headers = {}, body: content, suffix = "" }, status) => {
    const { page, submitted } = await open();
    const own = status === 403 ? {} : { origin: new URL(page.url).origin };
    const response = await visit(page.url + suffix, {
      method,
      headers: { ...own, ...headers },
      ...(content !== undefined && { body: content }),
    });
    expect(response.status).toBe(status);
    expect(response.text).not.toContain(KEY);
    expect(submitted).toEqual([]);
    // The page itself goes on to work.
    expect((await submitKey(page.url, KEY)).status).toBe(200);
  });

  test("another path", async () => {
    const { page, submitted } = await open();
    const { origin } = new URL(page.url);
    for (const path of ["/", `/${"A".repeat(43)}`, "/favicon.ico"])
      expect(await submitKey(`${origin}${path}`, KEY)).toMatchObject({ status: 404 });
    expect(submitted).toEqual([]);
  });

  test("a body without an end is cut off", async () => {
    const { page, submitted } = await open();
    const headers = { ...FORM, origin: new URL(page.url).origin };
    const endless = visit(page.url, { method: "POST", headers, body: "x".repeat(4 * 1024 * 1024) });
    await expect(endless).rejects.toThrow();
    expect(submitted).toEqual([]);
  });
});
