import { expect, test } from "vitest";
import { remoteChecks } from "../../../../src/doctor/checks/remote.ts";
import { createServiceProbe } from "../../../../src/doctor/checks/services.ts";
import { runChecks } from "../../../../src/doctor/run.ts";
import {
  type Act,
  answer,
  closedPort,
  hang,
  html,
  json,
  playScript,
  redirect,
} from "../../../support/scripted-server.ts";

async function check(url: string, name = "") {
  return runChecks(remoteChecks(url, name, createServiceProbe({})), undefined);
}

type Acts = {
  readonly endpoint?: Act;
  readonly resource?: Act;
  readonly issuer?: Act;
};

/** A server that asks to sign in at itself, with changed responses. */
async function checkServer(changes: (origin: string) => Acts = () => ({})) {
  const server = await playScript([
    (response, request) => {
      const { origin } = server;
      const acts: Required<Acts> = {
        endpoint: challenge(`Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`),
        resource: json(200, { resource: `${origin}/mcp`, authorization_servers: [origin] }),
        issuer: json(200, issuerMetadata(origin)),
        ...changes(origin),
      };
      const target = request.url ?? "";
      const name = target.includes("protected")
        ? "resource"
        : target.includes("authorization")
          ? "issuer"
          : "endpoint";
      acts[name](response, request);
    },
  ]);
  return { server, reports: await check(`${server.origin}/mcp?key=s3cret`) };
}

function challenge(value: string): Act {
  return answer(401, "", { "www-authenticate": value });
}

function issuerMetadata(origin: string) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    code_challenge_methods_supported: ["S256"],
  };
}

test("a server where clients can sign in is ok, and gets one request for each check", async () => {
  const { server, reports } = await checkServer();
  expect(reports).toMatchObject([
    {
      id: "remote",
      status: "ok",
      summary: expect.stringMatching(/\/mcp responded in \d+ ms, and asks to sign in$/),
    },
    { id: "remote-resource", status: "ok", summary: `sign in at 127.0.0.1:${server.port}` },
    { id: "remote-issuer", status: "ok" },
  ]);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "POST /mcp?key=s3cret",
    "GET /.well-known/oauth-protected-resource/mcp",
    "GET /.well-known/oauth-authorization-server",
  ]);
  for (const { headers } of server.requests) expect(headers.authorization).toBeUndefined();
  expect(JSON.stringify(reports)).not.toContain("s3cret");
});

test("a server that requires no sign-in is ok, and the rest is skipped", async () => {
  for (const endpoint of [
    json(200, { jsonrpc: "2.0", id: 1, result: {} }),
    answer(200, 'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n', {
      "content-type": "text/event-stream",
    }),
  ]) {
    const { reports } = await checkServer(() => ({ endpoint }));
    expect(reports).toMatchObject([
      { status: "ok", summary: expect.stringMatching(/requires no sign-in$/) },
      { status: "skipped", summary: "The server requires no sign-in." },
      { status: "skipped", summary: "The server requires no sign-in." },
    ]);
  }
});

