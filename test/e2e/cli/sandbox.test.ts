import { expect, test } from "vitest";
import { connect, type Message, type Peer } from "../../support/program.ts";

type Result = {
  structuredContent?: Record<string, unknown>;
  content: { text: string }[];
  isError?: boolean;
  _meta?: Record<string, unknown>;
};

async function call(peer: Peer, name: string, args: object): Promise<Result> {
  const { result }: Message = await peer.request("tools/call", { name, arguments: args });
  return result as Result;
}

/** Follows a signal to its end, as the instructions tell a model to, only quicker. */
async function settle(peer: Peer, id: unknown, done: (signal: Record<string, unknown>) => boolean) {
  for (let tries = 0; tries < 200; tries += 1) {
    const { structuredContent: signal } = await call(peer, "lightfast_signals_get", { id });
    if (signal && done(signal)) return signal;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the signal never got there");
}

test("a signal is created, classified and linked without an account or a network", async () => {
  const peer = connect(["--sandbox"], {
    HTTP_PROXY: "http://127.0.0.1:1",
    LIGHTFAST_API_KEY: "lf_a_real_key_stays_out",
  });
  expect((await call(peer, "lightfast_system_health", {})).structuredContent).toMatchObject({ status: "ok" });
  const input = "  Follow up with ada@b.co about the invoice, urgent  ";
  const created = await call(peer, "lightfast_signals_create", { input });
  expect(created.structuredContent).toMatchObject({ status: "queued", visibilityScope: "user" });
  const id = created.structuredContent?.id;
  const signal = await settle(
    peer,
    id,
    ({ entityLinks }) => Array.isArray(entityLinks) && entityLinks.length > 0,
  );
  expect(signal).toMatchObject({
    id,
    input: input.trim(),
    status: "classified",
    visibilityScope: "team",
    classification: { kind: "follow_up", priority: "urgent", disposition: "actionable" },
    entityLinks: [{ anchorText: "ada@b.co", mentionKind: "email", localEntityKey: "person_1" }],
  });
  await peer.end();
});

test("text and structured content of a success are each complete", async () => {
  const peer = connect(["--sandbox"]);
  const { content, structuredContent } = await call(peer, "lightfast_signals_create", { input: "x" });
  expect(JSON.parse(content[0]?.text ?? "")).toEqual(structuredContent);
  await peer.end();
});

test("an input of the documented kind ends as failed", async () => {
  const peer = connect(["--sandbox"]);
  const { structuredContent } = await call(peer, "lightfast_signals_create", { input: "[sandbox:failed] x" });
  const signal = await settle(peer, structuredContent?.id, ({ status }) => status === "failed");
  expect(signal.classification).toBeNull();
  await peer.end();
});

test.each([
  ["lf_sandbox_expired", "invalid_token", 401, /"API key expired"/],
  ["lf_sandbox_disabled", "invalid_token", 401, /"API key disabled"/],
  ["lf_sandbox_outage", "invalid_token", 401, /outage of Lightfast's key service looks the same/],
  ["lf_sandbox_forbidden", "insufficient_scope", 403, /missing required permissions/],
  ["lf_sandbox_read", "insufficient_scope", 403, /api\.signals\.write/],
  ["lf_sandbox_orgless", "org_access_denied", 403, /not org-scoped/],
  ["lf_sandbox_unbound", "org_access_denied", 403, /connect the organization's GitHub account/],
  ["lf_sandbox_unbound_repo", "org_access_denied", 403, /repository named \.lightfast/],
  ["lf_sandbox_unbound_x", "org_access_denied", 403, /X account/],
  ["lf_sandbox_broken", "upstream_error", 500, /unknown whether the request was processed/],
])("the key %s shows a failure as %s", async (key, code, status, text) => {
  const peer = connect(["--sandbox"], { LIGHTFAST_API_KEY: key });
  const result = await call(peer, "lightfast_signals_create", { input: "x" });
  expect(result).toMatchObject({ isError: true, _meta: { "ai.lightfast/error": { code, status } } });
  expect(result).not.toHaveProperty("structuredContent");
  expect(result.content[0]?.text).toMatch(new RegExp(`^${code}: .+\\. .+\\.$`));
  expect(result.content[0]?.text).toMatch(text);
  await peer.end();
});

test.each([
  ["no input", "lightfast_signals_create", {}, /"input" is required \(a string\)/],
  ["a blank input", "lightfast_signals_create", { input: "  " }, /"input": must not be empty/],
  ["a long input", "lightfast_signals_create", { input: "x".repeat(4001) }, /"input": must be at most 4000/],
  ["2001 emoji", "lightfast_signals_create", { input: "💡".repeat(2001) }, /at most 4000/],
  ["a number", "lightfast_signals_create", { input: 5 }, /"input" must be a string, got a number/],
  [
    "a misspelt name",
    "lightfast_signals_create",
    { input: "x", inptu: "y" },
    /unknown argument "inptu" \(allowed: "input"\)/,
  ],
  [
    "an upper-case id",
    "lightfast_signals_get",
    { id: "signal_00000000-0000-0000-0000-00000000000A" },
    /"id": must have the form/,
  ],
  ["a list of arguments", "lightfast_signals_get", ["x"], /must be an object/],
])("%s is refused as invalid_input, naming the field and the limit", async (_, name, args, text) => {
  const peer = connect(["--sandbox"]);
  const result = await call(peer, name, args);
  expect(result.content[0]?.text).toMatch(
    /^invalid_input: .+ Nothing was sent\. Correct the arguments and call again\.$/,
  );
  expect(result.content[0]?.text).toMatch(text);
  await peer.end();
});

test("4000 letters and 2000 emoji are allowed", async () => {
  const peer = connect(["--sandbox"]);
  for (const input of ["x".repeat(4000), "💡".repeat(2000), ` ${"x".repeat(4000)} `]) {
    expect(await call(peer, "lightfast_signals_create", { input })).not.toHaveProperty("isError");
  }
  await peer.end();
});
