import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baseUrl, key, node, packageVersion, settings } from "../../../../src/doctor/checks/local.ts";
import type { LightfastFlags } from "../../../../src/platforms/lightfast/config/options.ts";
import { writeProfile } from "../../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../../src/platforms/lightfast/config/profiles.ts";
import { version } from "../../../../src/version.ts";
import { createContext, KEY, runCheck, temporaryFolder } from "../../../support/doctor.ts";
import { temporaryHome } from "../../../support/home.ts";

type Environment = Readonly<Record<string, string>>;

describe("Node.js", () => {
  test.each([
    ["20.18.1", "ok"],
    ["20.19.0", "ok"],
    ["22.0.0", "ok"],
    ["100.0.0", "ok"],
    ["20.18.0", "failed"],
    ["20.9.9", "failed"],
    ["18.20.4", "failed"],
    ["9.99.99", "failed"],
  ])("%s is %s, and shown with its path", async (version, status) => {
    const context = await createContext({ runtime: { node: version, execPath: "/opt/node" } });
    const result = await runCheck(node, context);
    expect(result).toMatchObject({ status, details: ["/opt/node"] });
    expect(result.summary).toContain(version);
  });
});

describe("the package", () => {
  const runFrom = async (...folders: string[]) => {
    const folder = join(temporaryFolder(), ...folders);
    mkdirSync(folder, { recursive: true });
    const script = join(folder, "lightfast-mcp.js");
    writeFileSync(script, "");
    return runCheck(packageVersion, await createContext({ runtime: { script } }));
  };

  test("is shown with its version and path", async () => {
    const result = await runFrom("node_modules");
    expect(result).toMatchObject({ status: "ok", summary: `@lightfastai/mcp ${version}` });
    expect(result.details?.[0]).toMatch(/lightfast-mcp\.js$/);
  });

  test("may be an old copy in the npx cache", async () => {
    const result = await runFrom("_npx", "0123456789abcdef", "node_modules");
    expect(result).toMatchObject({ status: "warning", details: [expect.stringContaining("_npx")] });
    expect(result.hint).toMatch(/, run: npx -y @lightfastai\/mcp@latest doctor$/);
  });

  test("is current if npx was called with @latest", async () => {
    const cache = join(temporaryFolder(), "_npx", "0123456789abcdef");
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "package.json"), '{"_npx":{"packages":["@lightfastai/mcp@latest"]}}');
    const script = join(cache, "lightfast-mcp.js");
    writeFileSync(script, "");
    expect(await runCheck(packageVersion, await createContext({ runtime: { script } }))).toMatchObject({
      status: "ok",
    });
  });
});

describe("the settings", () => {
  test.each([
    [{}, {}, "ok", /^profile default, timeout 25000 ms, log level warn$/],
    [
      { profile: "work", timeout: "9" },
      { LIGHTFAST_LOG_LEVEL: "debug" },
      "ok",
      /^profile work, timeout 9 ms, log level debug$/,
    ],
    [{ timeout: "soon" }, {}, "failed", /^--timeout must be/],
    [{}, { LIGHTFAST_SANDBOX: "maybe" }, "failed", /^LIGHTFAST_SANDBOX must be/],
    [{ profile: "../x" }, {}, "failed", /^--profile must be/],
    [{}, { LIGHTFAST_TIMEOUT: "%TIMEOUT%" }, "warning", /timeout 25000 ms/],
    [{ baseUrl: "nonsense" }, {}, "ok", /./],
    [
      { readOnly: true },
      {},
      "ok",
      /log level warn, only the tools lightfast_signals_get, lightfast_system_health$/,
    ],
    [{}, { LIGHTFAST_MCP_TOOLS: "signals_get" }, "failed", /^LIGHTFAST_MCP_TOOLS: there is no tool named/],
  ] satisfies [LightfastFlags, Environment, string, RegExp][])(
    "%j with %j: %s",
    async (flags, env, status, summary) => {
      const result = await runCheck(settings, await createContext({ flags, env }));
      expect(result).toMatchObject({ status, summary: expect.stringMatching(summary) });
    },
  );

  test("show an unexpanded placeholder", async () => {
    const context = await createContext({ env: { LIGHTFAST_TIMEOUT: "%TIMEOUT%" } });
    expect((await runCheck(settings, context)).details).toEqual([
      "LIGHTFAST_TIMEOUT holds the unexpanded placeholder %TIMEOUT%, so it counts as unset.",
    ]);
  });
});

test("a base URL with plain http inside a cluster is a warning without advice about placeholders", async () => {
  const context = await createContext({ env: { LIGHTFAST_BASE_URL: "http://lightfast.ns.svc" } });
  const result = await runCheck(baseUrl, context);
  expect(result).toMatchObject({
    status: "warning",
    details: [expect.stringContaining("LIGHTFAST_BASE_URL uses plain http")],
  });
  expect(result.hint ?? baseUrl.hint).toContain("https://lightfast.ai");
});

