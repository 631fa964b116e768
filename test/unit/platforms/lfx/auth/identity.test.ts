import { describe, expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import {
  createClaimsReader,
  toApiKeyCaller,
  toCaller,
} from "../../../../../src/platforms/lfx/auth/identity.ts";

const RESOURCE = "https://mcp.example/mcp";
const STAFF = "http://lfx.dev/claims/lf_staff";
const ISSUER = "https://issuer.example";

const read = createClaimsReader(RESOURCE);
const CLAIMS = { aud: RESOURCE, sub: "auth0|ada", exp: 1_800_000_000 };
function scopesOf(claims: object) {
  return read({ ...CLAIMS, ...claims }).scopes;
}
function grantsOf(claims: object) {
  return [...grants(claims)].sort();
}
function grants(claims: object) {
  const { grants: all } = toCaller(read({ ...CLAIMS, ...claims }), ISSUER, "the.own.token");
  if (all === "all") throw new Error("an HTTP caller has explicit grants");
  return all;
}

describe("scopes", () => {
  test.each([
    ["from a string", { scope: "read:all manage:all" }, ["read:all", "manage:all"]],
    [
      "from a string with other whitespace",
      { scope: "  manage:all\t\nread:all " },
      ["read:all", "manage:all"],
    ],
    ["from a list", { scopes: ["manage:all"] }, ["manage:all"]],
    ["among others", { scope: "openid profile read:all email" }, ["read:all"]],
    ["once if repeated", { scope: "read:all read:all" }, ["read:all"]],
    ["from the string if there is also a list", { scope: "read:all", scopes: ["manage:all"] }, ["read:all"]],
    ["from an empty string if there is also a list", { scope: "", scopes: ["manage:all"] }, []],
    [
      "from the list if scope is not a string",
      { scope: ["read:all"], scopes: ["manage:all"] },
      ["manage:all"],
    ],
    ["from a list with other values", { scopes: [7, null, ["read:all"], "read:all"] }, ["read:all"]],
    ["not from scopes as a string", { scopes: "read:all" }, []],
    ["not from the words of a list item", { scopes: ["read:all manage:all"] }, []],
    ["not from permissions", { permissions: ["read:all", "manage:all"] }, []],
    ["not from a token without any", {}, []],
    ["only by exact name", { scope: "READ:ALL read:all:x xread:all" }, []],
  ])("are read %s", (_, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes);
  });

  test("never replace a claim", () => {
    for (const scope of [`read:all ${STAFF} user`, `${STAFF}`, "user all *"]) {
      expect(grantsOf({ scope })).not.toContain(STAFF);
      expect(grantsOf({ scope, sub: "client@clients" })).not.toContain("user");
      expect(grantsOf({ scopes: scope.split(" ") })).not.toContain(STAFF);
    }
  });

  describe("of a client that cannot request them", () => {
    const CODEX = "https://chatgpt.com/oauth/codex/0190-server";
    const advertising = (...advertised: readonly string[]) => createClaimsReader(RESOURCE, advertised);

    test.each([["read:all", "manage:all"], ["openid", "read:all"], ["manage:all"]])(
      "are to read, if %s and others are advertised",
      (...advertised) => {
        const token = advertising(...advertised)({ ...CLAIMS, client_id: CODEX, scope: "openid email" });
        expect(token).toMatchObject({ scopes: ["read:all"], isScopeBlind: true });
      },
    );

    test("are none if none is advertised", () => {
      for (const advertised of [[], ["openid", "profile"]])
        expect(advertising(...advertised)({ ...CLAIMS, client_id: CODEX }).scopes).toEqual([]);
    });

    test.each([["read:all"], ["manage:all"], ["read:all manage:all"]])(
      "are the token's own if it has %s",
      (scope) => {
        const token = advertising("read:all", "manage:all")({ ...CLAIMS, client_id: CODEX, scope });
        expect(token).toMatchObject({ scopes: scope.split(" "), isScopeBlind: false });
      },
    );

    test.each<object>([
      { client_id: undefined },
      { client_id: "https://chatgpt.com/oauth/codex" },
      { client_id: ` ${CODEX}` },
      { client_id: `https://evil.example/${CODEX}` },
      { client_id: "https://chatgpt.com.evil.example/oauth/codex/x" },
      { client_id: [CODEX] },
      { client_id: undefined, azp: CODEX },
      { client_id: CODEX, sub: `${CODEX}@clients` },
    ])("are none for the claims %j, which are another's", (claims) => {
      expect(advertising("read:all", "manage:all")({ ...CLAIMS, ...claims })).toMatchObject({
        scopes: [],
        isScopeBlind: false,
      });
    });
  });
});