test.each<[what: string, changes: (origin: string) => Acts, id: string, summary: RegExp, hint: RegExp]>([
  [
    "no endpoint",
    () => ({ endpoint: answer(404) }),
    "remote",
    /is not an MCP endpoint \(HTTP 404\)/,
    /Check the path/,
  ],
  ["a page", () => ({ endpoint: html(200) }), "remote", /is not an MCP endpoint/, /Check the path/],
  ["an error", () => ({ endpoint: answer(502) }), "remote", /returns HTTP 502/, /has an error of its own/],
  [
    "a redirect",
    () => ({ endpoint: redirect(308, "https://new.test/mcp?key=s3cret") }),
    "remote",
    /redirects to https:\/\/new\.test\/mcp\.$/,
    /Set the URL in the entry to that one/,
  ],
  [
    "an API key",
    () => ({ endpoint: challenge("Bearer") }),
    "remote",
    /requires a token, but does not say where to sign in/,
    /Add an Authorization header/,
  ],
  [
    "no metadata",
    () => ({ resource: answer(404) }),
    "remote-resource",
    /has no metadata \(HTTP 404\)/,
    /operator/,
  ],
  [
    "the metadata of another resource",
    () => ({
      resource: json(200, { resource: "https://other.test/mcp", authorization_servers: ["https://a.test"] }),
    }),
    "remote-resource",
    /The server is for https:\/\/other\.test\/mcp, so tokens for /,
    /Set the URL in the entry to https:\/\/other\.test\/mcp, if/,
  ],
  [
    "no authorization server",
    (origin) => ({ resource: json(200, { resource: origin, authorization_servers: [] }) }),
    "remote-resource",
    /names no authorization server/,
    /operator/,
  ],
  ["no issuer", () => ({ issuer: answer(404) }), "remote-issuer", /has no metadata \(HTTP 404\)/, /operator/],
  [
    "another issuer",
    (origin) => ({ issuer: json(200, { ...issuerMetadata(origin), issuer: "https://evil.test" }) }),
    "remote-issuer",
    /names itself "https:\/\/evil\.test"/,
    /operator/,
  ],
  [
    "no token endpoint",
    (origin) => ({ issuer: json(200, { ...issuerMetadata(origin), token_endpoint: undefined }) }),
    "remote-issuer",
    /has no token_endpoint\.$/,
    /operator/,
  ],
  [
    "no PKCE",
    (origin) => ({
      issuer: json(200, { ...issuerMetadata(origin), code_challenge_methods_supported: ["plain"] }),
    }),
    "remote-issuer",
    /does not announce PKCE with S256/,
    /operator/,
  ],
])("a server with %s fails, with a hint of its own", async (_, changes, id, summary, hint) => {
  const { reports } = await checkServer(changes);
  const failed = reports.filter(({ status }) => status === "failed");
  expect(failed).toMatchObject([
    { id, summary: expect.stringMatching(summary), hint: expect.stringMatching(hint) },
  ]);
  expect(JSON.stringify(reports)).not.toContain("s3cret");
});

test("an authorization server that does not register clients is a warning", async () => {
  const { reports } = await checkServer((origin) => ({
    issuer: json(200, { ...issuerMetadata(origin), registration_endpoint: undefined }),
  }));
  expect(reports[2]).toMatchObject({
    status: "warning",
    summary: expect.stringContaining("does not register clients"),
  });
});

test("the challenge need not name the metadata's place well, and a resource may be the whole host", async () => {
  const { reports } = await checkServer((origin) => ({
    endpoint: challenge("Bearer resource_metadata=/relative"),
    resource: json(200, { resource: origin, authorization_servers: [origin] }),
  }));
  expect(reports.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

test("a server that cannot be reached, or does not respond in time, has the cause and the next step", async () => {
  const port = await closedPort();
  const [refused] = await check(`http://127.0.0.1:${port}/mcp`);
  expect(refused).toMatchObject({
    status: "failed",
    failure: "unreachable",
    summary: expect.stringContaining("connection refused"),
    hint: expect.stringContaining("Check the port in the URL in the entry"),
  });
  const { origin } = await playScript([hang]);
  const checks = remoteChecks(`${origin}/mcp`, "", createServiceProbe({}));
  const [late] = await runChecks(
    checks.map((one) => ({ ...one, limitMs: 50 })),
    undefined,
  );
  expect(late).toMatchObject({ status: "failed", summary: "No result within 50 ms." });
});

test.each(["lightfast", "ftp://mcp.example.com/", ""])("the URL %j fails without a request", async (url) => {
  expect(await check(url)).toMatchObject([{ id: "remote", status: "failed", failure: "usage" }]);
});

test("the checks of several servers have their names", async () => {
  const ids = remoteChecks("https://a.test/mcp", "a.test", createServiceProbe({})).map(({ id }) => id);
  expect(ids).toEqual(["remote:a.test", "remote-resource:a.test", "remote-issuer:a.test"]);
});
