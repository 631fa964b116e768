import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { parseSigningKey } from "../../../src/auth/oauth-client.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import { CLIENT_SECRET, respondWithToken, startTokenEndpoint } from "../../support/auth/token-endpoints.ts";
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

const { key: signingKey, publicKey } = serverKey("RS256", "client");
const PKCS8 = String(signingKey.export({ type: "pkcs8", format: "pem" }));
const PKCS1 = String(signingKey.export({ type: "pkcs1", format: "pem" }));

describe("parseSigningKey", () => {
  test.each([
    ["PKCS#8", PKCS8],
    ["PKCS#1", PKCS1],
    ["PKCS#8 with CRLF", PKCS8.replaceAll("\n", "\r\n")],
    ["PKCS#1 without a final line break", PKCS1.trim()],
  ])("reads %s", async (_, pem) => {
    const key = parseSigningKey(pem);
    expect(key && createPublicKey(key).equals(publicKey)).toBe(true);
  });

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;

  test.each([
    ["an empty text", ""],
    ["a word", "secret"],
    ["a public key", String(publicKey.export({ type: "spki", format: "pem" }))],
    ["an elliptic curve key", String(ec.privateKey.export({ type: "pkcs8", format: "pem" }))],
    ["an encrypted key", String(signingKey.export(encrypted))],
    ["a truncated key", PKCS8.slice(0, 400)],
    ["an empty PEM block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
  ])("rejects %s", (_, pem) => {
    expect(parseSigningKey(pem)).toBeUndefined();
  });

  test.each([
    [
      "a key too short for RS256 (RFC 7518, section 3.3)",
      generateKeyPairSync("rsa", { modulusLength: 1024 }),
    ],
    ["a key for PSS only", generateKeyPairSync("rsa-pss", { modulusLength: 2048 })],
  ])("rejects %s", (_, { privateKey }) => {
    expect(parseSigningKey(String(privateKey.export({ type: "pkcs8", format: "pem" })))).toBeUndefined();
  });
});

describe("token endpoint", () => {
  const OWN = { grant_type: "client_credentials", audience: "https://api.example/" };
  const EXCHANGE = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: "the.users.token",
    subject_token_type: "https://mcp.example/mcp",
    audience: "https://api.example/",
  };

  /** Requests a token in vain, and returns the error, the server and the log. */
  const failWith = async (act: Act, parameters: Readonly<Record<string, string>> = OWN, timeoutMs = 4000) => {
    const { endpoint, server, lines } = await startTokenEndpoint([act], { timeoutMs });
    const error = await refusalOf(endpoint(parameters));
    if (!(error instanceof ToolError)) throw error;
    return { error, server, lines };
  };

  describe("a request", () => {
    test("is a form with the parameters of the grant and the client's id and secret", async () => {
      const { endpoint, server, forms } = await startTokenEndpoint([respondWithToken("t1")]);
      expect(await endpoint(EXCHANGE)).toEqual({ accessToken: "t1", expiresInSeconds: 3600 });
      expect(forms()).toEqual([{ ...EXCHANGE, client_id: "our-client", client_secret: CLIENT_SECRET }]);
      expect(server.requests).toMatchObject([{ method: "POST", target: "/oauth/token" }]);
      expect(server.requests[0]?.headers).toMatchObject({
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      });
      expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
    });

    describe("of a client with a signing key", () => {
      const send = async () => {
        const room = await startTokenEndpoint([respondWithToken("t1")], {
          clientAuthentication: { signingKey },
        });
        room.clock.pass(0.999);
        await room.endpoint(OWN);
        await room.endpoint(OWN);
        const assertions = room.forms().map((form) => form.client_assertion ?? "");
        return { ...room, assertions };
      };

      test("contains its id and an assertion, and no secret", async () => {
        const { forms } = await send();
        expect(forms()[0]).toEqual({
          ...OWN,
          client_id: "our-client",
          client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        });
      });

      test("is signed with RS256 and has the claims of RFC 7523", async () => {
        const { assertions, clock, server } = await send();
        const [assertion = ""] = assertions;
        expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256" });
        const { payload } = await jwtVerify(assertion, publicKey, { currentDate: new Date(clock.now()) });
        expect({ ...payload, aud: [payload.aud].flat() }).toEqual({
          iss: "our-client",
          sub: "our-client",
          aud: [server.url("/oauth/token").href],
          iat: clock.seconds() - 30,
          exp: clock.seconds() + 60,
          jti: expect.stringMatching(/^[0-9a-f]{32}$/),
        });
      });

      test("has an assertion and an id of its own each time", async () => {
        const { assertions, clock } = await send();
        const claims = await Promise.all(
          assertions.map((one) => jwtVerify(one, publicKey, { currentDate: new Date(clock.now()) })),
        );
        expect(new Set(claims.map(({ payload }) => payload.jti)).size).toBe(2);
        expect(new Set(claims.map(({ payload }) => payload.iat)).size).toBe(1);
      });
    });

    test("encodes special characters", async () => {
      const odd = "a+b&c=d %41é";
      const { endpoint, forms } = await startTokenEndpoint([respondWithToken("t1")], {
        clientAuthentication: { secret: odd },
      });
      await endpoint({ ...OWN, audience: odd });
      expect(forms()).toMatchObject([{ audience: odd, client_secret: odd }]);
    });
  });

  describe("a token's lifetime", () => {
    test.each([
      ["a number", 86_400, 86_400],
      ["a numeric string", "3600", 3600],
      ["zero", 0, 0],
      ["a fraction of a second", 0.5, 0.5],
    ])("may be %s", async (_, expiresIn, seconds) => {
      const { endpoint } = await startTokenEndpoint([respondWithToken("t1", expiresIn)]);
      expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: seconds });
    });

    test.each(["soon", "", null, {}])("is a minute if the response has %j", async (expiresIn) => {
      const { endpoint } = await startTokenEndpoint([respondWithToken("t1", expiresIn)]);
      expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: 60 });
    });

    test("is a minute if the response has none", async () => {
      const { endpoint } = await startTokenEndpoint([
        json(200, { access_token: "t1", token_type: "Bearer" }),
      ]);
      expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: 60 });
    });
  });

  test("a response needs neither token_type nor content type", async () => {
    const { endpoint } = await startTokenEndpoint([answer(200, '{"access_token":"t1","expires_in":60}')]);
    expect(await endpoint(OWN)).toEqual({ accessToken: "t1", expiresInSeconds: 60 });
  });

  describe("a response without a usable token", () => {
    test.each<[string, Act]>([
      ["an empty object", json(200, {})],
      ["an empty token", json(200, { access_token: "", expires_in: 60 })],
      ["a token that isn't a string", json(200, { access_token: 7, expires_in: 60 })],
      ["a negative lifetime", json(200, { access_token: "t1", expires_in: -1 })],
      ["an array", json(200, ["t1"])],
      ["an HTML page", html(200)],
      ["an empty body", answer(200)],
    ])("such as %s is reported to the operator", async (_, act) => {
      const { error, server } = await failWith(act);
      expect(error).toMatchObject({ code: "upstream_error", status: 200, retryable: false });
      expect(error.hint).toContain("operator");
      expect(server.requests).toHaveLength(1);
    });
  });

  describe("an error response", () => {
    const saying = (status: number, error: unknown) =>
      json(status, { error, error_description: `no ${CLIENT_SECRET}, no the.users.token` });

    test.each(["invalid_request", "invalid_grant"])(
      "that rejects the user's token with %s tells them to reconnect",
      async (word) => {
        const { error } = await failWith(saying(400, word), EXCHANGE);
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
    ])("that rejects %s with HTTP %i %s is reported to the operator", async (_, status, word, parameters) => {
      const { error, server } = await failWith(saying(status, word), parameters);
      expect(error).toMatchObject({ code: "upstream_error", status, retryable: false });
      expect(error.message).toContain(`HTTP ${status} (${word})`);
      expect(error.hint).toContain("operator");
      expect(server.requests).toHaveLength(1);
    });

    test.each([500, 502, 503, 504, 429])("with HTTP %i is transient", async (status) => {
      const { error } = await failWith(saying(status, "server_error"), EXCHANGE);
      expect(error).toMatchObject({ code: "upstream_error", status, retryable: true });
      expect(error.hint).toContain("safe to try again");
    });

    test("with a WWW-Authenticate header still names its error", async () => {
      const challenge = { "www-authenticate": 'Basic realm="x"' };
      const { error } = await failWith(json(401, { error: "invalid_client" }, challenge));
      expect(error.message).toContain("HTTP 401 (invalid_client)");
    });

    test("keeps Retry-After, so that the caller can heed it", async () => {
      const { error, server } = await failWith(answer(503, "", { "retry-after": "7" }));
      expect(error).toMatchObject({ status: 503, retryable: true, retryAfterMs: 7000 });
      expect(server.requests).toHaveLength(1);
    });

    test("no assertion is sent twice, even if the first may have arrived", async () => {
      const { endpoint, server } = await startTokenEndpoint([resetBeforeHeaders, respondWithToken("t1")], {
        clientAuthentication: { signingKey },
      });
      expect(await endpoint(OWN)).toMatchObject({ accessToken: "t1" });
      const proofs = server.requests.map(({ body }) => new URLSearchParams(body).get("client_assertion"));
      expect(proofs).toHaveLength(2);
      expect(new Set(proofs).size).toBe(2);
    });

    test.each([
      ["a sentence", `Client secret ${CLIENT_SECRET} is wrong`],
      ["an array", ["invalid_grant"]],
      ["too long", "x".repeat(61)],
      ["empty", ""],
    ])("omits an error code that is %s", async (_, word) => {
      const { error, lines } = await failWith(saying(400, word), EXCHANGE);
      expect(error).toMatchObject({
        code: "upstream_error",
        message: "The authorization server issued no token: HTTP 400",
      });
      expect(lines.join("\n")).not.toContain(CLIENT_SECRET);
    });

    test.each<[string, Act]>([
      ["JSON", saying(400, "invalid_grant")],
      [
        "an HTML page",
        answer(403, `<p>${CLIENT_SECRET} the.users.token</p>`, { "content-type": "text/html" }),
      ],
      ["plain text", answer(500, `${CLIENT_SECRET} the.users.token`)],
    ])("in %s reveals nothing of the body or the request", async (_, act) => {
      const { error, lines } = await failWith(act, EXCHANGE);
      const revealed = [error.message, error.hint, String(error.cause ?? ""), error.stack, ...lines].join(
        "\n",
      );
      for (const secret of [CLIENT_SECRET, "the.users.token", "<p>"]) expect(revealed).not.toContain(secret);
    });

    test("is logged for the operator, with the grant and the audience", async () => {
      const { lines } = await failWith(saying(401, "invalid_client"));
      const warnings = lines.filter((line) => line.startsWith("warn: "));
      expect(warnings).toEqual([
        'warn: token request rejected grant="client_credentials" audience="https://api.example/" status=401 error="invalid_client"',
      ]);
    });
  });

  describe("without a complete response", () => {
    test.each<[string, Act]>([
      ["the connection closes before the response", resetBeforeHeaders],
      ["the connection closes within the response", resetAfterHeaders],
      ["the response is truncated", truncated],
    ])("because %s, the request is sent twice, and may be tried again", async (_, act) => {
      const { error, server } = await failWith(act);
      expect(error).toMatchObject({ code: "upstream_error", retryable: true });
      expect(error.message).toMatch(/^The token request failed: /);
      expect(error.hint).toContain("safe to try again");
      expect(server.requests).toHaveLength(2);
    });

    test("because it is too large, trying again does not help", async () => {
      const { error, server } = await failWith(endless);
      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toContain("will not help");
      expect(server.requests).toHaveLength(1);
    });

    test("the failure is logged", async () => {
      const { lines } = await failWith(truncated);
      expect(lines.join("\n")).toContain("token request failed");
    });

    test("because the connection is refused, it is safe to try again", async () => {
      const { endpoint } = await startTokenEndpoint([hang], {
        url: new URL(`http://127.0.0.1:${await closedPort()}/oauth/token`),
      });
      const error = await refusalOf(endpoint(OWN));
      expect(error).toMatchObject({ code: "upstream_error", retryable: true, reason: "ECONNREFUSED" });
    });

    test("within the time limit, it is safe to try again", async () => {
      const { error } = await failWith(hang, OWN, 100);
      expect(error).toMatchObject({ code: "upstream_error", retryable: true, reason: "DEADLINE" });
      expect(error.message).toContain("within 100 ms");
    });

    test("nothing of the request is revealed", async () => {
      const { error, lines } = await failWith(resetBeforeHeaders, EXCHANGE);
      const revealed = [error.message, error.hint, ...lines].join("\n");
      for (const secret of [CLIENT_SECRET, "the.users.token"]) expect(revealed).not.toContain(secret);
    });
  });

  test.each([302, 307])("HTTP %i to another origin is not followed", async (status) => {
    const other = await playScript([respondWithToken("t1")]);
    const { error } = await failWith(redirect(status, other.url("/oauth/token").href), EXCHANGE);
    expect(error.code).toBe("upstream_error");
    expect(other.requests).toHaveLength(0);
  });
});