describe("staff", () => {
  test("requires the claim to be true", () => {
    expect(grantsOf({ scope: "read:all", [STAFF]: true })).toEqual([STAFF, "read:all", "user"]);
  });

  test.each([[undefined], [false], ["true"], ["TRUE"], [1], [[true]], [{ true: true }], [null]])(
    "is not granted by %j",
    (claim) => {
      expect(grantsOf({ scope: "read:all", [STAFF]: claim })).toEqual(["read:all", "user"]);
    },
  );

  test("does not include reading", () => {
    expect(grantsOf({ [STAFF]: true })).toEqual([STAFF, "user"]);
  });

  test("is every machine, but no person with its subject and no static key", () => {
    expect(grantsOf({ scope: "read:all", sub: "x@clients" })).toEqual([STAFF, "read:all"]);
    expect(grantsOf({ sub: "x@clients" })).toEqual([STAFF]);
    expect(grantsOf({ scope: "read:all", sub: "x@clients", azp: "an app" })).toEqual(["read:all", "user"]);
    expect(toApiKeyCaller("ci").grants).not.toContain(STAFF);
  });
});

describe("the identity", () => {
  const identify = (claims: object) => {
    const { identity, credential } = toCaller(read({ ...CLAIMS, ...claims }), ISSUER, "the.own.token");
    return { identity, credential };
  };

  test("of a person has their own token as the credential", () => {
    expect(identify({})).toEqual({
      identity: { subject: "auth0|ada", issuer: ISSUER, fullView: false },
      credential: "the.own.token",
    });
  });

  test.each<[claims: object, username: unknown, email: unknown]>([
    [{ username: "ada", email: " ada@example.org " }, "ada", "ada@example.org"],
    [{ username: "", email: "  " }, undefined, undefined],
    [{ username: 7, email: ["ada@example.org"] }, undefined, undefined],
  ])("of a person has the claims %j", (claims, username, email) => {
    const named = Object.entries(claims).map(([name, value]) => [`http://lfx.dev/claims/${name}`, value]);
    const identity = { subject: "auth0|ada", issuer: ISSUER, fullView: false, username, email };
    expect(identify(Object.fromEntries(named)).identity).toEqual(identity);
  });

  test.each([
    [true, true],
    [false, false],
    [undefined, false],
    ["true", false],
    [1, false],
  ])("of a person with the staff claim %j has full view: %j", (claim, fullView) => {
    expect(identify({ [STAFF]: claim }).identity).toMatchObject({ fullView });
  });

  test("of a machine is recognized by its subject, and has no credential", () => {
    expect(identify({ sub: "abc@clients" })).toEqual({
      identity: { subject: "abc@clients", fullView: true },
    });
  });

  const MACHINE = { sub: "abc@clients", gty: "client-credentials", azp: "abc", client_id: "abc" };

  test.each([
    {},
    { gty: "client_credentials" },
    { gty: ["client-credentials"] },
    { azp: undefined },
    { client_id: "abc@clients" },
    { client_id: undefined },
    { gty: undefined },
  ])("of a machine may have the claims of a client of its own (%j)", (claims) => {
    expect(identify({ ...MACHINE, ...claims })).toEqual({
      identity: { subject: "abc@clients", fullView: true },
    });
    expect(grants({ ...MACHINE, ...claims })).not.toContain("user");
  });

  test.each([
    { gty: "password" },
    { gty: "authorization_code" },
    { gty: [] },
    { gty: null },
    { azp: "an app" },
    { client_id: "https://app.example/client" },
    { azp: "abc@clients@clients" },
    { azp: ["abc"] },
    { gty: undefined, client_id: undefined, azp: "an app" },
  ])("with a machine's subject but the claims %j is a person", (claims) => {
    expect(identify({ ...MACHINE, ...claims })).toEqual({
      identity: { subject: "abc@clients", issuer: ISSUER, fullView: false },
      credential: "the.own.token",
    });
    expect(grants({ ...MACHINE, ...claims })).toContain("user");
  });

  test.each(["abc@clients.example", "abc@clientsx", "abc@Clients", "@clients|ada", "clients", "abc@client"])(
    "is a person if the subject is %s",
    (sub) => {
      expect(identify({ sub })).toMatchObject({ identity: { subject: sub }, credential: "the.own.token" });
      expect(grants({ sub })).toContain("user");
    },
  );

  test.each([undefined, ""])("has an empty subject for %j", (sub) => {
    expect(identify({ sub })).toMatchObject({ identity: { subject: "" }, credential: "the.own.token" });
  });

  test.each([[7], [null], [["x@clients"]]])("is rejected if the subject is %j", (sub) => {
    expect(() => identify({ sub })).toThrow(TokenInvalid);
  });
});

