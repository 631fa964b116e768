import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { messagesAbout } from "../../../src/doctor/context.ts";
import { writeProfile } from "../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../src/platforms/lightfast/config/profiles.ts";
import { resolveLightfastSettings } from "../../../src/platforms/lightfast/config/resolve.ts";
import { createContext, KEY } from "../../support/doctor.ts";
import { temporaryHome } from "../../support/home.ts";

test("valid settings are those of every other command", async () => {
  const { settings, errors } = await createContext({
    flags: { timeout: "500" },
    env: { LIGHTFAST_API_KEY: KEY },
  });
  expect(settings).toMatchObject({ timeoutMs: 500, credential: { state: "ready", key: KEY } });
  expect(errors).toEqual([]);
});

test.each(["1", "t", "TRUE", "yes", "on", "0", "f", "no", ""])(
  "doctor and server agree about LIGHTFAST_SANDBOX=%s",
  async (value) => {
    const env = { LIGHTFAST_API_KEY: KEY, LIGHTFAST_SANDBOX: value };
    const { settings, target } = await createContext({ env });
    const { sandbox } = resolveLightfastSettings({}, env);
    expect(settings.sandbox).toBe(sandbox);
    expect(target.baseUrl.hostname).toBe(sandbox ? "127.0.0.1" : "lightfast.ai");
  },
);

test("all invalid settings are reported at once, and the others still apply", async () => {
  const { settings, errors } = await createContext({
    flags: { baseUrl: "ftp://x.test", timeout: "soon", logLevel: "debug" },
    env: {
      LIGHTFAST_API_KEY: KEY,
      LIGHTFAST_SANDBOX: "maybe",
      https_proxy: "http://",
      LIGHTFAST_PROFILE: "a b",
    },
  });
  expect(errors.map(({ setting }) => setting).sort()).toEqual([
    "baseUrl",
    "https_proxy",
    "profile",
    "sandbox",
    "timeout",
  ]);
  expect(settings).toMatchObject({
    credential: { state: "ready", key: KEY },
    logLevel: "debug",
    timeoutMs: 25_000,
    sandbox: false,
    profile: "default",
    proxies: { https: undefined },
  });
});

test("an invalid variable is reported even if an invalid flag overrides it", async () => {
  const { errors } = await createContext({
    flags: { timeout: "soon" },
    env: { LIGHTFAST_TIMEOUT: "later" },
  });
  expect(messagesAbout(errors, ["timeout"]).map((message) => message.split(" ")[0])).toEqual([
    "--timeout",
    "LIGHTFAST_TIMEOUT",
  ]);
});

test("a stored login applies if no key is given", async () => {
  const home = temporaryHome();
  writeProfile("work", { apiKey: KEY, baseUrl: "https://work.test/" });
  const { settings } = await createContext({ flags: { profile: "work" }, runtime: { home } });
  expect(settings.credential).toMatchObject({ state: "ready", source: "profile work" });
  expect(settings.baseUrl.host).toBe("work.test");
});

test.skipIf(process.platform === "win32")("an unusable login is reported in place of the key", async () => {
  const home = temporaryHome();
  writeProfile("default", { apiKey: KEY, baseUrl: "https://work.test/" });
  chmodSync(profileFile("default"), 0o644);
  const { settings } = await createContext({ runtime: { home } });
  expect(settings.credential).toMatchObject({
    state: "missing",
    problem: expect.stringContaining("can be read by other users"),
    hint: expect.stringContaining("chmod 600"),
  });
});

test("a login with an invalid URL is a problem of the base URL", async () => {
  const home = temporaryHome();
  writeProfile("default", { apiKey: KEY, baseUrl: "http://work.test/" });
  const { errors } = await createContext({ runtime: { home } });
  expect(messagesAbout(errors, ["baseUrl"])).toEqual([
    expect.stringMatching(/^profile default: the base URL must use https/),
  ]);
});
