import { describe, expect, test } from "vitest";
import { AuthUnavailable } from "../../../src/auth/errors.ts";
import { createKeySet, discoverIssuer } from "../../../src/auth/jwks.ts";
import { createFetchJson } from "../../support/auth/fetch-json.ts";
import { startKeySet, verifyWith } from "../../support/auth/key-sets.ts";
import { createKeySetDocument, refusalOf, respondWithKeys, serverKey } from "../../support/auth/tokens.ts";
import { createGate } from "../../support/gate.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
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

describe("discovery", () => {
  const METADATA = "/.well-known/openid-configuration";

  /** Discovers the endpoints of a loopback issuer whose metadata endpoint responds with `act`. */
  const discover = async (act: (origin: string) => Act, path = "", timeoutMs = 4000) => {
    const server = await playScript([(response, request) => act(server.origin)(response, request)]);
    const endpoints = await discoverIssuer(`${server.origin}${path}`, timeoutMs, createFetchJson());
    return {
      origin: server.origin,
      jwks: endpoints.jwks.href,
      userInfo: endpoints.userInfo.href,
      requests: server.requests,
    };
  };

  const metadata =
    (changes: Readonly<Record<string, unknown>>) =>
    (origin: string): Act =>
      json(200, {
        issuer: origin,
        jwks_uri: "https://keys.example/jwks",
        userinfo_endpoint: "https://users.example/me",
        ...changes,
      });

  const NAMED = { jwks: "https://keys.example/jwks", userInfo: "https://users.example/me" };
  const defaults = (issuer: string) => ({
    jwks: `${issuer}/.well-known/jwks.json`,
    userInfo: `${issuer}/userinfo`,
  });

  describe("metadata", () => {
    test("name the endpoints", async () => {
      const { requests, ...endpoints } = await discover(metadata({}));
      expect(endpoints).toMatchObject(NAMED);
      expect(requests).toMatchObject([{ method: "GET", target: METADATA, body: "" }]);
      expect(requests[0]?.headers).not.toHaveProperty("authorization");
    });

    test("are requested below the issuer's path, with or without a trailing slash", async () => {
      const tenant = (origin: string) => metadata({ issuer: `${origin}/tenants/a` })(origin);
      for (const path of ["/tenants/a", "/tenants/a/"]) {
        const { requests, ...endpoints } = await discover(tenant, path);
        expect(endpoints).toMatchObject(NAMED);
        expect(requests[0]?.target).toBe(`/tenants/a${METADATA}`);
      }
    });

    test("may name the issuer with a trailing slash", async () => {
      expect(await discover((origin) => metadata({ issuer: `${origin}/` })(origin))).toMatchObject(NAMED);
    });

    test.each([
      ["jwks_uri", "jwks", "/.well-known/jwks.json"],
      ["userinfo_endpoint", "userInfo", "/userinfo"],
    ])("without %s leave that endpoint at its default path", async (name, key, path) => {
      const { origin, ...endpoints } = await discover(metadata({ [name]: undefined }));
      expect(endpoints).toMatchObject({ ...NAMED, [key]: `${origin}${path}` });
    });

    test("of a loopback issuer may name plain http endpoints on loopback", async () => {
      const jwks = "http://127.0.0.1:9/jwks";
      expect(await discover(metadata({ jwks_uri: jwks }))).toMatchObject({ jwks });
    });

    test.each([
      "http://keys.example/jwks",
      "ftp://keys.example/jwks",
      "file:///etc/keys",
      "data:application/json,{}",
      "/jwks",
      "",
      7,
      null,
      ["https://keys.example/jwks"],
    ])("may not name the endpoint %j", async (jwks) => {
      const { origin, ...endpoints } = await discover(metadata({ jwks_uri: jwks, userinfo_endpoint: jwks }));
      expect(endpoints).toMatchObject(defaults(origin));
    });
  });

  describe("metadata of an issuer on", () => {
    const CLUSTER = "http://idp.ns.svc";
    const named = async (issuer: string, jwks: string) => {
      const fetchJson = async () => ({ issuer, jwks_uri: jwks });
      return (await discoverIssuer(issuer, 4000, fetchJson)).jwks.href;
    };

    test.each([
      [CLUSTER, `${CLUSTER}/keys`],
      [CLUSTER, "http://keys.other.svc.cluster.local:8080/keys"],
      [CLUSTER, "https://keys.example/keys"],
      ["http://idp.internal:8080", "http://idp.internal:8080/keys"],
    ])("plain http at %s may name %s", async (issuer, jwks) => {
      expect(await named(issuer, jwks)).toBe(jwks);
    });

    test.each([
      [CLUSTER, "http://keys.example/keys"],
      [CLUSTER, `${CLUSTER}.evil.example/keys`],
      [CLUSTER, "http://127.0.0.1/keys"],
      ["http://idp.internal:8080", "http://idp.internal/keys"],
      ["https://idp.example", "http://idp.example/keys"],
      ["https://idp.example", `${CLUSTER}/keys`],
      ["https://idp.ns.svc", `${CLUSTER}/keys`],
    ])("%s may not name %s: no downgrade", async (issuer, jwks) => {
      expect(await named(issuer, jwks)).toBe(`${issuer}/.well-known/jwks.json`);
    });
  });

  describe("metadata are ignored", () => {
    test.each([
      ["another issuer", "https://evil.example"],
      ["a path below the issuer", "/below"],
      ["an issuer that isn't a string", ["x"]],
      ["no issuer", undefined],
    ])("if they name %s", async (_, issuer) => {
      const { origin, ...endpoints } = await discover((own) =>
        metadata({ issuer: issuer === "/below" ? `${own}/below` : issuer })(own),
      );
      expect(endpoints).toMatchObject(defaults(origin));
    });

    test.each<[string, Act]>([
      ["don't exist", answer(404)],
      ["are an HTML page", html(200)],
      ["are null", json(200, null)],
      ["are an array", json(200, [])],
    ])("if they %s", async (_, act) => {
      const { origin, ...endpoints } = await discover(() => act);
      expect(endpoints).toMatchObject(defaults(origin));
    });

    test("if they redirect, and the redirect is not followed", async () => {
      const other = await playScript([
        (response, request) =>
          json(200, { issuer: other.origin, jwks_uri: "https://evil.example/jwks" })(response, request),
      ]);
      const { origin, ...endpoints } = await discover(() => redirect(302, other.url(METADATA).href));
      expect(endpoints).toMatchObject(defaults(origin));
      expect(other.requests).toHaveLength(0);
    });

    test.each<[string, Act]>([
      ["are too large", answer(200, `{"issuer":"${"x".repeat(300_000)}"}`)],
      ["lose the connection", resetBeforeHeaders],
      ["are a server error", json(500, { issuer: "x" })],
      ["never arrive", hang],
      ["never end", drip],
    ])("metadata that %s fail the discovery, and keys are loaded from the default path", async (_, act) => {
      const key = serverKey("ES256", "only");
      const servesKey = await respondWithKeys(key);
      const { origin } = await playScript([
        (response, request) => (request.url === METADATA ? act : servesKey)(response, request),
      ]);
      await expect(discoverIssuer(origin, 100, createFetchJson())).rejects.toThrow();
      const keys = createKeySet({ source: { issuer: origin }, fetchJson: createFetchJson(), timeoutMs: 100 });
      expect(await verifyWith(keys, key)).toBe("only");
    });
  });

  test("without metadata, the default paths are below the issuer's path", async () => {
    const { origin, ...endpoints } = await discover(() => answer(404), "/tenants/a/");
    expect(endpoints).toMatchObject(defaults(`${origin}/tenants/a`));
  });

  test("metadata of a remote issuer may not name loopback endpoints", async () => {
    const local = { jwks_uri: "http://127.0.0.1:9/jwks", userinfo_endpoint: "https://localhost/me" };
    const read = async () => ({ issuer: "https://remote.example", ...local });
    const { jwks, userInfo } = await discoverIssuer("https://remote.example", 100, read);
    expect([jwks.hostname, userInfo.hostname]).toEqual(["remote.example", "remote.example"]);
  });
});

