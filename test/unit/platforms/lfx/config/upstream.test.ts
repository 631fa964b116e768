import { describe, expect, test } from "vitest";
import { resolveLfxSettings } from "../../../../../src/platforms/lfx/config/settings.ts";
import {
  CLIENT,
  type Environment,
  LENS,
  LFX,
  ONBOARDING,
  PKCS1,
  PKCS8,
  problemsOf,
  shown,
} from "../../../../support/lfx/environments.ts";

const upstream = (env: Environment) => resolveLfxSettings({}, env).upstream;
const problems = (env: Environment) => problemsOf(() => upstream(env));

const KEY = "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY";
const without = (env: Environment, ...names: readonly string[]): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

describe("LFX", () => {
  test("is where its address says, and the audience of its tokens is that address as it was written", () => {
    for (const address of ["https://LFX.example", "https://lfx.example:443/", "https://lfx.example/api/"]) {
      expect(upstream({ ...LFX, LFXMCP_LFX_API_URL: address }).lfx).toEqual({
        url: new URL(address),
        audience: address,
      });
    }
  });

  test("needs a client or a ready token", () => {
    expect(problems({ LFXMCP_LFX_API_URL: "https://lfx.example" })).toEqual([
      expect.stringMatching(/^LFXMCP_LFX_API_URL needs .*LFXMCP_CLIENT_ID.*LFXMCP_LFX_TOKEN/),
    ]);
  });

  test.each([
    "lfx.example",
    "http://lfx.example",
    "ftp://lfx.example",
    "https://user:pass@lfx.example",
    "https://lfx.example/#x",
    "https://",
  ])("is not at %s, which is one fault and not several", (address) => {
    const found = problems({ ...LFX, LFXMCP_LFX_API_URL: address });
    expect(found).toEqual([expect.stringMatching(/^LFXMCP_LFX_API_URL must be an https address/)]);
    expect(found.join()).not.toContain("pass");
  });

  test("may be in plain on this machine", () => {
    const env = {
      ...LFX,
      LFXMCP_LFX_API_URL: "http://127.0.0.1:8000",
      LFXMCP_TOKEN_ENDPOINT: "http://localhost/t",
    };
    expect(upstream(env).lfx?.url.href).toBe("http://127.0.0.1:8000/");
  });
});

describe("the client", () => {
  test("has a secret, or a key that goes before it", () => {
    expect(upstream(LFX).client).toEqual({
      clientId: "our-client",
      proof: { secret: "our-secret" },
      tokenEndpoint: new URL("https://issuer.example/oauth/token"),
    });
    expect(upstream({ ...LFX, [KEY]: PKCS8 }).client?.proof).toEqual({
      signingKey: expect.objectContaining({ type: "private", asymmetricKeyType: "rsa" }),
    });
  });

  test.each([
    ["PKCS#8", PKCS8],
    ["PKCS#1", PKCS1],
    ["one line, with its breaks written out", PKCS8.replaceAll("\n", "\\n")],
    ["space around it", `\n  ${PKCS1}\n\n`],
  ])("may have its key as %s", (_, pem) => {
    const { client } = upstream({ ...without(LFX, "LFXMCP_CLIENT_SECRET"), [KEY]: pem });
    expect(client?.proof).toHaveProperty("signingKey");
  });

  test("is refused with a key that is none, also beside a secret, and the key is not shown", () => {
    for (const env of [LFX, without(LFX, "LFXMCP_CLIENT_SECRET")]) {
      const found = problems({
        ...env,
        [KEY]: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
      });
      expect(found).toEqual([
        `${KEY} must be a private RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).`,
      ]);
    }
  });

  test("is refused for having nothing to call", () => {
    expect(problems(CLIENT)).toEqual([
      expect.stringMatching(/^LFXMCP_CLIENT_ID is set, but nothing to call/),
    ]);
  });

  const PARTS = ["LFXMCP_CLIENT_ID", "LFXMCP_TOKEN_ENDPOINT", "LFXMCP_CLIENT_SECRET"];
  const HALVES = [1, 2, 3, 4, 5, 6].map((bits) => [PARTS.filter((_, at) => bits & (1 << at))] as const);

  test.each(HALVES)("is half a configuration with %s alone, which is told in one line", (set) => {
    const left = PARTS.filter((name) => !set.includes(name));
    const found = problems(without(LFX, ...left));
    expect(found).toHaveLength(1);
    const [before = "", after = ""] = String(found[0]).split(" without ");
    for (const name of set) expect(before).toContain(name);
    for (const name of left) expect(after).toContain(name);
    expect(after).toContain("is half a configuration");
    expect(found.join()).not.toContain("our-secret");
  });

  test("with a token endpoint that is no address is refused for that alone", () => {
    expect(problems({ ...LFX, LFXMCP_TOKEN_ENDPOINT: "issuer.example" })).toEqual([
      expect.stringMatching(/^LFXMCP_TOKEN_ENDPOINT must be an https address/),
    ]);
  });
});

describe("a service", () => {
  test("is where its address says, and its audience what is said of it", () => {
    expect(shown(upstream({ ...LFX, ...ONBOARDING, ...LENS }))).toMatchObject({
      onboarding: { url: "https://onboarding.example/api", audience: "the onboarding" },
      lens: { url: "https://lens.example/", audience: "the lens" },
    });
  });

  test.each([
    ["LFXMCP_ONBOARDING_API_URL", ONBOARDING],
    ["LFXMCP_ONBOARDING_API_AUDIENCE", ONBOARDING],
    ["LFXMCP_LENS_API_URL", LENS],
    ["LFXMCP_LENS_API_AUDIENCE", LENS],
  ])("is half a configuration without %s", (name, service) => {
    const [other] = Object.keys(service).filter((one) => one !== name);
    expect(problems({ ...LFX, ...without(service, name) })).toEqual([
      `${other} without ${name} is half a configuration. Set all of them, or none.`,
    ]);
  });

  test.each([
    ["LFXMCP_ONBOARDING_API_URL", ONBOARDING],
    ["LFXMCP_LENS_API_URL", LENS],
  ])("is refused for an address that is none, and for that alone (%s)", (name, service) => {
    expect(problems({ ...LFX, ...service, [name]: "http://service.example" })).toEqual([
      expect.stringMatching(`^${name} must be an https address`),
    ]);
  });

  test("needs the client, which a ready token is no substitute for", () => {
    const ready = { LFXMCP_LFX_API_URL: "https://lfx.example", LFXMCP_LFX_TOKEN: "opaque" };
    for (const service of [ONBOARDING, LENS]) {
      expect(problems({ ...ready, ...service })).toEqual([expect.stringContaining("LFXMCP_CLIENT_ID")]);
      expect(problems({ ...ready, ...CLIENT, ...service })).toEqual([]);
    }
  });

  test("that asks LFX who may use it needs LFX", () => {
    expect(problems({ ...CLIENT, ...ONBOARDING })).toContainEqual(
      expect.stringMatching(/^Member Onboarding needs LFXMCP_LFX_API_URL/),
    );
  });

  test("that asks nobody does not", () => {
    expect(problems({ ...CLIENT, ...LENS })).toEqual([]);
    expect(upstream({ ...CLIENT, ...LENS })).toMatchObject({
      lfx: undefined,
      lens: { audience: "the lens" },
    });
  });
});
