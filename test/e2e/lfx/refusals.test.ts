import { describe, expect, test } from "vitest";
import { authorizationServer } from "../../fakes/oauth/server.ts";
import { bearerValues, call, connectWithBearer, listToolNames, textOf } from "../../support/lfx/client.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const SCOPE = "openid profile email read:all manage:all";

function callWith(url: string, authorization?: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(authorization && { authorization }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "search_projects", arguments: {} },
    }),
  });
}

/** The claims of a valid token. */
function validClaims({ url }: HostedLfx) {
  return { sub: "rita", aud: url, scope: "read:all", client_id: "a client" };
}

function now() {
  return Math.floor(Date.now() / 1000);
}

function unsigned(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none", typ: "at+jwt" })}.${encode(claims)}.AA`;
}

/** Invalid bearer values, each derived from a valid token. */
const INVALID: Readonly<Record<string, (lfx: HostedLfx) => Promise<string>>> = {
  "a token for another resource": (lfx) => lfx.auth.sign({ ...validClaims(lfx), aud: lfx.urls.lfx }),
  "a token for no resource": (lfx) => lfx.auth.sign({ ...validClaims(lfx), aud: undefined }),
  "a token that has expired": (lfx) =>
    lfx.auth.sign({ ...validClaims(lfx), iat: now() - 1000, exp: now() - 100 }),
  "a token that never expires": (lfx) => lfx.auth.sign({ ...validClaims(lfx), exp: undefined }),
  "a token that is not valid yet": (lfx) => lfx.auth.sign({ ...validClaims(lfx), nbf: now() + 600 }),
  "a token of an issuer that is not trusted": async (lfx) =>
    (await authorizationServer()).sign(validClaims(lfx)),
  "a forged token that names our issuer": async (lfx) =>
    (await authorizationServer()).sign({ ...validClaims(lfx), iss: lfx.auth.issuer }),
  "a token without an issuer": (lfx) => lfx.auth.sign({ ...validClaims(lfx), iss: undefined }),
  "a token with a changed claim": async (lfx) => {
    const [head, , signature] = (await lfx.auth.sign(validClaims(lfx))).split(".");
    const claims = { ...validClaims(lfx), iss: lfx.auth.issuer, exp: now() + 900, scope: "manage:all" };
    return `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  },
  "an unsigned token": async (lfx) =>
    unsigned({ ...validClaims(lfx), iss: lfx.auth.issuer, exp: now() + 900 }),
  "an unknown key": async () => "a guessed static key",
  "a key with a suffix": async (lfx) => `${await bearerValues(lfx)["API key"]()}s`,
};

describe("a 401 with a challenge, without further requests, for", () => {
  test.each(Object.entries(INVALID))("%s", async (_, make) => {
    const lfx = await hostedLfx();
    const refused = await callWith(lfx.url, `Bearer ${await make(lfx)}`);
    expect(refused.status).toBe(401);
    const metadata = new URL("/.well-known/oauth-protected-resource/mcp", lfx.url).href;
    expect(refused.headers.get("www-authenticate")).toMatch(
      new RegExp(
        `^Bearer error="invalid_token", error_description="[\\w .]+", resource_metadata="${metadata}", scope="${SCOPE}"$`,
      ),
    );
    expect(lfx.journal.take().filter((line) => line !== "mcp > auth: keys")).toEqual([]);
    expect((await callWith(lfx.url, `Bearer ${await lfx.auth.sign(validClaims(lfx))}`)).status).toBe(200);
  });

  test.each([
    ["nothing", undefined],
    ["Basic credentials", "Basic YWxpY2U6c2VjcmV0"],
    ["an empty value", "Bearer "],
  ])("%s, with a challenge without an error", async (_, authorization) => {
    const lfx = await hostedLfx();
    const metadata = new URL("/.well-known/oauth-protected-resource/mcp", lfx.url).href;
    const refused = await callWith(lfx.url, authorization);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="${metadata}", scope="${SCOPE}"`,
    );
    expect(lfx.journal.take()).toEqual([]);
  });
});