describe("key set", async () => {
  const MINUTE = 60;
  const HOUR = 60 * MINUTE;

  const first = serverKey("ES256", "first");
  const second = serverKey("ES256", "second");
  const unknown = serverKey("ES256", "unknown");
  const servesFirst = await respondWithKeys(first);
  const servesSecond = await respondWithKeys(second);
  const servesBoth = await respondWithKeys(first, second);

  const many = { keys: [{ kty: "EC", pad: "x".repeat(300 * 1024) }] };

  const STALE = { name: "AuthUnavailable", message: "the key may be newer than the key set" };
  const NO_KEY = { code: "ERR_JWKS_NO_MATCHING_KEY" };

  const FAILURES: readonly [string, Act, timeoutMs?: number][] = [
    ["responds with 500", answer(500)],
    ["responds with 404", answer(404)],
    ["responds with keys and 203", json(203, await createKeySetDocument(first))],
    ["responds with keys and 500", json(500, await createKeySetDocument(first))],
    ["responds with 204", answer(204)],
    ["redirects", redirect(302, "/elsewhere")],
    ["responds with an HTML page", html(200)],
    ["responds with another object", json(200, { active: true })],
    ["responds with keys that aren't an array", json(200, { keys: {} })],
    ["responds with an empty body", answer(200)],
    ["closes the connection", resetBeforeHeaders],
    ["closes the connection after the headers", resetAfterHeaders],
    ["truncates the response", truncated],
    ["never responds", hang, 250],
    ["responds too slowly", drip, 250],
    ["responds without an end", endless],
    ["responds with more than 256 KiB", json(200, many)],
  ];

  test.each(FAILURES)("an endpoint that %s makes authentication unavailable", async (_, act, timeoutMs) => {
    const { server, verify, lines } = await startKeySet(act, timeoutMs);
    expect(await refusalOf(verify(first))).toMatchObject({
      name: "AuthUnavailable",
      message: expect.stringContaining("key set unavailable"),
      retryAfterSeconds: 2,
    });
    expect(server.requests).toHaveLength(1);
    expect(lines).toEqual([expect.stringContaining(`host="127.0.0.1:${server.port}"`)]);
  });

  test.each(FAILURES)(
    "if an endpoint %s after a good response, its last good set stays in use",
    async (_, act, timeoutMs) => {
      const { server, verify, clock, endpoint, lines } = await startKeySet(servesFirst, timeoutMs);
      await verify(first);
      endpoint.act = act;
      clock.pass(HOUR - 1);
      expect(await verify(first)).toBe("first");
      expect(server.requests).toHaveLength(2);
      expect(lines).toHaveLength(1);
    },
  );

  test("an endpoint that hangs doesn't delay tokens whose key is in the last good set", async () => {
    const { server, verify, clock, endpoint, lines } = await startKeySet(servesFirst, 60_000);
    await verify(first);
    endpoint.act = hang;
    clock.pass(HOUR - 1);
    expect(await verify(first)).toBe("first");
    expect(await verify(first)).toBe("first");
    expect([server.requests.length, lines]).toEqual([2, []]);
  });

  test("a refused connection is named as the cause", async () => {
    const port = await closedPort();
    const keys = createKeySet({
      source: new URL(`http://127.0.0.1:${port}/jwks`),
      fetchJson: createFetchJson(),
    });
    const refusal = await refusalOf(verifyWith(keys, first));
    expect(refusal).toBeInstanceOf(AuthUnavailable);
    expect(String(refusal)).toContain("ECONNREFUSED");
  });

  test("without a set, a failing endpoint is requested again after 2 s, and no sooner", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(answer(503));
    await refusalOf(verify(first));
    endpoint.act = servesFirst;
    clock.pass(1.999);
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
  });

  test("with a good set, a failing endpoint is requested once in 30 s", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(10 * MINUTE);
    for (let second = 0; second < 90; second += 1) {
      expect(await verify(first)).toBe("first");
      clock.pass(1);
    }
    expect(server.requests).toHaveLength(4);
  });

  test("an unreliable endpoint never affects tokens with known keys", async () => {
    const { verify, clock, endpoint } = await startKeySet(servesFirst);
    for (let time = 0; time < 40; time += 1) {
      endpoint.act = time % 3 === 0 ? servesFirst : answer(502);
      expect(await verify(first)).toBe("first");
      clock.pass(11 * MINUTE);
    }
  });

  test("the last good set is used for an hour at most", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(HOUR / 2);
    await verify(first);
    clock.pass(HOUR / 2 - 1);
    expect(await verify(first)).toBe("first");
    clock.pass(1);
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    clock.pass(HOUR);
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    endpoint.act = servesFirst;
    const before = server.requests.length;
    clock.pass(2);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(before + 1);
  });

  test("the hour is counted from the last successful request", async () => {
    const { verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    clock.pass(50 * MINUTE);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(50 * MINUTE);
    expect(await verify(first)).toBe("first");
  });

  test("an unknown key isn't invalid while the endpoint is down", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(30);
    expect(await refusalOf(verify(second))).toBeInstanceOf(AuthUnavailable);
    expect(await refusalOf(verify(second))).toBeInstanceOf(AuthUnavailable);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
    endpoint.act = servesBoth;
    clock.pass(2);
    expect(await verify(second)).toBe("second");
  });

  test("a redirect is not followed", async () => {
    const elsewhere = await playScript([json(200, await createKeySetDocument(first))]);
    const { verify } = await startKeySet(redirect(302, elsewhere.url("/jwks").href));
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    expect(elsewhere.requests).toHaveLength(0);
  });

  test("the set is requested for the first token only", async () => {
    const { server, verify, clock } = await startKeySet(servesFirst);
    expect(server.requests).toHaveLength(0);
    expect(await verify(first)).toBe("first");
    clock.pass(10 * MINUTE - 1);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: "GET", target: "/oauth/jwks" });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("after 10 minutes the set is refreshed, and removed keys verify nothing", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(servesBoth);
    await verify(first);
    endpoint.act = servesSecond;
    clock.pass(10 * MINUTE);
    expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
    expect(await verify(second)).toBe("second");
    expect(server.requests).toHaveLength(2);
  });

  test("a new key is not invalid but unavailable until the set is 30 s old, and is then found", async () => {
    const { server, verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    endpoint.act = servesBoth;
    clock.pass(9.5);
    expect(await refusalOf(verify(second))).toMatchObject({ ...STALE, retryAfterSeconds: 21 });
    clock.pass(20.499);
    expect(await refusalOf(verify(second))).toMatchObject({ ...STALE, retryAfterSeconds: 1 });
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    expect(await verify(second)).toBe("second");
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
  });

  test("tokens with unknown keys cause one request in 30 s", async () => {
    const { server, verify, clock } = await startKeySet(servesFirst);
    await verify(first);
    clock.pass(30);
    const attempts = Array.from({ length: 50 }, (_, at) => refusalOf(verify({ ...unknown, kid: `k${at}` })));
    for (const refusal of await Promise.all(attempts)) expect(refusal).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(2);
    clock.pass(29);
    expect(await refusalOf(verify(unknown))).toMatchObject(STALE);
    expect(server.requests).toHaveLength(2);
    clock.pass(1);
    expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(3);
  });

  test("a new key is accepted within 30 s, although unknown keys keep arriving, and is never invalid", async () => {
    const { verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    const outcomes: string[] = [];
    for (let time = 0; time < 90 && outcomes.at(-1) !== "second"; time += 1) {
      await refusalOf(verify({ ...unknown, kid: `k${time}` }));
      if (time === 31) endpoint.act = servesBoth;
      if (time > 31) outcomes.push(await verify(second).catch((error: Error) => error.name));
      clock.pass(1);
    }
    expect(outcomes).toEqual([...Array(28).fill("AuthUnavailable"), "second"]);
  });

  test("an unknown key in the very first token causes one request", async () => {
    const { server, verify } = await startKeySet(servesFirst);
    expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(1);
  });

  test("100 concurrent tokens share one request", async () => {
    const gate = createGate();
    const { server, keys } = await startKeySet((response, request) => {
      void gate.promise.then(() => servesFirst(response, request));
    });
    const token = { payload: "", signature: "" };
    const work = Promise.all(Array.from({ length: 100 }, () => keys({ alg: "ES256", kid: "first" }, token)));
    await server.arrived(1);
    gate.open();
    expect(new Set(await work).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("an empty set removes all keys", async () => {
    const { verify, clock, endpoint } = await startKeySet(servesFirst);
    await verify(first);
    endpoint.act = json(200, { keys: [] });
    clock.pass(10 * MINUTE);
    expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
  });
});
