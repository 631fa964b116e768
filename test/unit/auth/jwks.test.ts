import { describe, expect, test } from "vitest";
import { AuthUnavailable } from "../../../src/auth/errors.ts";
import { createKeySet, discoverIssuer, keysOf } from "../../../src/auth/jwks.ts";
import { documents } from "../../support/auth/documents.ts";
import { keysFrom, verifyWith } from "../../support/auth/key-sets.ts";
import { keySet, refusalOf, serverKey, servesKeys } from "../../support/auth/tokens.ts";
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

  /** What is found out of an issuer on loopback that answers so when it is asked for its metadata. */
  const found = async (act: (origin: string) => Act, path = "", timeoutMs = 4000) => {
    const server = await playScript([(response, request) => act(server.origin)(response, request)]);
    const endpoints = await discoverIssuer(`${server.origin}${path}`, timeoutMs, documents());
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

  const FOUND = { jwks: "https://keys.example/jwks", userInfo: "https://users.example/me" };
  const usual = (issuer: string) => ({
    jwks: `${issuer}/.well-known/jwks.json`,
    userInfo: `${issuer}/userinfo`,
  });

  describe("an issuer with metadata", () => {
    test("has its endpoints where it says", async () => {
      const { requests, ...endpoints } = await found(metadata({}));
      expect(endpoints).toMatchObject(FOUND);
      expect(requests).toMatchObject([{ method: "GET", target: METADATA, body: "" }]);
      expect(requests[0]?.headers).not.toHaveProperty("authorization");
    });

    test("is asked below its path, and a slash at its end makes no difference", async () => {
      const tenant = (origin: string) => metadata({ issuer: `${origin}/tenants/a` })(origin);
      for (const path of ["/tenants/a", "/tenants/a/"]) {
        const { requests, ...endpoints } = await found(tenant, path);
        expect(endpoints).toMatchObject(FOUND);
        expect(requests[0]?.target).toBe(`/tenants/a${METADATA}`);
      }
    });

    test("may name itself with a slash at its end", async () => {
      expect(await found((origin) => metadata({ issuer: `${origin}/` })(origin))).toMatchObject(FOUND);
    });

    test.each([
      ["jwks_uri", "jwks", "/.well-known/jwks.json"],
      ["userinfo_endpoint", "userInfo", "/userinfo"],
    ])(
      "that do not name a %s has that where it usually is, and the rest where they say",
      async (name, key, path) => {
        const { origin, ...endpoints } = await found(metadata({ [name]: undefined }));
        expect(endpoints).toMatchObject({ ...FOUND, [key]: `${origin}${path}` });
      },
    );

    test("may have its endpoints in plain on this machine", async () => {
      const jwks = "http://127.0.0.1:9/jwks";
      expect(await found(metadata({ jwks_uri: jwks }))).toMatchObject({ jwks });
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
    ])("is not followed to %j", async (jwks) => {
      const { origin, ...endpoints } = await found(metadata({ jwks_uri: jwks, userinfo_endpoint: jwks }));
      expect(endpoints).toMatchObject(usual(origin));
    });
  });

  describe("metadata are nobody's", () => {
    test.each([
      ["of another issuer", "https://evil.example"],
      ["of a path below it", "/below"],
      ["of an issuer that is no text", ["x"]],
      ["of no issuer", undefined],
    ])("that speak %s", async (_, issuer) => {
      const { origin, ...endpoints } = await found((own) =>
        metadata({ issuer: issuer === "/below" ? `${own}/below` : issuer })(own),
      );
      expect(endpoints).toMatchObject(usual(origin));
    });

    test.each<[string, Act]>([
      ["are not there", answer(404)],
      ["are a page", html(200)],
      ["are no object", json(200, null)],
      ["are a list", json(200, [])],
    ])("that %s: the endpoints are where they usually are", async (_, act) => {
      const { origin, ...endpoints } = await found(() => act);
      expect(endpoints).toMatchObject(usual(origin));
    });

    test("that are elsewhere: no redirect is followed", async () => {
      const other = await playScript([
        (response, request) =>
          json(200, { issuer: other.origin, jwks_uri: "https://evil.example/jwks" })(response, request),
      ]);
      const { origin, ...endpoints } = await found(() => redirect(302, other.url(METADATA).href));
      expect(endpoints).toMatchObject(usual(origin));
      expect(other.requests).toHaveLength(0);
    });

    test.each<[string, Act]>([
      ["are too long", answer(200, `{"issuer":"${"x".repeat(300_000)}"}`)],
      ["break off", resetBeforeHeaders],
      ["are an error", json(500, { issuer: "x" })],
      ["never come", hang],
      ["never end", drip],
    ])(
      "that %s leave open where the endpoints are, but the keys are looked for in their usual place",
      async (_, act) => {
        const { origin } = await playScript([act]);
        await expect(discoverIssuer(origin, 100, documents())).rejects.toThrow();
        expect((await keysOf(origin, 100, documents())).href).toBe(usual(origin).jwks);
      },
    );
  });

  test("an issuer without metadata has its endpoints below its path", async () => {
    const { origin, ...endpoints } = await found(() => answer(404), "/tenants/a/");
    expect(endpoints).toMatchObject(usual(`${origin}/tenants/a`));
  });

  test("only an issuer of this machine names other endpoints of it", async () => {
    const local = { jwks_uri: "http://127.0.0.1:9/jwks", userinfo_endpoint: "https://localhost/me" };
    const read = async () => ({ issuer: "https://remote.example", ...local });
    const { jwks, userInfo } = await discoverIssuer("https://remote.example", 100, read);
    expect([jwks.hostname, userInfo.hostname]).toEqual(["remote.example", "remote.example"]);
  });
});

