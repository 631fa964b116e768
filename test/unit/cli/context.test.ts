import { chmodSync } from "node:fs";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createContext } from "../../../src/cli/context.ts";
import { setOutputRedactor } from "../../../src/cli/output.ts";
import { writeProfile } from "../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../src/platforms/lightfast/config/profiles.ts";
import { resolveLightfastSettings } from "../../../src/platforms/lightfast/config/resolve.ts";
import { READY_KEY } from "../../../src/platforms/lightfast/sandbox/fixtures.ts";
import { placeFile, temporaryHome } from "../../support/home.ts";

const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://x.test/" };

/** What was printed on stderr, as one text. */
let told = "";
beforeEach(() => {
  temporaryHome();
  const own = Object.keys(process.env).filter((name) => /^LIGHTFAST_|_proxy$/i.test(name));
  for (const name of own) vi.stubEnv(name, undefined);
  told = "";
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told += String(text);
    return true;
  });
  onTestFinished(() => {
    write.mockRestore();
    setOutputRedactor((text) => text);
  });
});

describe("the stored login", () => {
  test("is used if no key is given", () => {
    writeProfile("default", LOGIN);
    const { credential, baseUrl } = resolveLightfastSettings({}, process.env);
    expect(credential).toMatchObject({ state: "ready", key: LOGIN.apiKey, source: "profile default" });
    expect(baseUrl.href).toBe(LOGIN.baseUrl);
  });

  test("is not read if a key is given", () => {
    placeFile(profileFile("default"), "{");
    const { credential, baseUrl } = resolveLightfastSettings({ apiKey: "lf_flag" }, process.env);
    expect(credential).toMatchObject({ key: "lf_flag" });
    expect(baseUrl.host).toBe("lightfast.ai");
  });

  test("that is damaged leaves no key, and says how to fix it", () => {
    placeFile(profileFile("default"), "{");
    const { credential } = resolveLightfastSettings({}, process.env);
    expect(credential).toEqual({
      state: "missing",
      problem: expect.stringContaining(`${profileFile("default")} is damaged`),
      hint: "Move it away, then run: lightfast-mcp login",
    });
  });

  test("of another profile is used by its name", () => {
    writeProfile("work", LOGIN);
    expect(resolveLightfastSettings({}, process.env).credential.state).toBe("missing");
    expect(resolveLightfastSettings({ profile: "work" }, process.env).credential.state).toBe("ready");
    vi.stubEnv("LIGHTFAST_PROFILE", "work");
    expect(resolveLightfastSettings({}, process.env).credential.state).toBe("ready");
  });
});

describe("the upstream", () => {
  test("is the base URL with the key", async () => {
    writeProfile("default", LOGIN);
    const { upstream, redact } = await createContext({});
    expect(upstream).toEqual({ baseUrl: new URL(LOGIN.baseUrl), apiKey: LOGIN.apiKey });
    expect(redact(`the key is ${LOGIN.apiKey}`)).toBe("the key is [redacted]");
  });

  test.each([
    [{}, "missing_token"],
    [{ apiKey: "sk_old" }, "invalid_token"],
  ])("is missing without a usable key (%j): %s", async (flags, code) => {
    const { upstream, settings } = await createContext(flags);
    const { credential } = settings;
    const [problem, hint] = "hint" in credential ? [credential.problem, credential.hint] : [];
    expect(upstream).toEqual({ code, problem, hint });
  });

  test("is missing for a URL other than the login's, with the command to log in there", async () => {
    writeProfile("default", LOGIN);
    const { upstream } = await createContext({ baseUrl: "https://y.test" });
    expect(upstream).toMatchObject({
      code: "missing_token",
      hint: expect.stringContaining("https://y.test"),
    });
    expect(JSON.stringify(upstream)).not.toContain(LOGIN.apiKey);
  });

  test.each([
    [{}, READY_KEY],
    [{ apiKey: "lf_sandbox_read" }, "lf_sandbox_read"],
    [{ apiKey: "lf_real_key_of_somebody" }, READY_KEY],
  ])("is the sandbox, which gets no real key (%j)", async (flags, apiKey) => {
    const { upstream } = await createContext({ ...flags, sandbox: true });
    expect(upstream).toMatchObject({ apiKey, baseUrl: expect.objectContaining({ hostname: "127.0.0.1" }) });
  });
});

describe("the warnings", () => {
  test("are logged on stderr, one a line, without the key", async () => {
    await createContext({ apiKey: "lf_flag_key", logLevel: "warn" });
    expect(told).toMatch(/^lightfast-mcp warn: --api-key is visible to other users .*\n$/);
    expect(told).not.toContain("lf_flag_key");
  });

  test("are omitted with --log-level silent", async () => {
    await createContext({ apiKey: "lf_flag_key", logLevel: "silent" });
    expect(told).toBe("");
  });
});

test("a login that other users can read is not used, and the message says how to fix it", () => {
  writeProfile("default", LOGIN);
  const file = profileFile("default");
  chmodSync(file, 0o644);
  const { credential } = resolveLightfastSettings({}, process.env);
  const readable = process.platform !== "win32";
  expect(credential.state).toBe(readable ? "missing" : "ready");
  expect("hint" in credential ? credential.hint : `Run: chmod 600 ${file}`).toBe(`Run: chmod 600 ${file}`);
});
