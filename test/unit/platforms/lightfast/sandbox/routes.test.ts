import { Buffer } from "node:buffer";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";

const sandbox = await startSandbox({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
afterAll(() => sandbox.close());

const authorization = `Bearer ${sandbox.readyKey}`;
const HEALTH = "/api/v1/system/health";
const SIGNALS = "/api/v1/signals";
const SIGNAL = `${SIGNALS}/signal_00000000-0000-0000-0000-000000000000`;

/** Sends the request target exactly as given, which `fetch` would tidy up. */
const raw = (method: string, path: string, headers: Record<string, string> = { authorization }) =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { hostname: host, port } = sandbox.url;
    request({ host, port, method, path, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
      });
    })
      .on("error", reject)
      .end();
  });

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
  "access-control-allow-headers": "authorization,content-type",
  "access-control-max-age": "86400",
};
const SECURITY = {
  "content-security-policy": expect.any(String),
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

it("health tells the time and the version", async () => {
  const { status, text } = await raw("GET", HEALTH);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({ status: "ok", timestamp: "2026-01-02T03:04:05.006Z", version: "0.1.0" });
});

describe("headers", () => {
  it.each([
    ["success", HEALTH, { authorization }],
    ["401", HEALTH, {}],
    ["400", `${SIGNALS}?limit=0`, { authorization }],
    ["404", SIGNAL, { authorization }],
    ["500", HEALTH, { authorization: "Bearer lf_sandbox_broken" }],
  ])("are those of the API on %s", async (_, path, sent: Record<string, string>) => {
    const { headers } = await raw("GET", path, sent);
    expect(headers).toMatchObject({ ...CORS, ...SECURITY, "content-type": "application/json" });
    const known = [...Object.keys(CORS), ...Object.keys(SECURITY), "content-type", "content-length"];
    const transport = ["date", "connection", "keep-alive"];
    expect(Object.keys(headers).filter((name) => ![...known, ...transport].includes(name))).toEqual([]);
  });

  it.each([HEALTH, SIGNALS, SIGNAL, `${SIGNALS}/anything`])(
    "OPTIONS %s is answered to anybody, without a body",
    async (path) => {
      const { status, headers, text } = await raw("OPTIONS", path, {});
      expect([status, text]).toEqual([204, ""]);
      expect(headers).toMatchObject({ ...CORS, ...SECURITY });
      expect(headers).not.toHaveProperty("content-type");
    },
  );
});

describe("outside the routes", () => {
  it.each([
    "/",
    "/api/v1",
    "/api/v1/",
    "/API/v1/signals",
    "/api/v1/signals/",
    "/api/v1/signals/a/b",
    "/api/v1/system/health/",
    "//api/v1/signals",
    "//127.0.0.1/api/v1/signals",
    "/__proto__",
    "/%",
    "/api/v1/%zz",
    "http://[broken",
  ])("%s is not found", async (path) => {
    const { status, text, headers } = await raw("GET", path);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({
      error: "not_found",
      message: expect.stringContaining("/api/v1/signals"),
    });
    expect(headers).toMatchObject(SECURITY);
  });

  it.each([
    ["POST", HEALTH, "GET, OPTIONS"],
    ["PUT", SIGNALS, "GET, POST, OPTIONS"],
    ["DELETE", SIGNAL, "GET, OPTIONS"],
    ["PATCH", SIGNAL, "GET, OPTIONS"],
  ])("%s %s is not allowed, with or without a key", async (method, path, allow) => {
    const { status, headers, text } = await raw(method, path, {});
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(JSON.parse(text)).toEqual({
      error: "method_not_allowed",
      message: expect.stringContaining(allow),
    });
  });

  it("HEAD is not allowed either", async () => {
    expect(await raw("HEAD", HEALTH)).toMatchObject({ status: 405, text: "" });
  });
});

describe("a request target may have another form", () => {
  it("an absolute one is read by its path", async () => {
    expect((await raw("GET", `http://elsewhere.invalid${HEALTH}`)).status).toBe(200);
  });

  it("a percent-encoded id is decoded, and a broken encoding is merely a bad id", async () => {
    expect((await raw("GET", SIGNAL.replace("signal_", "%73ignal_"))).status).toBe(404);
    for (const id of ["%zz", "%", "__proto__", "a%2Fb"]) {
      expect((await raw("GET", `${SIGNALS}/${id}`)).status).toBe(400);
    }
  });
});

it("survives what is not HTTP, and connections that break off", async () => {
  const start = `POST ${SIGNALS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n`;
  const broken = [
    "nonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    `${start}Content-Length: 100\r\n\r\n{"input":"a"}`,
  ];
  for (const bytes of broken) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(sandbox.url.port), sandbox.url.hostname, () => socket.end(bytes));
      socket.on("error", () => {}).on("close", () => resolve());
      socket.resume();
    });
  }
  const { text } = await raw("GET", SIGNALS);
  expect(JSON.parse(text)).toEqual({ items: [], nextCursor: null });
});
