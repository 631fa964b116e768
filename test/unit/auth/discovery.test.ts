import { describe, expect, test } from "vitest";
import { discover, keysOf } from "../../../src/auth/discovery.ts";
import { documents } from "../../support/auth/documents.ts";
import {
  type Act,
  answer,
  drip,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetBeforeHeaders,
} from "../../support/scripted-server.ts";

const METADATA = "/.well-known/openid-configuration";

/** What is found out of an issuer on loopback that answers so when it is asked for its metadata. */
const found = async (act: (origin: string) => Act, path = "", timeoutMs = 4000) => {
  const server = await playScript([(response, request) => act(server.origin)(response, request)]);
  const endpoints = await discover(`${server.origin}${path}`, timeoutMs, documents());
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
      await expect(discover(origin, 100, documents())).rejects.toThrow();
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
  const { jwks, userInfo } = await discover("https://remote.example", 100, read);
  expect([jwks.hostname, userInfo.hostname]).toEqual(["remote.example", "remote.example"]);
});
