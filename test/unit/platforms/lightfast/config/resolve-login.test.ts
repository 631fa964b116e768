import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../../src/platforms/lightfast/config/part-options.ts";
import type { Profile } from "../../../../../src/platforms/lightfast/config/profiles.ts";
import {
  profileOf,
  resolveSettings,
  SettingsError,
} from "../../../../../src/platforms/lightfast/config/resolve.ts";

type Environment = Record<string, string>;

const LOGIN: Profile = { apiKey: "lf_stored", baseUrl: "https://x.test/sub" };

describe("the stored login that counts", () => {
  test.each<[Flags, Environment, string]>([
    [{}, {}, "default"],
    [{ profile: "work" }, { LIGHTFAST_PROFILE: "home" }, "work"],
    [{}, { LIGHTFAST_PROFILE: "home" }, "home"],
    [{}, { LIGHTFAST_PROFILE: " " }, "default"],
    [{ profile: "$PROFILE" }, {}, "default"],
  ])("with %j and %j is %s", (flags, env, name) => {
    expect(profileOf(flags, env).name).toBe(name);
    expect(resolveSettings(flags, env).profile).toBe(name);
  });

  test.each<[Flags, Environment, boolean]>([
    [{}, {}, true],
    [{}, { LIGHTFAST_API_KEY: " " }, true],
    [{ apiKey: "$KEY" }, {}, true],
    [{ apiKey: "lf_flag" }, {}, false],
    [{}, { LIGHTFAST_API_KEY: "lf_env" }, false],
    [{}, { LIGHTFAST_API_KEY: "sk_old" }, false],
  ])("with %j and %j is needed: %j", (flags, env, needed) => {
    expect(profileOf(flags, env).needed).toBe(needed);
  });

  test.each(["../default", "a/b", "a b", "-a", "_a", ".hidden", "a.json", "x".repeat(65), "ä"])(
    "cannot be called %j",
    (profile) => {
      const name = () => profileOf({ profile }, {});
      expect(name).toThrow(SettingsError);
      expect(name).toThrow(/^--profile must be 1 to 64 letters, digits, - or _, /);
    },
  );

  test("is refused by where its name stood", () => {
    expect(() => profileOf({}, { LIGHTFAST_PROFILE: "a/b" })).toThrow(/^LIGHTFAST_PROFILE must be /);
  });
});

describe("a stored login", () => {
  test("gives the key and the address, and is named as their source", () => {
    const settings = resolveSettings({}, {}, LOGIN);
    expect(settings.credential).toEqual({ state: "ready", key: "lf_stored", source: "profile default" });
    expect(settings.baseUrl.href).toBe("https://x.test/sub");
    expect(settings.baseUrlSource).toBe("profile default");
    expect(settings.notices).toEqual([]);
  });

  test("of another name is named by that", () => {
    const { credential } = resolveSettings({ profile: "work" }, {}, LOGIN);
    expect(credential).toMatchObject({ source: "profile work" });
  });

  test("may be used for another path of its origin", () => {
    const settings = resolveSettings({ baseUrl: "https://x.test/other" }, {}, LOGIN);
    expect(settings.credential).toMatchObject({ state: "ready", key: "lf_stored" });
    expect(settings.baseUrl.href).toBe("https://x.test/other");
  });

  test.each(["https://y.test", "https://x.test:8443", "https://x.test.evil.test", "http://127.0.0.1:1"])(
    "is not used for %s",
    (address) => {
      for (const [flags, env] of [
        [{ baseUrl: address }, {}],
        [{}, { LIGHTFAST_BASE_URL: address }],
      ] as const) {
        const { credential, baseUrl } = resolveSettings(flags, env, LOGIN);
        expect(baseUrl.origin).toBe(address);
        expect(credential).toEqual({
          state: "missing",
          problem: `The login of profile default is for https://x.test/sub, so it is not used for ${address}`,
          advice: `Log in there with: lightfast-mcp login --profile <name> --base-url ${address}`,
        });
      }
    },
  );

  test.each(["nowhere", ""])("whose own address is %j is used for none", (baseUrl) => {
    const flags = { baseUrl: "https://x.test" };
    expect(resolveSettings(flags, {}, { ...LOGIN, baseUrl }).credential).toMatchObject({ state: "missing" });
  });

  test("whose own address cannot be one is told by its profile", () => {
    const login = { ...LOGIN, baseUrl: "ftp://x.test" };
    expect(() => resolveSettings({ profile: "work" }, {}, login)).toThrow(
      /^profile work: the base URL must begin/,
    );
  });

  test("with a key that cannot be one is told by its profile, without the key", () => {
    const { credential } = resolveSettings({}, {}, { ...LOGIN, apiKey: "sk_hush" });
    expect(credential).toMatchObject({ state: "malformed" });
    expect(JSON.stringify(credential)).toContain("profile default");
    expect(JSON.stringify(credential)).not.toContain("hush");
  });

  test("beside the sandbox gives no notice of an address that nobody asked for", () => {
    expect(resolveSettings({ sandbox: true }, {}, LOGIN).notices).toEqual([]);
  });
});
