import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { profileFile, writeProfile } from "../../../src/platforms/lightfast/config/profiles.ts";
import { readLightfastSettings } from "../../../src/platforms/lightfast/config/resolve.ts";
import { messagesOf } from "../../support/settings.ts";
import { emptyHome, KEY } from "../../support/subject.ts";

test("settings that can be used are what every other command sees", () => {
  emptyHome();
  const { settings, errors } = readLightfastSettings({ timeout: "500" }, { LIGHTFAST_API_KEY: KEY });
  expect(settings).toMatchObject({ timeoutMs: 500, credential: { state: "ready", key: KEY } });
  expect(messagesOf(errors)).toEqual([]);
});

test("what cannot be used is told all at once, and the rest is still looked at", () => {
  emptyHome();
  const { settings, errors } = readLightfastSettings(
    { baseUrl: "ftp://x.test", timeout: "soon", logLevel: "debug" },
    {
      LIGHTFAST_API_KEY: KEY,
      LIGHTFAST_SANDBOX: "maybe",
      https_proxy: "socks5://x",
      LIGHTFAST_PROFILE: "a b",
    },
  );
  expect(
    messagesOf(errors)
      .map((line) => line.split(/[ :]/)[0])
      .sort(),
  ).toEqual(["--base-url", "--timeout", "LIGHTFAST_PROFILE", "LIGHTFAST_SANDBOX", "https_proxy"]);
  expect(settings).toMatchObject({
    credential: { state: "ready", key: KEY },
    logLevel: "debug",
    timeoutMs: 25_000,
    sandbox: false,
    profile: "default",
    proxies: { https: undefined },
  });
});

test("a wrong variable behind a wrong flag is told as well", () => {
  emptyHome();
  const { errors } = readLightfastSettings({ timeout: "soon" }, { LIGHTFAST_TIMEOUT: "later" });
  expect(messagesOf(errors).map((line) => line.split(" ")[0])).toEqual(["--timeout", "LIGHTFAST_TIMEOUT"]);
});

test("a stored login counts where no key is given", async () => {
  emptyHome();
  await writeProfile("work", { apiKey: KEY, baseUrl: "https://work.test/" });
  const { settings } = readLightfastSettings({ profile: "work" }, {});
  expect(settings.credential).toMatchObject({ state: "ready", source: "profile work" });
  expect(settings.baseUrl.host).toBe("work.test");
});

test.skipIf(process.platform === "win32")(
  "a login that is not used is told in place of the key",
  async () => {
    emptyHome();
    await writeProfile("default", { apiKey: KEY, baseUrl: "https://work.test/" });
    chmodSync(profileFile("default"), 0o644);
    expect(readLightfastSettings({}, {}).settings.credential).toMatchObject({
      state: "missing",
      problem: expect.stringContaining("can be read by other users"),
      hint: expect.stringContaining("chmod 600"),
    });
  },
);

test("a login whose address cannot be used is a problem of the address", async () => {
  emptyHome();
  await writeProfile("default", { apiKey: KEY, baseUrl: "http://work.test/" });
  const { errors } = readLightfastSettings({}, {});
  expect(messagesOf(errors)).toEqual([
    expect.stringMatching(/^profile default: the base URL must use https/),
  ]);
});
