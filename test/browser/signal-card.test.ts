import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BrowserPage, openBrowser } from "../support/browser.ts";
import { type Hosted, serveHttp } from "../support/http-program.ts";
import { type AppsHost, serveAppsHost } from "./apps-host.ts";

const WIDTHS = [320, 800];
const THEMES = ["light", "dark"];
/** A folder for screenshots. */
const SHOTS = process.env.SCREENSHOTS;

const ID = "signal_123e4567-e89b-12d3-a456-426614174000";
const TEXT =
  "Ada at Acme (ada@acme.example) says they renew only if SSO works before the quarterly review on December 12. She promised the board an answer this week.";
const SIGNAL = { id: ID, input: TEXT, visibilityScope: "user", createdAt: "2026-11-28T16:40:00.000Z" };
const CLASSIFICATION = {
  disposition: "actionable",
  kind: "follow_up",
  priority: "urgent",
  title: "Acme's renewal depends on SSO",
  summary: "Acme renews only if SSO works before December 12.",
  nextAction: "Ask the identity team for a date, then answer Ada this week.",
  routing: {
    visibility: { scope: "team", rationale: "Shared work on a customer's renewal." },
    review: { required: false, reason: null, rationale: null },
  },
};
const CLASSIFIED = {
  ...SIGNAL,
  ...{ status: "classified", visibilityScope: "team", classification: CLASSIFICATION },
  entityLinks: [{ label: "Ada", resolvedPerson: { displayName: "Ada Lovelace" } }],
};

const resultOf = (structuredContent: object) => ({
  content: [{ type: "text", text: JSON.stringify(structuredContent) }],
  structuredContent,
});
const NOT_FOUND = `not_found: There is no signal ${ID} in this organization. Check the id.`;

/** What a host sends, and what the card's status then is. */
const STATES = {
  queued: [resultOf({ ...SIGNAL, status: "queued" }), "Queued"],
  processing: [resultOf({ ...SIGNAL, status: "processing" }), "Processing"],
  classified: [resultOf(CLASSIFIED), "Classified"],
  failed: [resultOf({ ...SIGNAL, status: "failed" }), "Failed"],
  error: [{ content: [{ type: "text", text: NOT_FOUND }], isError: true }, "No result"],
} as const;

let page: BrowserPage;
let host: AppsHost;
let server: Hosted;
beforeAll(async () => {
  host = await serveAppsHost();
  page = await openBrowser();
});
beforeEach(async () => {
  const { origin } = new URL(host.page);
  server = await serveHttp(["--auth", "none", "--sandbox", "--allowed-origins", origin]);
});
afterAll(async () => {
  await page.close();
  host.close();
});

type Options = {
  args?: object;
  context?: object;
  canCall?: boolean;
  result?: object | "none";
  tool?: string;
};

/** Opens the host and the card of a call; of `lightfast_signals_get`, unless told otherwise. */
async function openCard(options: Options): Promise<void> {
  await page.open(host.page);
  const all = {
    url: server.url,
    sandbox: host.sandbox,
    tool: "lightfast_signals_get",
    args: { id: ID },
    ...options,
  };
  await page.evaluate(`openApp(${JSON.stringify(all)})`);
}

type FrameTree = { frame: { id: string }; childFrames?: FrameTree[] };