describe("the log", () => {
  const named = (claims: object) =>
    toCaller(read({ ...CLAIMS, ...claims }), ISSUER, "the.own.token").logFields;

  test.each<[claims: object, fields: object]>([
    [{}, { user: "auth0|ada" }],
    [{ azp: "an-app" }, { user: "auth0|ada", clientId: "an-app" }],
    [
      { azp: "an-app", client_id: "its-id" },
      { user: "auth0|ada", clientId: "its-id" },
    ],
    [{ azp: ["an-app"] }, { user: "auth0|ada" }],
    [{ sub: "ci@clients" }, { machine: "ci@clients" }],
  ])("names the caller with the claims %j as %j", (claims, fields) => {
    expect(named(claims)).toEqual(fields);
  });
});

describe("the key", () => {
  const keyOf = (claims: object, issuer = ISSUER, token = "the.own.token") =>
    toCaller(read({ ...CLAIMS, ...claims }), issuer, token).key;

  test("is the same for all tokens of a subject", () => {
    expect(keyOf({}, ISSUER, "another.token")).toBe(keyOf({}));
  });

  test("differs between subjects, issuers, machines and static keys, and tokens without a subject", () => {
    const keys = [
      keyOf({}),
      keyOf({ sub: "auth0|bob" }),
      keyOf({}, "https://other.example"),
      keyOf({ sub: "ci@clients" }),
      keyOf({ sub: "" }),
      keyOf({ sub: "" }, ISSUER, "another.token"),
      toApiKeyCaller("ci").key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("a static key", () => {
  test("grants reading and managing, and is neither staff nor a person", () => {
    expect(toApiKeyCaller("ci")).toEqual({
      grants: new Set(["read:all", "manage:all"]),
      identity: { subject: "ci", fullView: true },
      logFields: { key: "ci" },
      key: "ci",
    });
  });
});

describe("the audience", () => {
  test.each([
    ["as configured", RESOURCE],
    ["with a trailing slash", `${RESOURCE}/`],
    ["with uppercase scheme and host", "HTTPS://MCP.example/mcp"],
    ["with the default port", "https://mcp.example:443/mcp"],
    ["among others", ["https://api.example", RESOURCE, "x"]],
  ])("matches %s", (_, aud) => {
    expect(read({ ...CLAIMS, aud }).expiresAt).toBe(CLAIMS.exp);
  });

  test.each([
    ["nothing", undefined],
    ["an empty list", []],
    ["another path", "https://mcp.example/other"],
    ["a subpath", `${RESOURCE}/x`],
    ["a parent path", "https://mcp.example/"],
    ["an uppercase path", "https://mcp.example/MCP"],
    ["another port", "https://mcp.example:8443/mcp"],
    ["another scheme", "http://mcp.example/mcp"],
    ["another host", "https://mcp.example.evil/mcp"],
    ["a host with credentials before it", "https://mcp.example@evil.example/mcp"],
    ["a query", `${RESOURCE}?x`],
    ["a fragment", `${RESOURCE}#x`],
    ["a word", "mcp"],
  ])("does not match %s", (_, aud) => {
    expect(() => read({ ...CLAIMS, aud } as never)).toThrow(TokenInvalid);
  });

  test.each([[7], [null], [{ 0: RESOURCE }], [[7]]])("does not match %j", (aud) => {
    expect(() => read({ ...CLAIMS, aud } as never)).toThrow(TokenInvalid);
  });
});

test("a resource that is not a URL is rejected", () => {
  for (const resource of ["", "mcp", "https://mcp.example/#x"])
    expect(() => createClaimsReader(resource)).toThrow(TypeError);
});
