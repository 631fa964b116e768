import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../../src/platforms/lightfast/sandbox/server.ts";
import { type Environment, run, start } from "../../support/program.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { type Act, hang, html, json, playScript } from "../../support/scripted-server.ts";
import { COLOR, ESCAPE, openTerminal } from "../../support/terminal.ts";
import { CERTIFICATE, playTls } from "../../support/tls-server.ts";

const KEY = "lf_test_0123456789abcdef";
const isWindows = process.platform === "win32";

type Row = { id: string; status: string; summary: string; details: string[]; hint?: string };
type Report = { version: string; exitCode: number; counts: Record<string, number>; checks: Row[] };

/** The checks that do not depend on clients, in order. */
const ALL = [
  "node",
  "package",
  "copy",
  "settings",
  "key",
  "base-url",
  "proxy",
  "dns",
  "tcp",
  "tls",
  "health",
  "accepted",
  "organization",
  "clock",
  "handshake",
  "newest",
];

function emptyHome(): Environment {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { HOME: home, USERPROFILE: home };
}

let sandbox: string;
let emulator: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  emulator = await startSandbox();
  sandbox = emulator.url.origin;
});
afterAll(() => emulator.close());

async function runDoctor(env: Environment, args: readonly string[] = []) {
  const { code, stdout, stderr } = await run(["doctor", "--json", ...args], { ...emptyHome(), ...env });
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toHaveLength(1);
  const report = JSON.parse(stdout) as Report;
  expect(report.exitCode).toBe(code);
  const of = (id: string) => report.checks.find((check) => check.id === id);
  return { ...report, code, of, text: stdout };
}

const HEALTHY = { status: "ok", version: "0.1.0" };
/** Responses to the health request, and to the one for a missing signal. */
const WORKING: readonly Act[] = [
  json(200, HEALTHY),
  json(404, { error: "not_found", message: "Signal not found." }),
];

test("with a stored login every check passes", async () => {
  const [env, origin] = [emptyHome(), sandbox];
  expect(await run(["login", "--stdin", "--base-url", origin], env, "lf_sandbox_teammate\n")).toMatchObject({
    code: 0,
  });
  const { code, stdout, stderr } = await run(["doctor"], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(lines.filter((line) => /^[⚠✖]/u.test(line))).toEqual([]);
  expect(lines.at(-1)).toBe("12 ok, 0 warnings, 0 failed, 5 skipped");
  expect(stdout).toMatch(/^✔ API key: lf_…mate from profile default$/m);
  expect(stdout).toContain(`✔ Base URL: ${origin}/ (profile default)`);
  expect(stdout).toMatch(/^✔ Handshake: 3 tools listed in \d+ ms$/m);
  expect(stdout).toMatch(new RegExp(`^ {4}${escapeRegExp(process.execPath)}$`, "m"));
});

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

test("a key that is only in the shell is a warning, because it does not reach a client's server", async () => {
  const { code, counts, of } = await runDoctor({
    LIGHTFAST_API_KEY: "lf_sandbox",
    LIGHTFAST_BASE_URL: sandbox,
  });
  expect({ code, failed: counts.failed, warning: counts.warning }).toEqual({
    code: 0,
    failed: 0,
    warning: 1,
  });
  expect(of("handshake")).toMatchObject({
    status: "warning",
    hint: expect.stringContaining("lightfast-mcp login"),
  });
});

test("--sandbox needs neither a key nor a network", async () => {
  const { code, checks, of } = await runDoctor({}, ["--sandbox"]);
  expect(code).toBe(0);
  expect(checks.map(({ id }) => id)).toEqual([...ALL, "clients"]);
  expect(checks.filter(({ status }) => status !== "ok").map(({ id }) => id)).toEqual([
    "copy",
    "dns",
    "tls",
    "newest",
    "clients",
  ]);
  expect(of("base-url")?.summary).toContain("sandbox");
});

describe("the exit code and the failed check for", () => {
  const PLACEHOLDER = `$${"{LIGHTFAST_API_KEY}"}`;

  test.each([
    ["an expired key", 3, "accepted", { LIGHTFAST_API_KEY: "lf_sandbox_expired" }, /API key expired/],
    ["an unknown key", 3, "accepted", { LIGHTFAST_API_KEY: KEY }, /Invalid API key/],
    ["an unfinished setup", 3, "organization", { LIGHTFAST_API_KEY: "lf_sandbox_unbound" }, /setup/],
    ["no key", 1, "key", { LIGHTFAST_API_KEY: "" }, /^No Lightfast API key is set\.$/],
    ["a malformed key", 1, "key", { LIGHTFAST_API_KEY: "sk_0123456789" }, /old-format key/],
    ["a placeholder", 1, "key", { LIGHTFAST_API_KEY: PLACEHOLDER }, /unexpanded placeholder/],
    ["a broken API", 5, "health", { LIGHTFAST_API_KEY: "lf_sandbox_broken" }, /HTTP 500/],
    [
      "a wrong setting",
      1,
      "settings",
      { LIGHTFAST_API_KEY: "lf_sandbox", LIGHTFAST_TIMEOUT: "x" },
      /TIMEOUT/,
    ],
  ] satisfies [string, number, string, Environment, RegExp][])(
    "%s: %i, %s",
    async (_, code, id, env, summary) => {
      const found = await runDoctor({ LIGHTFAST_BASE_URL: sandbox, ...env });
      expect(found.code).toBe(code);
      expect(found.checks.filter(({ status }) => status === "failed").map((check) => check.id)).toEqual([id]);
      expect(found.of(id)?.summary).toMatch(summary);
      expect(found.of(id)?.hint).toMatch(/\S/);
    },
  );

  test.each([
    ["a closed port", 4, "tcp", "http://127.0.0.1:1", /ECONNREFUSED/],
    ["a host that does not exist", 4, "dns", `https://${"x".repeat(64)}.test`, /^x+\.test: /],
    ["an invalid base URL", 1, "base-url", "lightfast.ai", /is not an absolute URL/],
  ])("%s: %i, %s", async (_, code, id, url, summary) => {
    const found = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: url });
    expect(found.code).toBe(code);
    expect(found.checks.filter(({ status }) => status === "failed").map((check) => check.id)).toEqual([id]);
    expect(found.of(id)?.summary).toMatch(summary);
    expect(found.of("accepted")).toMatchObject({
      status: "skipped",
      summary: expect.stringMatching(/^Skipped \(.+ failed\)$/),
    });
  });

  test("several failures: that of the first kind", async () => {
    const { code, of } = await runDoctor({ LIGHTFAST_BASE_URL: "http://127.0.0.1:1" });
    expect([of("key")?.status, of("tcp")?.status, code]).toEqual(["failed", "failed", 1]);
  });

  test("a web server that is not Lightfast: 5, health", async () => {
    const server = await playScript([html(404)]);
    const { code, of } = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
    expect(code).toBe(5);
    expect(of("health")).toMatchObject({ status: "failed" });
  });
});