/** Evaluates an expression in the card's document, which is two frames deep. */
async function inCard<T>(expression: string): Promise<T> {
  const { frameTree } = await page.send<{ frameTree: FrameTree }>("Page.getFrameTree");
  const frameId = frameTree.childFrames?.[0]?.childFrames?.[0]?.frame.id;
  const { executionContextId } = await page.send<{ executionContextId: number }>("Page.createIsolatedWorld", {
    frameId,
  });
  const { result, exceptionDetails } = await page.send<{ result: { value: T }; exceptionDetails?: object }>(
    "Runtime.evaluate",
    { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true, userGesture: true },
  );
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

/** Resolves when the host has given the card the height that it asked for. */
function untilSized(): Promise<void> {
  return inCard(`new Promise((resolve) => {
    const check = () => document.querySelector("main").offsetHeight === innerHeight ? resolve() : requestAnimationFrame(check);
    check();
  })`);
}

/** Resolves when the card's status is `status`. */
function untilStatus(status: string): Promise<void> {
  return inCard(`new Promise((resolve) => {
    const check = () => document.querySelector("#status").textContent === ${JSON.stringify(status)} && resolve();
    new MutationObserver(check).observe(document.body, { childList: true, characterData: true, subtree: true });
    check();
  })`);
}

/** Without that about the stream of the legacy era, for which the SDK's client asks and which the server does not have. */
const complaints = () => page.complaints.filter((text) => !text.includes("405 (Method Not Allowed)"));

const textOfCard = () => inCard<string>("document.body.innerText");

async function resize(width: number, scheme: string): Promise<void> {
  await page.send("Emulation.setDeviceMetricsOverride", {
    ...{ width, height: 700, deviceScaleFactor: 1, mobile: false },
  });
  await page.send("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
}

async function shoot(name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  const height = await inCard<number>(`document.querySelector("main").offsetHeight`);
  const width = await page.evaluate<number>("innerWidth");
  const { data } = await page.send<{ data: string }>("Page.captureScreenshot", {
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 },
  });
  writeFileSync(join(SHOTS, `${name}.png`), data, "base64");
}

/** What axe-core finds in the card: all of WCAG up to 2.2 AA, and its best practices. */
async function findViolations(): Promise<readonly string[]> {
  return inCard(`(async () => {
    ${readFileSync(host.axe, "utf8")};
    const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
    if (passes.length < 10) throw new Error("axe-core found nothing to check");
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html + " " + failureSummary));
  })()`);
}

describe.each(Object.keys(STATES) as (keyof typeof STATES)[])("the card of a signal, %s", (name) => {
  const [result, status] = STATES[name];

  test("is readable in both themes and at both widths", async () => {
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        // The host's theme differs from the browser's, and wins.
        await resize(width, theme === "dark" ? "light" : "dark");
        await openCard({ context: { theme, locale: "en-US", timeZone: "UTC" }, result });
        await untilStatus(status);
        await untilSized();
        await shoot(`${name}-${width}-${theme}`);
        expect(await findViolations()).toEqual([]);
        const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
        expect(await inCard(overflow)).toBe(0);
        const background = await inCard("getComputedStyle(document.body).backgroundColor");
        expect(background).toBe(theme === "dark" ? "rgb(28, 30, 34)" : "rgb(255, 255, 255)");
        expect(complaints()).toEqual([]);
      }
    }
  });
});

test("a recorded signal moves from queued to classified by the card's own calls", async () => {
  await resize(800, "light");
  await openCard({ tool: "lightfast_signals_create", args: { input: `Follow up: ${TEXT}` } });
  await untilStatus("Queued");
  expect(await inCard(`document.querySelector("[aria-current]").textContent`)).toBe("Queued");
  await untilStatus("Classified");
  expect(await inCard(`document.querySelector("[aria-current]").textContent`)).toBe("Classified");
  const text = await textOfCard();
  for (const part of [TEXT, "Follow up", "Priority", "Next action", "The team"]) expect(text).toContain(part);
  expect(await findViolations()).toEqual([]);
  expect(complaints()).toEqual([]);
});

