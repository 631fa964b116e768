import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { clientParameters, parseSigningKey } from "../../../src/auth/oauth-client.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import { CLIENT_SECRET, endpointOf, issues } from "../../support/auth/token-endpoints.ts";
import { createClock, refusalOf, serverKey } from "../../support/auth/tokens.ts";
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

describe("client assertion", () => {
  const ENDPOINT = new URL("https://issuer.example/oauth/token");
  const { key, publicKey } = serverKey("RS256", "client");
  const PKCS8 = String(key.export({ type: "pkcs8", format: "pem" }));
  const PKCS1 = String(key.export({ type: "pkcs1", format: "pem" }));

  const assertionOf = async (clock = createClock(), proof = { signingKey: key }) => {
    const { client_assertion: assertion = "" } = await clientParameters(
      "our-client",
      proof,
      ENDPOINT,
      clock.now,
    );
    return assertion;
  };

  describe("a client with a secret", () => {
    test("sends its id and the secret, and nothing else", async () => {
      const { now } = createClock();
      expect(await clientParameters("our-client", { secret: "a secret & more" }, ENDPOINT, now)).toEqual({
        client_id: "our-client",
        client_secret: "a secret & more",
      });
    });
  });

  describe("a client with a key", () => {
    test("sends its id and an assertion, and no secret", async () => {
      const { now } = createClock();
      expect(await clientParameters("our-client", { signingKey: key }, ENDPOINT, now)).toEqual({
        client_id: "our-client",
        client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
    });

    test("signs with RS256, and says of itself what the authorization server must know", async () => {
      const clock = createClock();
      clock.pass(0.999);
      const assertion = await assertionOf(clock);
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256" });
      const { payload } = await jwtVerify(assertion, publicKey, { currentDate: new Date(clock.now()) });
      expect({ ...payload, aud: [payload.aud].flat() }).toEqual({
        iss: "our-client",
        sub: "our-client",
        aud: ["https://issuer.example/oauth/token"],
        iat: clock.seconds(),
        exp: clock.seconds() + 60,
        jti: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    });

    test("signs each request anew, under a number of its own", async () => {
      const clock = createClock();
      const assertions = await Promise.all(Array.from({ length: 20 }, () => assertionOf(clock)));
      const claims = assertions.map((assertion) =>
        JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString()),
      );
      expect(new Set(claims.map(({ jti }) => jti)).size).toBe(20);
      expect(new Set(claims.map(({ iat }) => iat)).size).toBe(1);
    });

    test.each([
      ["PKCS#8", PKCS8],
      ["PKCS#1", PKCS1],
      ["PKCS#8 with other line breaks", PKCS8.replaceAll("\n", "\r\n")],
      ["PKCS#1 without a line break at its end", PKCS1.trim()],
    ])("may have it in %s", async (_, pem) => {
      const signingKey = parseSigningKey(pem);
      const clock = createClock();
      expect(signingKey).toBeDefined();
      const assertion = signingKey && (await assertionOf(clock, { signingKey }));
      await jwtVerify(assertion ?? "", publicKey, { currentDate: new Date(clock.now()) });
    });
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;

  test.each([
    ["an empty text", ""],
    ["a word", "secret"],
    ["a public key", String(publicKey.export({ type: "spki", format: "pem" }))],
    ["a key of a curve", String(ec.privateKey.export({ type: "pkcs8", format: "pem" }))],
    ["a key under a passphrase", String(key.export(encrypted))],
    ["a key that is cut off", PKCS8.slice(0, 400)],
    ["the frame of a key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
  ])("%s is no signing key", (_, pem) => {
    expect(parseSigningKey(pem)).toBeUndefined();
  });

  test("a key that is too short for RS256 is no signing key (RFC 7518, section 3.3)", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    expect(parseSigningKey(String(privateKey.export({ type: "pkcs8", format: "pem" })))).toBeUndefined();
  });

  test("a key for PSS alone is no signing key for RS256", () => {
    const { privateKey } = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
    expect(parseSigningKey(String(privateKey.export({ type: "pkcs8", format: "pem" })))).toBeUndefined();
  });
});

describe("oauth client", () => {
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
        clientAuthentication: { signingKey: key },
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
      const { endpoint, forms } = await endpointOf([issues("t1")], { clientAuthentication: { secret: odd } });
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
        clientAuthentication: { signingKey: serverKey("RS256", "client").key },
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
});