test("doctor sends two reads and no writes", async () => {
  const server = await playScript(WORKING);
  const { code } = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  expect(code).toBe(0);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "GET /api/v1/system/health",
    "GET /api/v1/signals/signal_00000000-0000-0000-0000-000000000000",
  ]);
});

test("a Lightfast that never responds is reported before the limit", async () => {
  const server = await playScript([hang]);
  const started = performance.now();
  const { code, of } = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(code).toBe(4);
  expect(of("health")).toMatchObject({ status: "failed", summary: expect.stringMatching(/\d+ ms/) });
});

test("a proxy that rejects is shown without its password, and the connection checks are skipped", async () => {
  const proxy = await startProxy(403);
  const { code, of, text } = await runDoctor({
    LIGHTFAST_API_KEY: KEY,
    LIGHTFAST_BASE_URL: "https://lightfast.test",
    HTTPS_PROXY: `http://ada:hush-hush@127.0.0.1:${proxy.port}`,
  });
  expect(code).toBe(4);
  expect(of("proxy")?.summary).toBe(`lightfast.test is reached through http://***@127.0.0.1:${proxy.port}`);
  for (const id of ["dns", "tcp", "tls"]) expect(of(id)).toMatchObject({ status: "skipped" });
  expect(of("health")).toMatchObject({ status: "failed", hint: expect.stringContaining("proxy") });
  expect(proxy.asked[0]?.target).toBe("lightfast.test:443");
  expect(text).not.toContain("hush-hush");
});

describe("over TLS", () => {
  test("an untrusted certificate fails with 4 and a hint", async () => {
    const { origin } = await playTls(WORKING);
    const { code, of } = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: origin });
    expect(code).toBe(4);
    expect(of("tls")).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(/not trusted: .+\([A-Z_]+\)\.$/),
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
    expect(of("health")).toMatchObject({ status: "skipped" });
  });

  test("a certificate that NODE_EXTRA_CA_CERTS trusts is ok, with issuer and validity", async () => {
    const { origin } = await playTls(WORKING);
    const { code, of } = await runDoctor({
      LIGHTFAST_API_KEY: KEY,
      LIGHTFAST_BASE_URL: origin,
      NODE_EXTRA_CA_CERTS: CERTIFICATE,
    });
    expect(code).toBe(0);
    expect(of("tls")).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(/^TLSv1\.\d, certificate from .+, valid for \d+ more days$/),
    });
    expect(of("proxy")?.details).toContain(`NODE_EXTRA_CA_CERTS=${CERTIFICATE}`);
  });
});

