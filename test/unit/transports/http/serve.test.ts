import { once } from "node:events";
import { get } from "node:http";
import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { resolveLightfastHttpSettings } from "../../../../src/platforms/lightfast/config/http.ts";
import type { LightfastHttpFlags } from "../../../../src/platforms/lightfast/config/http-options.ts";
import { createLevels, type LogFields } from "../../../../src/shared/logger.ts";
import { bindHttpServer } from "../../../../src/transports/http/serve.ts";
import type { HttpService } from "../../../../src/transports/http/types.ts";
import { SIGNALS } from "../../../../src/transports/shutdown.ts";
import { createGate } from "../../../support/gate.ts";
import { CHALLENGE_SCOPE, LANDING_PAGE, METADATA, verifyTiny } from "../../../support/http-app.ts";
import { callerWith, tinyServer } from "../../../support/tiny-server.ts";

/** Stops the test's server at the end of the test without signalling the test runner. */
function endAfterTest(): void {
  const others = new Set(SIGNALS.flatMap((signal) => process.listeners(signal)));
  const exited = createGate<unknown>();
  const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
    exited.open(code);
    return undefined as never;
  });
  onTestFinished(async () => {
    const listeners = SIGNALS.flatMap((signal) =>
      process
        .listeners(signal)
        .filter((listener) => !others.has(listener))
        .map((listener) => ({ signal, listener })),
    );
    for (const { signal, listener } of listeners) process.off(signal, listener);
    listeners[0]?.listener("SIGTERM");
    expect(await exited.promise).toBe(0);
    exit.mockRestore();
  });
}

const DETAILS = { version: "1.2.3", platform: "tiny", auth: "api-key", settings: { host: "127.0.0.1" } };

/** What settings do not allow, or the service decides. */
type Changed = { readonly host: string; readonly access: HttpService<undefined>["access"] };

/** Serves the tiny platform on a free port. Returns the logged URL. */
async function serve(flags: LightfastHttpFlags, changed: Partial<Changed> = {}): Promise<URL> {
  return new URL(String((await startLine(flags, changed)).url));
}

/** Serves the tiny platform on a free port. Returns the fields of the start line. @param others receives further lines */
async function startLine(
  flags: LightfastHttpFlags,
  changed: Partial<Changed> = {},
  others: string[] = [],
): Promise<LogFields> {
  const settings = resolveLightfastHttpSettings({ port: "0", auth: "api-key", ...flags }, {});
  const told: LogFields[] = [];
  const log = createLevels("info", (_, message, fields) => {
    if (message === "listening") told.push(fields);
    else others.push(`${message}: ${fields.reason}`);
  });
  endAfterTest();
  const { host = settings.host, access = { kind: "bearer", verify: verifyTiny } } = changed;
  const server = await bindHttpServer({ ...settings, host }, log);
  server.serve(
    {
      server: tinyServer(),
      access,
      metadata: METADATA,
      challengeScope: CHALLENGE_SCOPE,
      landingPage: LANDING_PAGE,
      close: async () => {},
    },
    DETAILS,
  );
  return told[0] ?? {};
}

/** The status of the landing page for a Host header. */
async function statusFor({ hostname, port }: URL, host: string): Promise<number> {
  const asked = get({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port, headers: { host } });
  const [response] = await once(asked, "response");
  response.resume();
  return response.statusCode;
}

test("an IPv6 address in brackets can be bound and requested", async () => {
  const url = await serve({ host: "[::1]" });
  expect(url.hostname).toBe("[::1]");
  expect(await statusFor(url, url.host)).toBe(200);
});

test.each<[resourceUrl: string, served: string[], refused: string[]]>([
  [
    "https://mcp.tiny.test/mcp",
    ["mcp.tiny.test", "MCP.tiny.test:443"],
    ["mcp.tiny.test:80", "mcp.tiny.test:8443"],
  ],
  ["https://mcp.tiny.test:443/mcp", ["mcp.tiny.test", "mcp.tiny.test:443"], ["mcp.tiny.test:80"]],
  ["https://mcp.tiny.test:8443/mcp", ["mcp.tiny.test:8443"], ["mcp.tiny.test", "mcp.tiny.test:443"]],
  ["http://localhost/mcp", ["localhost", "localhost:80"], ["localhost:443"]],
])("the server of %s accepts the hosts %j and rejects %j", async (resourceUrl, served, refused) => {
  const url = await serve({ resourceUrl });
  for (const host of served) expect([host, await statusFor(url, host)]).toEqual([host, 200]);
  for (const host of refused) expect([host, await statusFor(url, host)]).toEqual([host, 403]);
});

const OPEN: HttpService<undefined>["access"] = { kind: "open", caller: callerWith("tiny:read") };

test.each<[flags: LightfastHttpFlags, changed: Partial<Changed>, status: number]>([
  [{ host: "0.0.0.0" }, {}, 200],
  [{ host: "0.0.0.0", allowedHosts: "mcp" }, {}, 403],
  [{}, {}, 403],
  [{ host: "::1" }, {}, 403],
  [{}, { access: OPEN }, 403],
  [{}, { access: OPEN, host: "0.0.0.0" }, 403],
])("with %j and %o, a foreign host gets %i", async (flags, changed, status) => {
  const url = await serve({ resourceUrl: "https://mcp.tiny.test/mcp", ...flags }, changed);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  expect(await statusFor(url, "mcp.ns.svc.cluster.local:8080")).toBe(status);
});

test.each<[flags: LightfastHttpFlags, status: number]>([
  [{}, 200],
  [{ host: "0.0.0.0" }, 404],
  [{ host: "0.0.0.0", publicMetrics: true }, 200],
  [{ metricsPort: "0" }, 404],
])("with %j, the main port answers /metrics with %i", async (flags, status) => {
  const { port } = await serve({ resourceUrl: "https://mcp.tiny.test/mcp", ...flags });
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(status);
});

test("the start line has the addresses and the given details", async () => {
  const fields = await startLine({ resourceUrl: "https://mcp.tiny.test/mcp", metricsPort: "0" });
  expect(fields).toEqual({
    ...DETAILS,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/),
    publicUrl: "https://mcp.tiny.test/mcp",
    metricsUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/),
    openTelemetry: false,
  });
  const metrics = await fetch(String(fields.metricsUrl));
  expect(await metrics.text()).toContain('mcp_build_info{version="1.2.3",platform="tiny",auth="api-key"} 1');
});

test("the log says why a scrape is refused", async () => {
  const lines: string[] = [];
  const { metricsUrl } = await startLine({ metricsPort: "0" }, {}, lines);
  expect(await statusFor(new URL(String(metricsUrl)), "tiny-metrics.ns.svc:9090")).toBe(403);
  expect(lines).toEqual(["metrics refused: host not allowed: tiny-metrics.ns.svc:9090"]);
});

test.each<[flags: LightfastHttpFlags, hasUrl: boolean]>([
  [{}, true],
  [{ host: "0.0.0.0" }, false],
  [{ host: "0.0.0.0", publicMetrics: true }, true],
])("with %j, whether the start line has an address of metrics is %j", async (flags, hasUrl) => {
  const { url, metricsUrl } = await startLine({ resourceUrl: "https://mcp.tiny.test/mcp", ...flags });
  expect(metricsUrl).toBe(hasUrl ? String(url).replace(/mcp$/, "metrics") : undefined);
});
