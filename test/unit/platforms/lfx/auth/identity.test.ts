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
  if (all === "all") throw new Error("nobody who comes over HTTP has everything");
  return all;
}

describe("scopes", () => {
  test.each([
    ["in one text", { scope: "read:all manage:all" }, ["read:all", "manage:all"]],
    ["with other space between", { scope: "  manage:all\t\nread:all " }, ["read:all", "manage:all"]],
    ["in a list", { scopes: ["manage:all"] }, ["manage:all"]],
    ["beside others", { scope: "openid profile read:all email" }, ["read:all"]],
    ["twice", { scope: "read:all read:all" }, ["read:all"]],
    ["as a text before a list", { scope: "read:all", scopes: ["manage:all"] }, ["read:all"]],
    ["as an empty text before a list", { scope: "", scopes: ["manage:all"] }, []],
    ["in a list, where scope is no text", { scope: ["read:all"], scopes: ["manage:all"] }, ["manage:all"]],
    ["in a list with other things", { scopes: [7, null, ["read:all"], "read:all"] }, ["read:all"]],
    ["in a list that is a text", { scopes: "read:all" }, []],
    ["in no list's words", { scopes: ["read:all manage:all"] }, []],
    ["as permissions, which are not read", { permissions: ["read:all", "manage:all"] }, []],
    ["not at all", {}, []],
    ["in other letters", { scope: "READ:ALL read:all:x xread:all" }, []],
  ])("are read %s", (_, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes);
  });

  test("cannot stand in for a claim, whatever they are called", () => {
    for (const scope of [`read:all ${STAFF} user`, `${STAFF}`, "user all *"]) {
      expect(grantsOf({ scope, sub: "client@clients" })).not.toContain(STAFF);
      expect(grantsOf({ scope, sub: "client@clients" })).not.toContain("user");
      expect(grantsOf({ scopes: scope.split(" "), sub: "client@clients" })).not.toContain(STAFF);
    }
  });
});

describe("staff", () => {
  test("is whoever has the claim as a plain true", () => {
    expect(grantsOf({ scope: "read:all", [STAFF]: true })).toEqual([STAFF, "read:all", "user"]);
  });

  test.each([[undefined], [false], ["true"], ["TRUE"], [1], [[true]], [{ true: true }], [null]])(
    "is nobody with %j",
    (claim) => {
      expect(grantsOf({ scope: "read:all", [STAFF]: claim })).toEqual(["read:all", "user"]);
    },
  );

  test("by itself lets nobody read", () => {
    expect(grantsOf({ [STAFF]: true })).toEqual([STAFF, "user"]);
  });

  test("may be a machine, if its token says so", () => {
    expect(grantsOf({ scope: "read:all", sub: "x@clients", [STAFF]: true })).toEqual([STAFF, "read:all"]);
  });
});

describe("who it is", () => {
  const identify = (claims: object) => {
    const { identity, credential } = toCaller(read({ ...CLAIMS, ...claims }), ISSUER, "the.own.token");
    return { identity, credential };
  };

  test("is a person with a token of his own, which is exchanged for another", () => {
    expect(identify({})).toEqual({
      identity: { subject: "auth0|ada", issuer: ISSUER },
      credential: "the.own.token",
    });
  });

  test("is a machine by the end of its subject, and then it has no token to be exchanged", () => {
    expect(identify({ sub: "abc@clients" })).toEqual({ identity: { subject: "abc@clients" } });
  });

  test.each(["abc@clients.example", "abc@clientsx", "abc@Clients", "@clients|ada", "clients", "abc@client"])(
    "is a person where the subject is %s",
    (sub) => {
      expect(identify({ sub })).toMatchObject({ identity: { subject: sub }, credential: "the.own.token" });
      expect(grants({ sub })).toContain("user");
    },
  );

  test.each([undefined, ""])("has no name where the subject is %j", (sub) => {
    expect(identify({ sub })).toMatchObject({ identity: { subject: "" }, credential: "the.own.token" });
  });

  test.each([[7], [null], [["x@clients"]]])("is nobody where the subject is %j", (sub) => {
    expect(() => identify({ sub })).toThrow(TokenInvalid);
  });
});

describe("a static key", () => {
  test("may read and manage, and is neither staff nor a person", () => {
    expect(toApiKeyCaller("ci")).toEqual({
      grants: new Set(["read:all", "manage:all"]),
      identity: { subject: "ci" },
    });
  });
});

describe("a token is meant for this resource", () => {
  test.each([
    ["as it is", RESOURCE],
    ["with a slash at its end", `${RESOURCE}/`],
    ["with capitals where they mean nothing", "HTTPS://MCP.example/mcp"],
    ["with the port that is meant anyway", "https://mcp.example:443/mcp"],
    ["among others", ["https://api.example", RESOURCE, "x"]],
  ])("if it names it %s", (_, aud) => {
    expect(read({ ...CLAIMS, aud }).expiresAt).toBe(CLAIMS.exp);
  });

  test.each([
    ["nothing", undefined],
    ["an empty list", []],
    ["another path", "https://mcp.example/other"],
    ["a path below", `${RESOURCE}/x`],
    ["a path above", "https://mcp.example/"],
    ["a path in capitals", "https://mcp.example/MCP"],
    ["another port", "https://mcp.example:8443/mcp"],
    ["another scheme", "http://mcp.example/mcp"],
    ["another host", "https://mcp.example.evil/mcp"],
    ["a host with credentials before it", "https://mcp.example@evil.example/mcp"],
    ["a query", `${RESOURCE}?x`],
    ["a fragment", `${RESOURCE}#x`],
    ["a word", "mcp"],
  ])("and not if it names %s", (_, aud) => {
    expect(() => read({ ...CLAIMS, aud } as never)).toThrow(TokenInvalid);
  });

  test.each([[7], [null], [{ 0: RESOURCE }], [[7]]])("and not if it names %j", (aud) => {
    expect(() => read({ ...CLAIMS, aud } as never)).toThrow(TokenInvalid);
  });
});

test("no reader is made for a resource that is no address", () => {
  for (const resource of ["", "mcp", "https://mcp.example/#x"])
    expect(() => createClaimsReader(resource)).toThrow(TypeError);
});
