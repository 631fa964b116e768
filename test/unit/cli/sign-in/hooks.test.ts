import { expect, onTestFinished, test, vi } from "vitest";
import { createSignInHooks } from "../../../../src/cli/sign-in/hooks.ts";
import { ToolError } from "../../../../src/mcp/errors.ts";
import type { Answer, CallDetails, Question } from "../../../../src/mcp/interaction.ts";
import { LOCAL_CALLER } from "../../../../src/mcp/tool.ts";
import { resolveLightfastSettings } from "../../../../src/platforms/lightfast/config/resolve.ts";
import type { Upstream } from "../../../../src/platforms/lightfast/server.ts";
import { createLogger } from "../../../../src/shared/logger.ts";
import { visit } from "../../../support/browse.ts";
import { temporaryHome } from "../../../support/home.ts";
import { manualClock } from "../../../support/manual-clock.ts";

const NO_KEY = new ToolError("missing_token", "No key", { hint: "Log in." });
const MISSING: Upstream = { code: "missing_token", problem: "No key", hint: "Log in." };

/** Hooks of a server without a key, in an empty home, with a clock of the test. */
function open() {
  temporaryHome();
  vi.stubEnv("LIGHTFAST_API_KEY", undefined);
  const clock = manualClock();
  const { recover } = createSignInHooks({
    settings: resolveLightfastSettings({}, {}),
    log: createLogger("silent", () => {}),
    redact: (text) => text,
    flags: {},
    current: () => MISSING,
    replace: () => {},
    clock,
  });
  const ask = (answer?: Answer, more: Partial<CallDetails> = {}) =>
    recover?.(NO_KEY, {
      tool: "t",
      caller: LOCAL_CALLER,
      client: undefined,
      kinds: new Set(["url"]),
      answer,
      isRepeating: true,
      signal: new AbortController().signal,
      gone: undefined,
      ...more,
    });
  // The page closes, and with it the server.
  onTestFinished(() => clock.advance(60 * 60_000));
  return { ask, clock };
}

function accepted(question: unknown, round: number): Answer {
  return {
    purpose: "sign-in",
    action: "accept",
    content: undefined,
    round,
    data: (question as Question).data,
  };
}

test("a repeated call waits 45 seconds for the page, asks once more, and then says that the page is open", async () => {
  const { ask, clock } = open();
  const first = (await ask()) as Extract<Question, { kind: "url" }>;
  expect(first).toMatchObject({
    kind: "url",
    purpose: "sign-in",
    message: /^No key\. Sign in to lightfast\.ai/,
  });
  const second = ask(accepted(first, 1));
  clock.advance(45_000);
  expect(await second).toMatchObject({ url: first.url, data: first.id });
  const third = ask(accepted(first, 2));
  clock.advance(45_000);
  await expect(third).rejects.toMatchObject({
    code: "missing_token",
    hint: "The sign-in page is still open in the browser. Finish it there, then call again.",
  });
  expect((await visit(first.url)).status).toBe(200);
});

test("a call of the legacy era waits until the page closes, and then fails as before", async () => {
  const { ask, clock } = open();
  const question = await ask();
  const waiting = ask(accepted(question, 1), { isRepeating: false });
  clock.advance(10 * 60_000);
  expect(await waiting).toBeUndefined();
});

test("an answer to a page that is gone fails as before, and opens no other page", async () => {
  const { ask, clock } = open();
  const question = await ask();
  clock.advance(10 * 60_000);
  await vi.waitFor(() => expect(visit((question as { url: string }).url)).rejects.toThrow());
  expect(await ask(accepted(question, 1))).toBeUndefined();
});

test("a client that went away is not asked, and its call does not wait", async () => {
  const { ask } = open();
  const gone = new AbortController();
  const question = await ask(undefined, { gone: gone.signal });
  const waiting = ask(accepted(question, 1), { gone: gone.signal });
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: "missing_token" });
  expect(await ask(undefined, { gone: gone.signal })).toBeUndefined();
});

test.each([
  ["true", "form"],
  ["none", undefined],
])(
  "Codex, which declines URLs without https unseen, is asked in a form if a browser opens: %s",
  async (browser, kind) => {
    for (const name of ["CI", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"]) vi.stubEnv(name, undefined);
    vi.stubEnv("BROWSER", browser);
    const { ask } = open();
    const client = { name: "codex-mcp-client", version: "1" };
    const question = await ask(undefined, { client, kinds: new Set(["url", "form"]), isRepeating: false });
    expect(question).toEqual(kind && expect.objectContaining({ kind }));
  },
);