describe("jwks", async () => {
  const MINUTE = 60;
  const HOUR = 60 * MINUTE;

  const first = serverKey("ES256", "first");
  const second = serverKey("ES256", "second");
  const servesFirst = await servesKeys(first);
  const servesBoth = await servesKeys(first, second);

  const many = { keys: [{ kty: "EC", pad: "x".repeat(300 * 1024) }] };

  const FAILURES: readonly [string, Act, timeoutMs?: number][] = [
    ["answers 500", answer(500)],
    ["answers 404", answer(404)],
    ["answers keys with 203", json(203, await keySet(first))],
    ["answers keys with 500", json(500, await keySet(first))],
    ["answers 204", answer(204)],
    ["redirects", redirect(302, "/elsewhere")],
    ["answers a page", html(200)],
    ["answers something else than keys", json(200, { active: true })],
    ["answers keys that are no list", json(200, { keys: {} })],
    ["answers nothing", answer(200)],
    ["breaks the connection", resetBeforeHeaders],
    ["breaks off", resetAfterHeaders],
    ["ends too early", truncated],
    ["answers never", hang, 250],
    ["answers without an end in time", drip, 250],
    ["answers without an end in size", endless],
    ["answers more than 256 KiB", json(200, many)],
  ];

  test.each(FAILURES)(
    "an endpoint that %s makes tokens unverifiable, not invalid",
    async (_, act, timeoutMs) => {
      const { server, verify, lines } = await keysFrom(act, timeoutMs);
      expect(await refusalOf(verify(first))).toMatchObject({
        name: "AuthUnavailable",
        message: expect.stringContaining("the key set cannot be read"),
        retryAfterSeconds: 2,
      });
      expect(server.requests).toHaveLength(1);
      expect(lines).toEqual([expect.stringContaining(`host="127.0.0.1:${server.port}"`)]);
    },
  );

  test.each(FAILURES)(
    "when an endpoint that was good %s, its last good set stays",
    async (_, act, timeoutMs) => {
      const { server, verify, clock, endpoint, lines } = await keysFrom(servesFirst, timeoutMs);
      await verify(first);
      endpoint.act = act;
      clock.pass(HOUR);
      expect(await verify(first)).toBe("first");
      expect(server.requests).toHaveLength(2);
      expect(lines).toHaveLength(1);
    },
  );

  test("an endpoint that hangs keeps nobody waiting whose key is in the last good set", async () => {
    const { server, verify, clock, endpoint, lines } = await keysFrom(servesFirst, 60_000);
    await verify(first);
    endpoint.act = hang;
    clock.pass(HOUR);
    expect(await verify(first)).toBe("first");
    expect(await verify(first)).toBe("first");
    expect([server.requests.length, lines]).toEqual([2, []]);
  });

  test("an endpoint where nobody listens is named with the cause", async () => {
    const port = await closedPort();
    const keys = createKeySet({ url: new URL(`http://127.0.0.1:${port}/jwks`), fetchJson: documents() });
    const refusal = await refusalOf(verifyWith(keys, first));
    expect(refusal).toBeInstanceOf(AuthUnavailable);
    expect(String(refusal)).toContain("ECONNREFUSED");
  });

  test("without any set, an endpoint that fails is asked again after 2 s, and no sooner", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(answer(503));
    await refusalOf(verify(first));
    endpoint.act = servesFirst;
    clock.pass(1.999);
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
  });

  test("while it has a good set, an endpoint that fails is asked once in 30 s", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(10 * MINUTE);
    for (let second = 0; second < 90; second += 1) {
      expect(await verify(first)).toBe("first");
      clock.pass(1);
    }
    expect(server.requests).toHaveLength(4);
  });

  test("an endpoint that comes and goes is never noticed by bearers of known keys", async () => {
    const { verify, clock, endpoint } = await keysFrom(servesFirst);
    for (let time = 0; time < 40; time += 1) {
      endpoint.act = time % 3 === 0 ? servesFirst : answer(502);
      expect(await verify(first)).toBe("first");
      clock.pass(11 * MINUTE);
    }
  });

  test("the last good set is used for 24 hours, and no longer", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(12 * HOUR);
    await verify(first);
    clock.pass(12 * HOUR - 1);
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

  test("24 hours are counted from the last good reading", async () => {
    const { verify, clock, endpoint } = await keysFrom(servesFirst);
    await verify(first);
    clock.pass(20 * HOUR);
    await verify(first);
    endpoint.act = answer(503);
    clock.pass(20 * HOUR);
    expect(await verify(first)).toBe("first");
  });

  test("a key that is new while the endpoint is down may be good, so it is not called invalid", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
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
    const elsewhere = await playScript([json(200, await keySet(first))]);
    const { verify } = await keysFrom(redirect(302, elsewhere.url("/jwks").href));
    expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe("part jwks", async () => {
  const MINUTE = 60;

  const first = serverKey("ES256", "first");
  const second = serverKey("ES256", "second");
  const unknown = serverKey("ES256", "unknown");
  const servesFirst = await servesKeys(first);
  const servesSecond = await servesKeys(second);
  const servesBoth = await servesKeys(first, second);

  const NO_KEY = { code: "ERR_JWKS_NO_MATCHING_KEY" };

  test("the set is read at the first token, and not again for the next", async () => {
    const { server, verify, clock } = await keysFrom(servesFirst);
    expect(server.requests).toHaveLength(0);
    expect(await verify(first)).toBe("first");
    clock.pass(10 * MINUTE - 1);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: "GET", target: "/oauth/jwks" });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("after 10 minutes the set is read again, and a key that is gone from it verifies nothing", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(servesBoth);
    await verify(first);
    endpoint.act = servesSecond;
    clock.pass(10 * MINUTE);
    expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
    expect(await verify(second)).toBe("second");
    expect(server.requests).toHaveLength(2);
  });

  test("a new key is found at its first token, once the set is 30 s old", async () => {
    const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
    await verify(first);
    endpoint.act = servesBoth;
    clock.pass(29.999);
    expect(await refusalOf(verify(second))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    expect(await verify(second)).toBe("second");
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
  });

  test("tokens with unknown keys cause one reading in 30 s, whatever they name", async () => {
    const { server, verify, clock } = await keysFrom(servesFirst);
    await verify(first);
    clock.pass(30);
    const attempts = Array.from({ length: 50 }, (_, at) => refusalOf(verify({ ...unknown, kid: `k${at}` })));
    for (const refusal of await Promise.all(attempts)) expect(refusal).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(2);
    clock.pass(29);
    expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(2);
    clock.pass(1);
    expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(3);
  });

  test("an unknown key at the very first token is not looked for twice", async () => {
    const { server, verify } = await keysFrom(servesFirst);
    expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
    expect(server.requests).toHaveLength(1);
  });

  test("100 tokens at once wait for one reading", async () => {
    const gate = createGate();
    const { server, keys } = await keysFrom((response, request) => {
      void gate.promise.then(() => servesFirst(response, request));
    });
    const token = { payload: "", signature: "" };
    const work = Promise.all(Array.from({ length: 100 }, () => keys({ alg: "ES256", kid: "first" }, token)));
    await server.arrived(1);
    gate.open();
    expect(new Set(await work).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("an empty set withdraws all keys", async () => {
    const { verify, clock, endpoint } = await keysFrom(servesFirst);
    await verify(first);
    endpoint.act = json(200, { keys: [] });
    clock.pass(10 * MINUTE);
    expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
  });
});
