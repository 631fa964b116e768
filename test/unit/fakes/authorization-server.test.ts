import { randomBytes } from "node:crypto";
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { TOKEN_EXCHANGE } from "../../fakes/oauth/grants.ts";
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  authorizationServer,
} from "../../fakes/oauth/server.ts";
import { personalTokens } from "../../fakes/oauth/tokens.ts";

const MCP = "https://mcp.test/mcp";
const API = "https://api.test/";
const STAFF = "http://claims.test/staff";

const request = { resource: MCP, scope: "openid read:all manage:all" };
const machine = { client_id: "machine@clients", client_secret: "the secret of a machine" };
const credentials = { ...machine, grant_type: "client_credentials" };

function start(options: AuthorizationServerOptions = {}) {
  return authorizationServer({
    resources: {
      [MCP]: { scopes: ["read:all", "manage:all"] },
      [API]: { scopes: ["access:api"], lifetimeSeconds: 300 },
    },
    clients: [{ id: machine.client_id, secret: machine.client_secret }],
    claims: ({ account }) => ({ [STAFF]: account === "alice" }),
    profile: (account) => ({ email: `${account}@example.test` }),
    ...options,
  });
}

type TokenAnswer = { access_token: string; error?: string; [field: string]: unknown };

async function ask({ tokenEndpoint }: AuthorizationServer, form: Record<string, string>) {
  const response = await fetch(tokenEndpoint, { method: "POST", body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as TokenAnswer };
}

function exchange(subject: string) {
  return {
    ...machine,
    grant_type: TOKEN_EXCHANGE,
    subject_token: subject,
    subject_token_type: MCP,
    audience: API,
  };
}

describe("a person", () => {
  test.each([false, true])("gets a token with the configured claims and lifetime", async (hasSlash) => {
    const server = await start({ hasSlash });
    expect(server.issuer.endsWith("/")).toBe(hasSlash);
    const { access_token, expires_in } = await personalTokens(server.issuer, request, { login: "alice" });
    expect(expires_in).toBe(900);
    const claims = decodeJwt(access_token);
    expect(claims).toMatchObject({ iss: server.issuer, sub: "alice", aud: MCP, [STAFF]: true });
    expect(claims.scope).toBe("read:all manage:all");
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
    expect(server.tokenRequests).toMatchObject([
      { grantType: "authorization_code", subject: "alice", outcome: "issued" },
    ]);
  });

  test("has user info, which only their token can read", async () => {
    const { issuer } = await start();
    const { access_token } = await personalTokens(issuer, request, { login: "alice" });
    const userinfo = (token: string) =>
      fetch(new URL("/userinfo", issuer), { headers: { authorization: `Bearer ${token}` } });
    expect(await (await userinfo(access_token)).json()).toEqual({
      sub: "alice",
      email: "alice@example.test",
    });
    expect((await userinfo("nonsense")).status).toBe(401);
  });

  test("who denies everything gets no token", async () => {
    const { issuer } = await start();
    const denied = personalTokens(issuer, request, { login: "alice", grants: () => false });
    await expect(denied).rejects.toThrow("access_denied");
  });
});

describe("a machine", () => {
  test("gets a client credentials token for the requested API", async () => {
    const server = await start();
    const { status, body } = await ask(server, { ...credentials, audience: API });
    expect(status).toBe(200);
    expect(body).toMatchObject({ expires_in: 300, token_type: "Bearer", scope: "access:api" });
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: "machine@clients", aud: API, [STAFF]: false });
    const unknown = await ask(server, { ...credentials, audience: "https://other.test" });
    expect(unknown).toMatchObject({ status: 400, body: { error: "invalid_target" } });
    const wrong = await ask(server, { ...credentials, client_secret: "wrong", audience: API });
    expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(server.tokenRequests.map(({ outcome }) => outcome)).toEqual([
      "issued",
      "invalid_target",
      "invalid_client",
    ]);
  });

  test("may authenticate with an assertion without a key id", async () => {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    const id = "signer@clients";
    const server = await start({ clients: [{ id, publicKey: await exportJWK(publicKey) }] });
    const assertion = (audience: string) =>
      new SignJWT({ jti: randomBytes(16).toString("hex") })
        .setProtectedHeader({ alg: "RS256" })
        .setIssuer(id)
        .setSubject(id)
        .setAudience([audience])
        .setIssuedAt()
        .setExpirationTime("60s")
        .sign(privateKey);
    const form = {
      grant_type: "client_credentials",
      client_id: id,
      audience: API,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    };
    const good = await ask(server, { ...form, client_assertion: await assertion(server.tokenEndpoint) });
    expect(decodeJwt(good.body.access_token).sub).toBe(id);
    const foreign = await ask(server, { ...form, client_assertion: await assertion("https://other.test") });
    expect(foreign.body.error).toBe("invalid_client");
    expect(server.tokenRequests[0]?.authentication).toBe("private_key_jwt");
  });

  test("gets a token for an API in exchange for a person's token only", async () => {
    const server = await start();
    const { access_token } = await personalTokens(server.issuer, request, { login: "alice" });
    const { body } = await ask(server, exchange(access_token));
    expect(body).toMatchObject({ expires_in: 300, token_type: "Bearer" });
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: "alice", aud: API, [STAFF]: true });
    expect(server.tokenRequests.at(-1)).toEqual({
      grantType: TOKEN_EXCHANGE,
      clientId: "machine@clients",
      authentication: "client_secret_post",
      audience: API,
      subject: "alice",
      outcome: "issued",
    });

    const own = await ask(server, { ...credentials, audience: MCP });
    for (const subject of ["nonsense", body.access_token, own.body.access_token]) {
      expect(await ask(server, exchange(subject))).toMatchObject({
        status: 400,
        body: { error: "invalid_request" },
      });
    }
  });
});

test("keys rotate, announced or not", async () => {
  const server = await start();
  const published = async () => {
    const response = await fetch(new URL("/.well-known/jwks.json", server.issuer));
    return (await response.json()) as { keys: { kid: string }[] };
  };
  const kids = async () => (await published()).keys.map(({ kid }) => kid);
  const signer = async () => {
    const { body } = await ask(server, { ...credentials, audience: API });
    const { protectedHeader } = await jwtVerify(body.access_token, createLocalJWKSet(await published()));
    return protectedHeader.kid;
  };
  const [first = ""] = await kids();
  expect(await signer()).toBe(first);
  await server.announceKey();
  const [, second = ""] = await kids();
  expect(await signer()).toBe(first);
  await server.rotateKeys();
  expect(await kids()).toEqual([second]);
  expect(await signer()).toBe(second);
  await server.rotateKeys();
  expect(await kids()).not.toContain(second);
  expect(server.keySetReads()).toBe(7);
});
