import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientChecks } from "../../../../src/doctor/checks/clients.ts";
import { key } from "../../../../src/doctor/checks/local.ts";
import type { AttemptResult } from "../../../../src/doctor/server.ts";
import { writeProfile } from "../../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../../src/platforms/lightfast/config/profiles.ts";
import { version } from "../../../../src/version.ts";
import { createContext, KEY, runCheck, temporaryFolder } from "../../../support/doctor.ts";
import { temporaryHome } from "../../../support/home.ts";
import { json, playScript } from "../../../support/scripted-server.ts";

const NPX = { command: "npx", args: ["--prefix=/", "-y", "@lightfastai/mcp@latest"] };
const PINNED = `@lightfastai/mcp@${version}`;
const FIX = "lightfast-mcp doctor --fix";

type Servers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A home folder with entries in Cursor's file, or another one, and what its checks find. */
function prepare(servers: Servers, name = ".cursor/mcp.json") {
  const [home, folder, bin] = [temporaryHome(), temporaryFolder(), temporaryFolder()];
  const file = join(home, name);
  for (const command of ["npx", "lightfast-mcp"]) writeFileSync(join(bin, command), "", { mode: 0o755 });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ mcpServers: servers }, null, 2));
  const check = async (env: Readonly<Record<string, string>> = {}) => {
    const runtime = { platform: "linux", home, folder };
    const context = {
      ...(await createContext({ env: { PATH: bin, ...env }, runtime })),
      attempts: new Map(),
    };
    const [clientCheck] = clientChecks(context);
    if (!clientCheck) throw new Error("there is no client");
    return runCheck(clientCheck, context);
  };
  const repair = async () => {
    const diffs: string[] = [];
    for (const fix of (await check()).fixes ?? [])
      await fix.run(async ({ diff }) => {
        diffs.push(diff);
        return true;
      });
    return diffs.join("\n");
  };
  const entries = () => JSON.parse(readFileSync(file, "utf8")).mcpServers as Record<string, unknown>;
  return { home, file, check, repair, entries };
}

/** A server that accepts some keys, and the keys that it got. */
async function acceptOnly(...accepted: readonly string[]) {
  const keys: string[] = [];
  const server = await playScript([
    (response, request) => {
      const sent = (request.headers.authorization ?? "").replace("Bearer ", "");
      keys.push(sent);
      const isAccepted = accepted.includes(sent);
      const body = isAccepted
        ? { status: "ok", version: "0.1.0" }
        : { error: "auth_required", message: "Invalid API key format." };
      json(isAccepted ? 200 : 401, body)(response, request);
    },
  ]);
  return { origin: server.origin, keys };
}

