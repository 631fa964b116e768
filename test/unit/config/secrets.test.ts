import { describe, expect, test } from "vitest";
import { findSecrets } from "../../../src/config/secrets.ts";
import { LFX_SECRETS } from "../../../src/platforms/lfx/config/secrets.ts";
import { isSandboxKey, LIGHTFAST_SECRETS } from "../../../src/platforms/lightfast/config/secrets.ts";

const KEY = "lf_0123456789abcdef";

function secretsIn(argv: readonly string[], env: Readonly<Record<string, string>>) {
  return findSecrets(argv, env, [LIGHTFAST_SECRETS, LFX_SECRETS]);
}

describe("on the command line", () => {
  test.each([
    [["--api-key", KEY]],
    [[`--api-key=${KEY}`]],
    [["call", "tool", "--api-key", KEY, "--json"]],
    [["--base-url", "http://localhost", `--api-key=${KEY}`]],
  ])("finds the key in %j", (argv) => {
    expect(new Set(secretsIn(argv, {}))).toEqual(new Set([KEY]));
  });

  test("finds the flag's value even if it is malformed", () => {
    expect(secretsIn(["--api-key", "sk_old"], {})).toEqual(["sk_old"]);
    expect(secretsIn(["--api-key=sk=old"], {})).toEqual(["sk=old"]);
  });

  test.each([[[KEY]], [[`--apikey=${KEY}`]], [[`LIGHTFAST_API_KEY=${KEY}`]], [["-k", KEY]]])(
    "finds a misplaced key in %j",
    (argv) => {
      expect(secretsIn(argv, {})).toContain(KEY);
    },
  );

  test.each([[[]], [["--sandbox"]], [["tools", "--json"]], [["--api-key"]], [["--api-key="]], [["lf_"]]])(
    "finds no secret in %j",
    (argv) => {
      expect(secretsIn(argv, {})).toEqual([]);
    },
  );
});

describe("arguments of a tool are no secrets", () => {
  test.each([
    [["call", "tool", "--arg", `input=${KEY}`]],
    [["call", "tool", "--arg", "input=about lf_ keys"]],
    [["call", "tool", `--arg=input=${KEY}`]],
    [["call", "tool", "--input", `{"input":"${KEY}"}`]],
  ])("in %j", (argv) => {
    expect(secretsIn(argv, {})).toEqual([]);
  });
});

test.each([
  [["--api-key", "--json"]],
  [["--api-key", "--sandbox"]],
  [["--api-key=--json"]],
  [["call", "tool", "--api-key", "--log-level", "debug"]],
])("a flag in place of the key is no secret (%j)", (argv) => {
  expect(secretsIn(argv, {})).toEqual([]);
});

describe("in the environment", () => {
  test("finds the key, trimmed", () => {
    expect(secretsIn([], { LIGHTFAST_API_KEY: ` ${KEY}\n` })).toEqual([KEY]);
  });

  test("finds the secret that signs service tokens", () => {
    expect(secretsIn([], { SERVICE_JWT_SECRET: " hush-hush " })).toEqual(["hush-hush"]);
  });

  test.each(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])(
    "finds the password in %s",
    (name) => {
      const secrets = secretsIn([], { [name]: "http://ada:p%40ss@proxy.test:1" });
      expect(secrets).toEqual(["p%40ss", "p@ss"]);
    },
  );

  test("finds the password in a URL without a scheme", () => {
    expect(secretsIn([], { HTTPS_PROXY: "ada:hush@proxy.test:1" })).toContain("hush");
  });

  test.each(["http://proxy.test:1", "http://ada@proxy.test:1", "proxy", ""])(
    "finds no secret in %j",
    (address) => {
      expect(secretsIn([], { HTTPS_PROXY: address })).toEqual([]);
    },
  );

  test("finds a password that cannot be decoded, as written", () => {
    expect(secretsIn([], { HTTPS_PROXY: "http://ada:100%@proxy.test:1" })).toContain("100%");
  });

  test("ignores other variables", () => {
    expect(secretsIn([], { PATH: "/bin", HOME: "/home/ada", NO_PROXY: "*" })).toEqual([]);
  });
});

test.each([
  ["lf_sandbox", true],
  ["lf_sandbox_ready", true],
  ["lf_sandbox_no_scopes", true],
  ["lf_sandbox_", false],
  ["lf_sandboxed", false],
  ["lf_sandbox_ready1", false],
  ["lf_sandbox_READY", false],
  ["lf_sandbox_a1b2c3d4e5f6", false],
  ["lf_sandbox_ready\n", false],
  ["lf_real", false],
])("%j is a sandbox key: %j", (key, is) => {
  expect(isSandboxKey(key)).toBe(is);
});

test.each(["lf_sandboxed", "lf_sandbox_ready1", "lf_sandbox_READY"])(
  "%s is a secret, although it starts like a sandbox key",
  (key) => {
    expect(secretsIn(["--api-key", key], {})).toContain(key);
    expect(secretsIn([], { LIGHTFAST_API_KEY: key })).toEqual([key]);
  },
);

test("sandbox keys are no secrets", () => {
  expect(secretsIn(["--api-key", "lf_sandbox_ready"], { LIGHTFAST_API_KEY: "lf_sandbox_readonly" })).toEqual(
    [],
  );
});

test.each([`\${LIGHTFAST_API_KEY}`, "$LIGHTFAST_API_KEY", "%LIGHTFAST_API_KEY%", "{env:LIGHTFAST_API_KEY}"])(
  "the placeholder %s is no secret, so that the warning about it is readable",
  (value) => {
    expect(secretsIn([], { LIGHTFAST_API_KEY: value })).toEqual([]);
    expect(secretsIn(["--api-key", value], {})).toEqual([]);
  },
);
