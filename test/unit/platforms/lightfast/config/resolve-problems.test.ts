import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../../src/platforms/lightfast/config/part-options.ts";
import { resolveSettings, SettingsError } from "../../../../../src/platforms/lightfast/config/resolve.ts";

type Environment = Record<string, string>;

const problemsOf = (flags: Flags, env: Environment = {}): readonly string[] => {
  try {
    resolveSettings(flags, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

describe("what cannot be used", () => {
  test.each(["0", "-1", "1.5", "1e3", "25s", "NaN", "2147483648", "0x10"])(
    "is a timeout of %s",
    (timeout) => {
      expect(problemsOf({ timeout })).toEqual([
        "--timeout must be a whole number of milliseconds from 1 to 2147483647.",
      ]);
    },
  );

  test("is not the longest timeout", () => {
    expect(resolveSettings({ timeout: "2147483647" }, {}).timeoutMs).toBe(2147483647);
  });

  test("is a log level that does not exist", () => {
    expect(problemsOf({}, { LIGHTFAST_LOG_LEVEL: "verbose" })).toEqual([
      "LIGHTFAST_LOG_LEVEL must be one of silent, error, warn, info, debug.",
    ]);
  });

  test("is a switch that is neither on nor off", () => {
    expect(problemsOf({}, { LIGHTFAST_SANDBOX: "maybe" })).toEqual(["LIGHTFAST_SANDBOX must be 1 or 0."]);
  });

  test("is told all at once", () => {
    const env = { LIGHTFAST_SANDBOX: "maybe", HTTPS_PROXY: "socks5://x", LIGHTFAST_API_KEY: "sk_old" };
    const flags = { baseUrl: "ftp://x.test", timeout: "soon", logLevel: "loud" };
    const problems = problemsOf(flags, env);
    expect(problems.map((line) => line.split(/[ :]/)[0])).toEqual([
      "LIGHTFAST_SANDBOX",
      "--base-url",
      "--timeout",
      "--log-level",
      "HTTPS_PROXY",
    ]);
  });

  test("is an error with one line for each", () => {
    const error = new SettingsError(["one", "two"]);
    expect(error.message).toBe("one\ntwo");
    expect(error.name).toBe("SettingsError");
  });

  test("is not quoted", () => {
    const secret = "hush-hush";
    const flags = { baseUrl: `https://${secret}@x`, timeout: secret, logLevel: secret, apiKey: secret };
    const env = { LIGHTFAST_SANDBOX: secret, HTTP_PROXY: `ftp://${secret}` };
    expect(problemsOf(flags, env).join("\n")).not.toContain(secret);
  });
});
