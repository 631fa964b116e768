import { Buffer } from "node:buffer";
import { afterAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

type Body = { readonly id: string; readonly input: string };

const send = async (path: string, init: RequestInit = {}) => {
  const headers = { authorization: `Bearer ${sandbox.readyKey}` };
  const response = await fetch(new URL(`/api/v1${path}`, sandbox.url), { headers, ...init });
  return { status: response.status, body: (await response.json()) as Body };
};
const post = (body: RequestInit["body"]) => send("/signals", { method: "POST", body: body ?? null });
const create = async (input: string): Promise<string> => (await post(JSON.stringify({ input }))).body.id;

const ID = /^signal_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("creating", () => {
  it("accepts a signal and says that it is queued", async () => {
    const answer = await post('{"input":"hello"}');
    expect(answer).toEqual({
      status: 202,
      body: { id: expect.stringMatching(ID), status: "queued", visibilityScope: "user" },
    });
  });

  it("makes another signal of the same input", async () => {
    expect(await create("twice")).not.toBe(await create("twice"));
  });

  it.each([
    ["  hi  ", "hi"],
    ["\u00a0\ufeff hi\n", "hi"],
    ["a".repeat(4000), "a".repeat(4000)],
    ["😀".repeat(2000), "😀".repeat(2000)],
    [` ${"a".repeat(4000)} `, "a".repeat(4000)],
  ])("stores input trimmed (%#)", async (input, stored) => {
    expect((await send(`/signals/${await create(input)}`)).body.input).toBe(stored);
  });

  it("drops keys it does not know", async () => {
    const body = '{"input":"x","id":"mine","__proto__":{"status":"failed"},"constructor":1}';
    expect((await post(body)).status).toBe(202);
  });

  it("reads JSON whatever the content type, and with a byte order mark", async () => {
    expect((await post(Buffer.from('\ufeff{"input":"x"}'))).status).toBe(202);
  });
});

describe("a body that is refused names the issue", () => {
  const refused = (...diagnostics: object[]) => ({
    status: 400,
    body: { error: "invalid_request", message: "Signal request body is invalid.", diagnostics },
  });
  const noObject = (received: string) =>
    refused({
      code: "invalid_type",
      expected: "object",
      path: [],
      message: `Invalid input: expected object, received ${received}`,
    });
  const noString = (received: string) =>
    refused({
      code: "invalid_type",
      expected: "string",
      path: ["input"],
      message: `Invalid input: expected string, received ${received}`,
    });
  const tooSmall = refused({
    origin: "string",
    code: "too_small",
    minimum: 1,
    inclusive: true,
    path: ["input"],
    message: "Too small: expected string to have >=1 characters",
  });
  const tooBig = refused({
    origin: "string",
    code: "too_big",
    maximum: 4000,
    inclusive: true,
    path: ["input"],
    message: "Too big: expected string to have <=4000 characters",
  });

  it.each([
    ["no body", null, noObject("undefined")],
    ["broken JSON", '{"input":', noObject("undefined")],
    ["more than a mebibyte", JSON.stringify({ input: " ".repeat(2 ** 20) }), noObject("undefined")],
    ["null", "null", noObject("null")],
    ["a list", "[]", noObject("array")],
    ["an empty object", "{}", noString("undefined")],
    ["an inherited input", '{"__proto__":{"input":"x"}}', noString("undefined")],
    ["a number as input", '{"input":1}', noString("number")],
    ["blanks", '{"input":" \\n\u00a0\ufeff "}', tooSmall],
    ["4001 letters", JSON.stringify({ input: "a".repeat(4001) }), tooBig],
    ["2001 emoji", JSON.stringify({ input: "😀".repeat(2001) }), tooBig],
  ])("%s", async (_, body, answer) => {
    expect(await post(body)).toEqual(answer);
  });
});