describe("a key in an entry", () => {
  const WRONG = "lf_wrong_0123456789";

  test("is tried once, whatever the number of entries, and a wrong one is reported for each without showing it", async () => {
    const { origin, keys } = await acceptOnly(KEY);
    const env = (value: string) => ({ LIGHTFAST_API_KEY: value, LIGHTFAST_BASE_URL: origin });
    const { check } = prepare({
      a: { ...NPX, env: env(WRONG) },
      b: { ...NPX, env: { ...env(WRONG), LIGHTFAST_TIMEOUT: "9000" } },
      c: { ...NPX, env: env(KEY) },
    });
    const result = await check();
    expect(result).toMatchObject({
      status: "failed",
      failure: "credentials",
      summary: expect.stringMatching(/^a: Lightfast rejected the API key .*[^.]\."$/),
    });
    expect(result.details?.join("\n")).toMatch(/^b: Lightfast rejected the API key/m);
    expect(keys).toEqual([WRONG, KEY]);
    expect(JSON.stringify(result)).not.toMatch(new RegExp(`${WRONG}|${KEY}`));
  });

  test.each(["lf_...", "lf_…", "<your key>", "YOUR_API_KEY", WRONG])(
    "%s is replaced by the stored login, which must be accepted",
    async (value) => {
      const { origin } = await acceptOnly(KEY);
      const { check, repair, entries } = prepare({
        lightfast: { ...NPX, env: { LIGHTFAST_API_KEY: value, LIGHTFAST_BASE_URL: origin } },
      });
      expect((await check()).fixes).toEqual([]);
      expect((await check()).hint).toMatch(
        /Correct LIGHTFAST_API_KEY in .+, run: lightfast-mcp login --base-url http:\/\/127\.0\.0\.1:\d+\/$/,
      );
      writeProfile("default", { apiKey: WRONG, baseUrl: `${origin}/` });
      expect((await check()).fixes).toEqual([]);
      writeProfile("default", { apiKey: KEY, baseUrl: `${origin}/` });
      expect(await check()).toMatchObject({ status: "failed", hint: expect.stringContaining(`run: ${FIX}`) });
      expect(await repair()).not.toContain(WRONG);
      expect(entries()).toEqual({ lightfast: { ...NPX, env: { LIGHTFAST_BASE_URL: origin } } });
      expect(await check()).toMatchObject({
        status: "ok",
        summary: "key from the stored login of profile default",
      });
    },
  );

  test("moves from the arguments to the variables", async () => {
    const { origin } = await acceptOnly(KEY);
    const args = [...NPX.args, "--api-key", KEY, "--base-url", origin];
    const { check, repair, entries } = prepare({ lightfast: { ...NPX, args } });
    expect(await check()).toMatchObject({ status: "warning", hint: expect.stringContaining(`run: ${FIX}`) });
    expect(await repair()).not.toContain(KEY);
    expect(entries()).toEqual({
      lightfast: { ...NPX, args: [...NPX.args, "--base-url", origin], env: { LIGHTFAST_API_KEY: KEY } },
    });
    expect(await check()).toMatchObject({ status: "ok", summary: "key in its entry" });
  });

  test("of a project is not sent to a host that only the project names", async () => {
    const context = await createContext({ runtime: { platform: "linux", folder: temporaryFolder() } });
    const { folder } = context.runtime;
    mkdirSync(join(folder, ".cursor"));
    const env = { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: "https://evil.test" };
    writeFileSync(
      join(folder, ".cursor/mcp.json"),
      JSON.stringify({ mcpServers: { x: { command: process.execPath, args: ["lightfast-mcp"], env } } }),
    );
    const tried: string[] = [];
    class Attempts extends Map<string, Promise<AttemptResult>> {
      override get(id: string): Promise<AttemptResult> {
        tried.push(id);
        return Promise.resolve({ state: "accepted" });
      }
    }
    const [check] = clientChecks(context);
    expect(check && (await runCheck(check, { ...context, attempts: new Attempts() }))).toMatchObject({
      status: "ok",
    });
    expect(tried).toEqual([]);
  });
});

test("everything that is safe is repaired in one edit, with a backup, and the rest stays", async () => {
  const { check, repair, entries, file } = prepare({
    other: { command: "x", env: { SECRET: "y" } },
    lightfast: {
      command: "npx",
      args: ["@lightfastai/mcp@0.1.0", "--read-only"],
      env: { LIGHTFAST_SANDBOX: "1", LIGHTFAST_TIMEOUT: "soon" },
      note: "mine",
    },
  });
  const result = await check();
  expect(result).toMatchObject({
    status: "failed",
    failure: "usage",
    summary: "LIGHTFAST_TIMEOUT must be a whole number of milliseconds from 1 to 2147483647.",
  });
  expect(result.details).toContain("Field: mcpServers.lightfast.env.LIGHTFAST_TIMEOUT");
  expect(result.details?.join("\n")).toMatch(/Without -y.+\n.+\.npmrc.+\nPinned to version 0\.1\.0/);
  const diff = await repair();
  expect(diff).toContain(`+        "${PINNED}"`);
  expect(entries()).toEqual({
    other: { command: "x", env: { SECRET: "y" } },
    lightfast: {
      command: "npx",
      args: ["--prefix=/", "-y", PINNED, "--read-only"],
      env: { LIGHTFAST_SANDBOX: "1" },
      note: "mine",
    },
  });
  expect(statSync(file).isFile()).toBe(true);
  expect(await check()).toMatchObject({ status: "ok" });
});

test.each([
  [
    "an option that does not exist",
    { args: [...NPX.args, "--profil", "work"] },
    'The server rejects the option --profil (did you mean "--profile"?).',
  ],
  [
    "an argument",
    { args: [...NPX.args, "--read-only", "login"] },
    "The server rejects an argument that is not an option.",
  ],
  [
    "an option without its value",
    { args: [...NPX.args, "--tools"] },
    "An option has no value, or one that it cannot have.",
  ],
])("%s fails, because the server does not start", async (_, entry, summary) => {
  const { check } = prepare({ lightfast: { ...NPX, env: { LIGHTFAST_SANDBOX: "1" }, ...entry } });
  const result = await check();
  expect([result.summary, ...(result.details ?? [])].join("\n")).toContain(summary);
  expect(result).toMatchObject({ status: "failed" });
});

describe("a profile without a login", () => {
  test.each([
    ["in the variables", { env: { LIGHTFAST_PROFILE: "wrok" } }, { env: { LIGHTFAST_PROFILE: "work" } }],
    [
      "in the arguments",
      { args: [...NPX.args, "--profile", "wrok"] },
      { args: [...NPX.args, "--profile", "work"] },
    ],
    ["in one argument", { args: [...NPX.args, "--profile=wrok"] }, { args: [...NPX.args, "--profile=work"] }],
  ])("%s is corrected if exactly one is similar", async (_, wrong, right) => {
    const { origin } = await acceptOnly(KEY);
    const { check, repair, entries } = prepare({ lightfast: { ...NPX, ...wrong } });
    writeProfile("default", { apiKey: KEY, baseUrl: `${origin}/` });
    expect(await check()).toMatchObject({
      status: "failed",
      summary: 'No login "wrok"; stored: default.',
      hint: "Correct the name, or store that login. Run: lightfast-mcp login --profile wrok",
      fixes: [],
    });
    writeProfile("work", { apiKey: KEY, baseUrl: `${origin}/` });
    expect(await check()).toMatchObject({ hint: `To use the login "work", run: ${FIX}` });
    await repair();
    expect(entries()).toEqual({ lightfast: { ...NPX, ...right } });
    expect(await check()).toMatchObject({ status: "ok" });
  });

  test("is not corrected if several are similar", async () => {
    const { check } = prepare({ lightfast: { ...NPX, env: { LIGHTFAST_PROFILE: "wrok" } } });
    for (const name of ["work", "wurk"]) writeProfile(name, { apiKey: KEY, baseUrl: "https://x.test/" });
    expect(await check()).toMatchObject({
      fixes: [],
      summary: expect.stringMatching(/did you mean "w[ou]rk"\?/),
    });
  });
});

test.skipIf(process.platform === "win32")("a login that others can read becomes private", async () => {
  const { origin } = await acceptOnly(KEY);
  const home = temporaryHome();
  writeProfile("default", { apiKey: KEY, baseUrl: `${origin}/` });
  const file = profileFile("default");
  chmodSync(file, 0o644);
  const context = await createContext({ runtime: { home } });
  const result = await runCheck(key, context);
  expect(result).toMatchObject({ status: "failed", hint: `Run: chmod 600 ${file}` });
  const [fix] = result.fixes ?? [];
  expect(await fix?.run(async () => false)).toMatchObject({ outcome: "skipped" });
  expect(await fix?.run(async () => true)).toEqual({ file, outcome: "fixed" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a placeholder that the client does not expand is reported", async () => {
  const entry = { ...NPX, env: { LIGHTFAST_SANDBOX: "1", LIGHTFAST_LOG_LEVEL: `$${"{LEVEL}"}` } };
  expect(await prepare({ lightfast: entry }).check()).toMatchObject({
    status: "warning",
    summary: "Cursor does not expand the placeholder in LIGHTFAST_LOG_LEVEL.",
  });
});

test("a second entry of the same server is pointed out, with the command that removes it", async () => {
  const { origin } = await acceptOnly(KEY);
  const entry = { ...NPX, env: { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: origin } };
  expect(await prepare({ lightfast: entry, old: entry }).check()).toMatchObject({
    status: "warning",
    summary: 'old: "old" starts the same server as "lightfast".',
    hint: "To remove it, run: lightfast-mcp uninstall cursor --name old",
  });
});

test("a command that is missing says that the client's PATH can differ", async () => {
  const { check } = prepare({ lightfast: { ...NPX, command: "npx2", env: { LIGHTFAST_SANDBOX: "1" } } });
  const { status, summary, details, hint } = await check();
  expect({ status, summary }).toEqual({ status: "failed", summary: "Command not found: npx2" });
  expect(details).toContain("The PATH of the client can differ from this shell's.");
  expect(hint).toBe(`To start this program by its full path, run: ${FIX}`);
});