test("the reader's theme decides where the host names none, and host styles win", async () => {
  await resize(320, "dark");
  const styles = { variables: { "--color-text-primary": "light-dark(rgb(1, 2, 3), rgb(250, 251, 252))" } };
  const safeAreaInsets = { top: 20, right: 0, bottom: 0, left: 0 };
  await openCard({ context: { styles, safeAreaInsets }, result: STATES.queued[0] });
  const styleOf = (property: string, selector = "body") =>
    inCard(`getComputedStyle(document.querySelector("${selector}")).${property}`);
  expect(await styleOf("backgroundColor")).toBe("rgb(28, 30, 34)");
  expect(await styleOf("color")).toBe("rgb(250, 251, 252)");
  expect(await styleOf("padding", "main")).toBe("36px 16px 16px");
  await page.evaluate(`bridge.setHostContext({ theme: "light" })`);
  await inCard(`new Promise((resolve) => {
    const check = () => getComputedStyle(document.body).color === "rgb(1, 2, 3)" ? resolve() : requestAnimationFrame(check);
    check();
  })`);
});

test("texts of others are never markup, and the card reaches no network", async () => {
  await resize(800, "light");
  const markup = `<img src="${server.url}?leak" onerror="document.title='run'"><script>document.title='run'</script>`;
  const classification = { ...CLASSIFICATION, title: markup, nextAction: markup, kind: markup };
  await openCard({ result: resultOf({ ...CLASSIFIED, input: markup, classification }) });
  await untilStatus("Classified");
  expect(await inCard(`document.querySelectorAll("main img, main script").length`)).toBe(0);
  expect((await textOfCard()).split("onerror")).toHaveLength(5);
  expect(await inCard("document.title")).toBe("Lightfast signal");
  expect(complaints()).toEqual([]);
  // The card's own policy forbids what the host's would allow: a picture of the page's origin.
  const violated = await inCard(`new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, originalPolicy }) =>
      resolve(effectiveDirective + " by " + originalPolicy.split(";")[0]));
    document.body.append(Object.assign(document.createElement("img"), { src: "/leak.png", alt: "" }));
  })`);
  expect(violated).toBe("img-src by default-src 'none'");
});

test("a host without tools for pages gets a hint, and no call", async () => {
  await resize(320, "light");
  await openCard({ canCall: false, result: STATES.queued[0] });
  await untilStatus("Queued");
  expect(await textOfCard()).toContain(
    "This client does not update the card. Ask for the status in the chat.",
  );
  await untilSized();
  await shoot("refused-320-light");
  expect(await findViolations()).toEqual([]);
});

test("the keyboard reaches the buttons, the focus is visible, and a retry reads the signal", async () => {
  await resize(320, "light");
  const long = `${"A long text. ".repeat(100)}End.`;
  await openCard({ result: STATES.error[0], args: { id: ID, input: long } });
  await untilStatus("No result");
  const active = () => inCard<string>("document.activeElement.id");
  const outline = () => inCard("getComputedStyle(document.activeElement).outlineStyle");
  await page.press("Tab");
  expect([await active(), await outline()]).toEqual(["more", "solid"]);
  await shoot("keyboard-320-light");
  await page.press("Enter");
  expect(
    await inCard(`document.querySelector("#more").hidden && !document.querySelector("#text").className`),
  ).toBe(true);
  await page.press("Tab");
  expect([await active(), await outline()]).toEqual(["retry", "solid"]);
  await page.press("Enter");
  // The sandbox has no such signal, so that the server's own error appears.
  await inCard(`new Promise((resolve) => {
    const check = () => document.querySelector("#problem").textContent.includes("not_found") ? resolve() : requestAnimationFrame(check);
    check();
  })`);
  expect(await findViolations()).toEqual([]);
});

test("the card lets its host close it, and animations respect the reader's choice", async () => {
  await resize(320, "light");
  await openCard({ result: STATES.processing[0] });
  await untilStatus("Processing");
  const animation = () => inCard(`getComputedStyle(document.querySelector("[aria-current]")).animationName`);
  expect(await animation()).toBe("pulse");
  await page.send("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-reduced-motion", value: "reduce" }],
  });
  expect(await animation()).toBe("none");
  expect(await page.evaluate("bridge.teardownResource({})")).toEqual({});
});
