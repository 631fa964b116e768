import { expect, test } from "vitest";
import { get, post, toolErrorOf } from "../../support/http.ts";
import {
  type Act,
  answer,
  closedPort,
  endless,
  html,
  playScript,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../support/scripted-server.ts";

/** Too little time for a second attempt. */
const ONCE = { totalMs: 190 };

test("a refused connection names the method, the host, the path and the cause, but not the query", async () => {
  const port = await closedPort();
  const url = new URL(`http://127.0.0.1:${port}/api/v1/system/health?secret=1`);
  const error = await toolErrorOf(get(url, ONCE));
  expect(error.message).toBe(
    `GET 127.0.0.1:${port}/api/v1/system/health failed: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  expect(error).toMatchObject({ reason: "ECONNREFUSED", status: undefined, retryable: true });
  expect(error.hint).toBe(
    "It is safe to try again. Check the base URL, the network connection and the proxy settings.",
  );
});

test("a broken connection carries its code", async () => {
  const server = await playScript([resetBeforeHeaders]);
  const error = await toolErrorOf(post(server.url("/signals")));
  expect(error.message).toMatch(
    new RegExp(`^POST 127\\.0\\.0\\.1:${server.port}/signals failed: .*(?:ECONNRESET|UND_ERR_SOCKET)`),
  );
  expect(error.hint).not.toContain("safe");
  expect(error.reason).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET)$/);
  expect(error.status).toBeUndefined();
});

test.each<[string, Act]>([
  ["reset", resetAfterHeaders],
  ["cut short", truncated],
])("an answer that is %s keeps the status it began with", async (_, act) => {
  const server = await playScript([act]);
  const error = await toolErrorOf(get(server.url(), ONCE));
  expect(error).toMatchObject({ status: 200, retryable: true });
  expect(error.reason).toMatch(/^(?:ECONNRESET|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/);
});

test("the status is that of the last attempt, not of an earlier one", async () => {
  const server = await playScript([answer(503, "", { "retry-after": "0" }), resetBeforeHeaders]);
  const error = await toolErrorOf(get(server.url()));
  expect(server.requests).toHaveLength(3);
  expect(error.status).toBeUndefined();
});

test("an answer that is too large keeps its status and its reason", async () => {
  const server = await playScript([endless]);
  expect(await toolErrorOf(get(server.url()))).toMatchObject({
    status: 200,
    reason: "UND_ERR_RES_EXCEEDED_MAX_SIZE",
  });
});

test("https at a port that speaks http is told apart from a lost answer: nothing was processed", async () => {
  const server = await playScript([html(200)]);
  const error = await toolErrorOf(post(new URL(`https://127.0.0.1:${server.port}/`)));
  expect(error.code).toBe("upstream_error");
  expect(server.requests).toHaveLength(0);
  expect(error.hint).toBe(
    "Trying again will not help by itself. Check the base URL, the network connection and the proxy settings.",
  );
  expect(error.reason).toMatch(/^(?:ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/);
  expect(error.message).not.toContain("\n");
});
