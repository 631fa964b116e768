import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../../src/mcp/errors.ts";
import { CLIENT_SECRET, endpointOf, issues } from "../../support/auth/token-endpoints.ts";
import { refusalOf, serverKey } from "../../support/auth/tokens.ts";
import {
  type Act,
  answer,
  closedPort,
  endless,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../support/scripted-server.ts";

const OWN = { grant_type: "client_credentials", audience: "https://api.example/" };
const EXCHANGE = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: "the.users.token",
  subject_token_type: "https://mcp.example/mcp",
  audience: "https://api.example/",
};

/** What a request for a token is refused with, and what was logged of it. */
const refusedWith = async (
  act: Act,
  parameters: Readonly<Record<string, string>> = OWN,
  timeoutMs = 4000,
) => {
  const { endpoint, server, lines } = await endpointOf([act], { timeoutMs });
  const error = await refusalOf(endpoint(parameters));
  if (!(error instanceof ToolError)) throw error;
  return { error, server, lines };
};

describe("a request", () => {
  test("is a form with the grant's parameters and the client's own", async () => {
    const { endpoint, server, forms } = await endpointOf([issues("t1")]);
    expect(await endpoint(EXCHANGE)).toEqual({ accessToken: "t1", expiresInSeconds: 3600 });
    expect(forms()).toEqual([{ ...EXCHANGE, client_id: "our-client", client_secret: CLIENT_SECRET }]);
    expect(server.requests).toMatchObject([{ method: "POST", target: "/oauth/token" }]);
    expect(server.requests[0]?.headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("is signed anew each time by a client that has a key, and holds no secret", async () => {
    const { key, publicKey } = serverKey("RS256", "client");
    const { endpoint, forms, server, clock } = await endpointOf([issues("t1")], {
      proof: { signingKey: key },
    });
    await endpoint(OWN);
    await endpoint(OWN);
    const [first, second] = forms();
    expect(first).toEqual({
      ...OWN,
      client_id: "our-client",
      client_assertion: expect.any(String),
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    expect(second?.client_assertion).not.toBe(first?.client_assertion);
    await jwtVerify(first?.client_assertion ?? "", publicKey, {
      audience: server.url("/oauth/token").href,
      issuer: "our-client",
      currentDate: new Date(clock.now()),
    });
  });

  test("keeps characters that mean something in a form", async () => {
    const odd = "a+b&c=d %41é";
    const { endpoint, forms } = await endpointOf([issues("t1")], { proof: { secret: odd } });
    await endpoint({ ...OWN, audience: odd });
    expect(forms()).toMatchObject([{ audience: odd, client_secret: odd }]);
  });
});

describe("a token's lifetime", () => {
  test.each([
    ["a number", 86_400, 86_400],
    ["a number as a text", "3600", 3600],
    ["nothing at all", 0, 0],
    ["a part of a second", 0.5, 0.5],
  ])("may be %s", async (_, expiresIn, seconds) => {
    const { endpoint } = await endpointOf([issues("t1", expiresIn)]);
    expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: seconds });
  });

  test("is a minute where the server names none", async () => {
    const { endpoint } = await endpointOf([json(200, { access_token: "t1", token_type: "Bearer" })]);
    expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: 60 });
  });
});

describe("an answer without a usable token", () => {
  test.each<[string, Act]>([
    ["an empty object", json(200, {})],
    ["an empty token", json(200, { access_token: "", expires_in: 60 })],
    ["a token that is no text", json(200, { access_token: 7, expires_in: 60 })],
    ["a token that ended before it began", json(200, { access_token: "t1", expires_in: -1 })],
    ["a list", json(200, ["t1"])],
    ["a page", html(200)],
    ["nothing", answer(200)],
  ])("such as %s is the operator's to look into", async (_, act) => {
    const { error, server } = await refusedWith(act);
    expect(error).toMatchObject({ code: "upstream_error", status: 200, retryable: false });
    expect(error.hint).toContain("operator");
    expect(server.requests).toHaveLength(1);
  });
});

describe("a refusal", () => {
  const saying = (status: number, error: unknown) =>
    json(status, { error, error_description: `no ${CLIENT_SECRET}, no the.users.token` });

  test.each(["invalid_request", "invalid_grant"])(
    "of the user's own token with %s sends him back to log in",
    async (word) => {
      const { error } = await refusedWith(saying(400, word), EXCHANGE);
      expect(error).toMatchObject({ code: "invalid_token", status: 400, retryable: false });
      expect(error.message).toContain(`HTTP 400 (${word})`);
      expect(error.hint).toContain("Reconnect");
    },
  );

  test.each([
    ["this server's own token", 400, "invalid_grant", OWN],
    ["the client", 401, "invalid_client", EXCHANGE],
    ["the client", 401, "invalid_grant", EXCHANGE],
    ["the audience", 400, "invalid_target", EXCHANGE],
    ["the request", 400, "invalid_request", OWN],
    ["the audience", 403, "access_denied", OWN],
    ["the grant", 400, "unauthorized_client", EXCHANGE],
  ])("of %s with HTTP %i %s is the operator's to look into", async (_, status, word, parameters) => {
    const { error, server } = await refusedWith(saying(status, word), parameters);
    expect(error).toMatchObject({ code: "upstream_error", status, retryable: false });
    expect(error.message).toContain(`HTTP ${status} (${word})`);
    expect(error.hint).toContain("operator");
    expect(server.requests).toHaveLength(1);
  });

  test.each([500, 502, 503, 504, 429])("with HTTP %i passes, and is safe to repeat", async (status) => {
    const { error } = await refusedWith(saying(status, "server_error"), EXCHANGE);
    expect(error).toMatchObject({ code: "upstream_error", status, retryable: true });
    expect(error.hint).toContain("safe to try again");
  });

  test("that says when to come back is passed on, so that the caller's own retry can heed it", async () => {
    const { error, server } = await refusedWith(answer(503, "", { "retry-after": "7" }));
    expect(error).toMatchObject({ status: 503, retryable: true, retryAfterMs: 7000 });
    expect(server.requests).toHaveLength(1);
  });

  test("no assertion is sent twice, even where the first may have arrived", async () => {
    const { endpoint, server } = await endpointOf([resetBeforeHeaders, issues("t1")], {
      proof: { signingKey: serverKey("RS256", "client").key },
    });
    expect(await endpoint(OWN)).toMatchObject({ accessToken: "t1" });
    const proofs = server.requests.map(({ body }) => new URLSearchParams(body).get("client_assertion"));
    expect(proofs).toHaveLength(2);
    expect(new Set(proofs).size).toBe(2);
  });

  test.each([
    ["a text for people", "Client secret the-secret-of-our-client is wrong"],
    ["a list", ["invalid_grant"]],
    ["a word without end", "x".repeat(61)],
    ["an empty word", ""],
  ])("names no error that is %s", async (_, word) => {
    const { error, lines } = await refusedWith(saying(400, word), EXCHANGE);
    expect(error).toMatchObject({
      code: "upstream_error",
      message: "The authorization server issued no token: HTTP 400",
    });
    expect(lines.join("\n")).not.toContain("the-secret");
  });

  test.each<[string, Act]>([
    ["JSON", saying(400, "invalid_grant")],
    ["a page", answer(403, `<p>${CLIENT_SECRET} the.users.token</p>`, { "content-type": "text/html" })],
    ["a text", answer(500, `${CLIENT_SECRET} the.users.token`)],
  ])("in %s passes on nothing of the body, nor of the request", async (_, act) => {
    const { error, lines } = await refusedWith(act, EXCHANGE);
    const told = [error.message, error.hint, String(error.cause ?? ""), error.stack, ...lines].join("\n");
    for (const secret of [CLIENT_SECRET, "the.users.token", "<p>"]) expect(told).not.toContain(secret);
  });

  test("is logged for the operator, with the grant and the audience", async () => {
    const { lines } = await refusedWith(saying(401, "invalid_client"));
    const warnings = lines.filter((line) => line.includes(" warn: "));
    expect(warnings).toEqual([
      'lightfast-mcp warn: token refused grant="client_credentials" audience="https://api.example/" status=401 error="invalid_client"',
    ]);
  });
});

describe("where there is no answer", () => {
  test.each<[string, Act]>([
    ["the connection breaks at once", resetBeforeHeaders],
    ["the connection breaks within the answer", resetAfterHeaders],
    ["the answer is cut off", truncated],
  ])("because %s, it is asked twice, and is safe to ask again", async (_, act) => {
    const { error, server } = await refusedWith(act);
    expect(error).toMatchObject({ code: "upstream_error", retryable: true });
    expect(error.message).toMatch(/^The authorization server gave no usable answer: /);
    expect(error.hint).toContain("safe to try again");
    expect(server.requests).toHaveLength(2);
  });

  test("because it has no end, asking again does not help", async () => {
    const { error, server } = await refusedWith(endless);
    expect(error).toMatchObject({ code: "upstream_error", retryable: false });
    expect(error.hint).toContain("will not help");
    expect(server.requests).toHaveLength(1);
  });

  test("the operator finds the reason in the log", async () => {
    const { lines } = await refusedWith(truncated);
    expect(lines.join("\n")).toContain("no token");
  });

  test("because nobody listens, it is safe to ask again", async () => {
    const { endpoint } = await endpointOf([hang], {
      url: new URL(`http://127.0.0.1:${await closedPort()}/oauth/token`),
    });
    const error = await refusalOf(endpoint(OWN));
    expect(error).toMatchObject({ code: "upstream_error", retryable: true, reason: "ECONNREFUSED" });
  });

  test("in the time there is, it is safe to ask again", async () => {
    const { error } = await refusedWith(hang, OWN, 100);
    expect(error).toMatchObject({ code: "upstream_error", retryable: true, reason: "DEADLINE" });
    expect(error.message).toContain("within 100 ms");
  });

  test("nothing of the request is told", async () => {
    const { error, lines } = await refusedWith(resetBeforeHeaders, EXCHANGE);
    const told = [error.message, error.hint, ...lines].join("\n");
    for (const secret of [CLIENT_SECRET, "the.users.token"]) expect(told).not.toContain(secret);
  });
});

test.each([302, 307])("HTTP %i to somebody else takes no secret there", async (status) => {
  const other = await playScript([issues("t1")]);
  const { error } = await refusedWith(redirect(status, other.url("/oauth/token").href), EXCHANGE);
  expect(error.code).toBe("upstream_error");
  expect(other.requests).toHaveLength(0);
});