describe("the key", () => {
  test.each([
    ["from the variable", {}, { LIGHTFAST_API_KEY: KEY }, "ok", /^lf_…cdef from LIGHTFAST_API_KEY$/],
    [
      "from the flag",
      { apiKey: KEY },
      { LIGHTFAST_API_KEY: "lf_other" },
      "warning",
      /^lf_…cdef from --api-key$/,
    ],
    ["missing", {}, {}, "failed", /^No Lightfast API key is set\.$/],
    ["in an old format", {}, { LIGHTFAST_API_KEY: "sk_0123456789" }, "failed", /old-format key/],
    ["with a space", {}, { LIGHTFAST_API_KEY: "lf_01234 56789" }, "failed", /contains spaces/],
    [
      "a placeholder",
      {},
      { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY" },
      "failed",
      /^No Lightfast API key is set: LIGHTFAST_API_KEY holds/,
    ],
    ["in the sandbox", { sandbox: true }, { LIGHTFAST_API_KEY: KEY }, "ok", /^built-in sandbox key$/],
    ["of the sandbox", { sandbox: true }, { LIGHTFAST_API_KEY: "lf_sandbox_read" }, "ok", /^lf_…read from/],
  ] satisfies [string, LightfastFlags, Environment, string, RegExp][])(
    "%s",
    async (_, flags, env, status, summary) => {
      const result = await runCheck(key, await createContext({ flags, env }));
      expect(result).toMatchObject({ status, summary: expect.stringMatching(summary) });
      for (const secret of [KEY, "0123456789", "01234 56789"]) {
        expect(JSON.stringify(result)).not.toContain(secret);
      }
    },
  );

  test("that is a placeholder is reported with the next step", async () => {
    const result = await runCheck(key, await createContext({ env: { LIGHTFAST_API_KEY: "{env:KEY}" } }));
    expect(result).toMatchObject({
      summary: expect.stringContaining("LIGHTFAST_API_KEY holds the unexpanded placeholder {env:KEY}"),
      hint: expect.stringMatching(/login|LIGHTFAST_API_KEY/),
    });
  });

  test("on the command line is a warning", async () => {
    expect(await runCheck(key, await createContext({ flags: { apiKey: KEY } }))).toMatchObject({
      details: [expect.stringContaining("--api-key is visible to other users")],
    });
  });

  test("comes from a stored login if the variable is a placeholder, with a warning", async () => {
    const home = temporaryHome();
    writeProfile("default", { apiKey: KEY, baseUrl: "https://lightfast.ai/" });
    const env = { LIGHTFAST_API_KEY: "$KEY" };
    expect(await runCheck(key, await createContext({ env, runtime: { home } }))).toMatchObject({
      status: "warning",
      summary: "lf_…cdef from profile default",
    });
  });

  test.skipIf(process.platform === "win32")("of a login that others can read is not used", async () => {
    const home = temporaryHome();
    writeProfile("default", { apiKey: KEY, baseUrl: "https://lightfast.ai/" });
    chmodSync(profileFile("default"), 0o644);
    expect(await runCheck(key, await createContext({ runtime: { home } }))).toMatchObject({
      status: "failed",
      summary: expect.stringContaining("can be read by other users"),
      hint: `Run: chmod 600 ${profileFile("default")}`,
    });
  });
});

describe("the base URL", () => {
  test.each([
    [{}, {}, "ok", "https://lightfast.ai/ (default)"],
    [{}, { LIGHTFAST_BASE_URL: "https://x.test/a/api/v1/" }, "ok", "https://x.test/a (LIGHTFAST_BASE_URL)"],
    [
      { baseUrl: "https://y.test" },
      { LIGHTFAST_BASE_URL: "https://x.test" },
      "ok",
      "https://y.test/ (--base-url)",
    ],
    [{}, { LIGHTFAST_API_URL: "https://old.test" }, "ok", "https://old.test/ (LIGHTFAST_API_URL)"],
    [{}, { LIGHTFAST_BASE_URL: `\${URL}` }, "warning", "https://lightfast.ai/ (default)"],
  ] satisfies [LightfastFlags, Environment, string, string][])(
    "%j with %j: %s, %s",
    async (flags, env, status, summary) => {
      expect(await runCheck(baseUrl, await createContext({ flags, env }))).toMatchObject({ status, summary });
    },
  );

  test("that is invalid is reported without its text", async () => {
    const result = await runCheck(
      baseUrl,
      await createContext({ env: { LIGHTFAST_BASE_URL: "https://ada:hush@x.test" } }),
    );
    expect(result).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(/^LIGHTFAST_BASE_URL: the base URL must not contain credentials/),
    });
    expect(JSON.stringify(result)).not.toContain("hush");
  });

  test("of the sandbox is the emulator's, whatever else is set", async () => {
    const env = { LIGHTFAST_BASE_URL: "https://x.test" };
    expect(await runCheck(baseUrl, await createContext({ flags: { sandbox: true }, env }))).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/ \(sandbox/),
      details: [expect.stringContaining("LIGHTFAST_BASE_URL is ignored")],
    });
  });
});
