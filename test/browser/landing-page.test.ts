import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserPage, openBrowser } from "../support/browser.ts";
import { hosted, serveHttp, serveProgram } from "../support/http-program.ts";

const WIDTHS = [360, 800, 1200];
const SCHEMES = ["light", "dark"];
/** WCAG 2.2, success criterion 1.4.3. */
const MIN_CONTRAST = 4.5;
/** A folder for screenshots. */
const SHOTS = process.env.SCREENSHOTS;

const SERVERS = {
  oauth: () => hosted(),
  "api-key": () => serveHttp(["--auth", "api-key", "--sandbox"]),
  none: () => serveHttp(["--auth", "none", "--sandbox"]),
  lfx: () => serveProgram(["lfx", "http", "--port", "0", "--auth", "none", "--sandbox"]),
};
const KINDS = Object.keys(SERVERS) as (keyof typeof SERVERS)[];

/** The parts of words outside of code that are on two lines. A path may continue on the next line after a slash. */
const BROKEN_WORDS = `(() => {
  const broken = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("pre, script")) continue;
    for (const { 0: word, index } of node.data.matchAll(/[^\\s/\\\\-]+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(word);
    }
  }
  return broken;
})()`;

/** The lowest contrast of a text with the nearest background behind it (WCAG 2.2, "contrast ratio"). */
const LOWEST_CONTRAST = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const elements = [...document.body.querySelectorAll("*")].filter(
    (element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
  );
  return Math.min(...elements.map((element) => {
    const [low, high] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()`;

/** Pixels of the page that are beside the window. */
const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const OPEN_ALL = `for (const details of document.querySelectorAll("details")) details.open = true;`;

let page: BrowserPage;
beforeAll(async () => {
  page = await openBrowser();
});
afterAll(() => page.close());

async function resize(width: number, scheme: string): Promise<void> {
  await page.send("Emulation.setDeviceMetricsOverride", {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: width < 500,
  });
  await page.send("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
}

async function shoot(name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  const { data } = await page.send<{ data: string }>("Page.captureScreenshot", {
    captureBeyondViewport: true,
  });
  writeFileSync(join(SHOTS, `${name}.png`), data, "base64");
}

describe.each(KINDS)("the landing page for %s", (kind) => {
  test("is readable at every width and in every color scheme", async () => {
    const { url } = await SERVERS[kind]();
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await resize(width, scheme);
        await page.open(new URL("/", url).href);
        await shoot(`${kind}-${width}-${scheme}`);
        await page.evaluate(OPEN_ALL);
        await shoot(`${kind}-${width}-${scheme}-open`);
        expect(await page.evaluate(BROKEN_WORDS)).toEqual([]);
        expect(await page.evaluate(OVERFLOW)).toBe(0);
        expect(await page.evaluate(LOWEST_CONTRAST)).toBeGreaterThanOrEqual(MIN_CONTRAST);
        const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        expect(background).toBe(scheme === "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)");
        expect(page.complaints).toEqual([]);
      }
    }
  });

  test("copies the text of each client", async () => {
    const { url } = await SERVERS[kind]();
    await resize(800, "light");
    await page.open(url);
    await page.send("Browser.grantPermissions", {
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    await page.evaluate(OPEN_ALL);
    const texts = await page.evaluate<string[]>(
      `[...document.querySelectorAll("code")].map((code) => code.textContent)`,
    );
    const copied = await page.evaluate<string[]>(`(async () => {
      const copied = [];
      for (const button of document.querySelectorAll("button")) {
        const announced = new Promise((done) => new MutationObserver(done).observe(document.querySelector("[role=status]"), { childList: true }));
        button.click();
        await announced;
        copied.push(button.textContent === "Copied" ? await navigator.clipboard.readText() : button.textContent);
      }
      return copied;
    })()`);
    expect(copied.length).toBeGreaterThan(3);
    expect(copied).toEqual(texts);
  });
});

test("a browser sees the same page at the endpoint, and needs the keyboard alone", async () => {
  const { url } = await SERVERS.none();
  await resize(800, "light");
  await page.open(new URL("/", url).href);
  const html = await page.evaluate("document.documentElement.outerHTML");
  await page.open(url);
  expect(new URL(url).pathname).toBe("/mcp");
  expect(await page.evaluate("document.documentElement.outerHTML")).toBe(html);
  const stops = await page.evaluate<number>(`document.querySelectorAll("main pre, main button").length`);
  const active = () =>
    page.evaluate<string>("document.activeElement.localName + (document.activeElement.ariaLabel ?? '')");
  for (const element of ["pre", "buttonCopy the URL", "summary"]) {
    await page.press("Tab");
    expect(await active()).toBe(element);
  }
  await page.press("Enter");
  expect(await page.evaluate(`document.querySelector("details").open`)).toBe(true);
  expect(stops).toBeGreaterThan(3);
});

test("the page works without JavaScript", async () => {
  const { url } = await SERVERS.none();
  await page.send("Emulation.setScriptExecutionDisabled", { value: true });
  await page.open(url);
  await page.send("Emulation.setScriptExecutionDisabled", { value: false });
  const shown = await page.evaluate<number>(
    `[...document.querySelectorAll("button")].filter((button) => button.checkVisibility()).length`,
  );
  expect(shown).toBe(0);
  expect(await page.evaluate(`document.querySelector("code").textContent`)).toBe(url);
});