test.each([
  [2 * 60_000, 0, "warning", /clock is (?:119|120|2) (?:s|min) behind/],
  [-60 * 60_000, 0, "warning", /clock is 60 min ahead of/],
])("a server whose clock is %i ms ahead: exit code %i, %s", async (offset, code, status, summary) => {
  const forged: Act = (response, request) => {
    response.setHeader("date", new Date(Date.now() + offset).toUTCString());
    (request.url?.endsWith("/health") ? WORKING[0] : WORKING[1])?.(response, request);
  };
  const server = await playScript([forged]);
  const found = await runDoctor({ LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  expect(found.code).toBe(code);
  expect(found.of("clock")).toMatchObject({ status, summary: expect.stringMatching(summary) });
});

test("a client's entry is found, and no output contains a secret", async () => {
  const env = emptyHome();
  const bin = join(env.HOME ?? "", "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, isWindows ? "npx.cmd" : "npx"), "");
  if (!isWindows) chmodSync(join(bin, "npx"), 0o755);
  const echo: Act = (response, request) =>
    json(401, { error: "auth_required", message: `No such key: ${request.headers.authorization}` })(
      response,
      request,
    );
  const server = await playScript([echo]);
  const entry = {
    command: "npx",
    args: ["--prefix=/", "-y", "@lightfastai/mcp@latest"],
    env: { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin },
  };
  mkdirSync(join(env.HOME ?? "", ".cursor"));
  writeFileSync(join(env.HOME ?? "", ".cursor", "mcp.json"), JSON.stringify({ mcpServers: { mine: entry } }));
  const secrets: Environment = {
    ...env,
    PATH: bin,
    LIGHTFAST_API_KEY: KEY,
    LIGHTFAST_BASE_URL: server.origin,
    HTTPS_PROXY: "http://ada:hush-hush@127.0.0.1:1",
  };
  const { of, text } = await runDoctor(secrets);
  expect(of("client-cursor")).toMatchObject({
    status: "failed",
    summary: expect.stringMatching(/^Lightfast rejected the API key/),
    hint: expect.stringContaining("Correct LIGHTFAST_API_KEY in "),
    details: [expect.stringContaining("mcp.json"), "mine uses the latest version at each start"],
  });
  const plain = await run(["doctor", "--api-key", KEY], secrets);
  for (const output of [text, plain.stdout, plain.stderr]) {
    expect(output).not.toMatch(new RegExp(`${KEY}|${KEY.slice(3)}|hush-hush`));
  }
});

test("without --json a pipe gets each line when it is ready, without colors", async () => {
  const server = await playScript([hang]);
  const child = start(["doctor"], { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: server.origin });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await server.arrived(1);
  expect(text).toContain("✔ Base URL");
  expect(text).not.toContain("Health");
  expect(text).not.toContain(ESCAPE);
  child.kill();
  await once(child, "close");
});

// The pseudo-terminals are those of POSIX systems.
describe.skipIf(isWindows)("in a terminal", () => {
  const CLOSED_PORT = { LIGHTFAST_BASE_URL: "http://127.0.0.1:1" };

  test("of 40 columns lines wrap between words", async () => {
    const terminal = openTerminal(["doctor"], { ...emptyHome(), ...CLOSED_PORT }, 40);
    expect(await terminal.exited).toBe(1);
    // A line may follow a spinner, which is erased by a carriage return.
    const lines = terminal.text().split(/\r?\n|\r/);
    expect(lines.filter((line) => line.length > 40 && line.trim().includes(" "))).toEqual([]);
    expect(lines).toContain("✖ API key: No Lightfast API key is set.");
    expect(terminal.text().trimEnd()).toMatch(/\d+ ok, \d+ warnings?, 2 failed, \d+ skipped$/);
    expect(terminal.screen()).toMatch(COLOR);
  });

  test.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("%j disables colors", async (env) => {
    const terminal = openTerminal(["doctor"], { ...emptyHome(), ...CLOSED_PORT, ...env });
    expect(await terminal.exited).toBe(1);
    expect(terminal.text()).toContain("✖ TCP");
    expect(terminal.screen()).not.toMatch(COLOR);
  });
});