test("a token is rejected once it expires, although it was accepted before", async () => {
  const lfx = await hostedLfx();
  const exp = now() + 2;
  const token = await lfx.auth.sign({ ...validClaims(lfx), iat: exp - 900, exp });
  expect((await callWith(lfx.url, `Bearer ${token}`)).status).not.toBe(401);
  const status = async () => (await callWith(lfx.url, `Bearer ${token}`)).status;
  await expect.poll(status, { timeout: 10_000 }).toBe(401);
});

test("an unreachable authorization server is a 503", async () => {
  const lfx = await hostedLfx();
  const token = await lfx.auth.sign(validClaims(lfx));
  await lfx.auth.stop();
  const answer = await callWith(lfx.url, `Bearer ${token}`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
});

test("a token for several audiences is accepted if this resource is among them", async () => {
  const lfx = await hostedLfx();
  const audience = [new URL("/userinfo", lfx.auth.issuer).href, lfx.url];
  const client = await connectWithBearer(lfx, await lfx.auth.sign({ ...validClaims(lfx), aud: audience }));
  expect(await call(client, "search_projects")).not.toHaveProperty("isError");
});

test("after a key rotation, tokens of the old and the announced key are accepted with one fetch", async () => {
  const lfx = await hostedLfx();
  await lfx.auth.announceKey();
  const old = await lfx.auth.sign(validClaims(lfx));
  await listToolNames(await connectWithBearer(lfx, old));
  await lfx.auth.rotateKeys();
  for (const token of [await lfx.auth.sign(validClaims(lfx)), old])
    expect(await listToolNames(await connectWithBearer(lfx, token))).toContain("search_projects");
  expect(lfx.journal.take().filter((line) => line === "mcp > auth: keys")).toHaveLength(1);
});

test("a token that cannot be exchanged asks the user to reconnect, and LFX is not called", async () => {
  const other = await authorizationServer();
  const lfx = await hostedLfx({ env: { LFXMCP_MCP_API_AUTH_SERVERS: other.issuer } });
  const client = await connectWithBearer(lfx, await other.sign(validClaims(lfx)));
  expect(textOf(await call(client, "search_projects"))).toBe(
    "invalid_token: The authorization server issued no token: HTTP 400 (invalid_request). Reconnect, so that the client gets a new token. If that does not help, your account is not enabled for this API, or the operator must check this server's OAuth client.",
  );
  expect(lfx.journal.take().filter((line) => line.startsWith("mcp >"))).toEqual([
    expect.stringMatching(/^mcp > auth: token exchange .*, by private_key_jwt, invalid_request$/),
  ]);
});

describe("the protected resource metadata", () => {
  test.each(["", "/mcp"])("is at the well-known path with the suffix '%s'", async (ending) => {
    const lfx = await hostedLfx();
    const url = new URL(`/.well-known/oauth-protected-resource${ending}`, lfx.url);
    const answer = await fetch(url, { headers: { origin: "https://anywhere.test" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await answer.json()).toMatchObject({
      resource: lfx.url,
      authorization_servers: [lfx.auth.issuer],
      scopes_supported: SCOPE.split(" "),
      bearer_methods_supported: ["header"],
    });
  });

  test("names every authorization server and the configured scopes", async () => {
    const other = await authorizationServer();
    const first = await authorizationServer({ hasSlash: true });
    const lfx = await hostedLfx({
      env: {
        LFXMCP_MCP_API_AUTH_SERVERS: `${first.issuer}, ${other.issuer}`,
        LFXMCP_MCP_API_SCOPES: "openid,read:all",
      },
    });
    const answer = await fetch(new URL("/.well-known/oauth-protected-resource", lfx.url));
    expect(await answer.json()).toMatchObject({
      authorization_servers: [first.issuer, `${other.issuer}/`],
      scopes_supported: ["openid", "read:all"],
    });
    for (const server of [first, other]) {
      const client = await connectWithBearer(lfx, await server.sign(validClaims(lfx)));
      expect(await listToolNames(client)).toContain("search_projects");
    }
    expect((await callWith(lfx.url, `Bearer ${await lfx.auth.sign(validClaims(lfx))}`)).status).toBe(401);
  });
});
