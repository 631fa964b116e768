import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { installOutputRedactor } from "../../../src/cli/context.ts";
import { cleanText, exitWhenPrinted, print, printError, setOutputRedactor } from "../../../src/cli/output.ts";

describe("output", () => {
  const KEY = "lf_0123456789abcdef";

  /** Everything that is written to a stream of the process from here on. */
  const captured = (stream: NodeJS.WriteStream): string[] => {
    const texts: string[] = [];
    const spy = vi.spyOn(stream, "write").mockImplementation((text) => texts.push(String(text)) > 0);
    onTestFinished(() => spy.mockRestore());
    return texts;
  };

  let [stdout, stderr]: string[][] = [[], []];
  beforeEach(() => {
    stdout = captured(process.stdout);
    stderr = captured(process.stderr);
    onTestFinished(() => setOutputRedactor((text) => text));
  });

  test("results go to stdout, everything else to stderr", () => {
    print("a result");
    printError("a remark");
    expect([stdout, stderr]).toEqual([["a result\n"], ["a remark\n"]]);
  });

  test("control and bidirectional characters are escaped, colors and line breaks are not", () => {
    print(JSON.stringify({ a: "\u009b31m\u202etxt\u2066\u200f\u0085" }));
    printError("\u001b[1ma\u001b[22m\n\tb\u0007\u009d0;x\u009c\u061c");
    expect(stdout).toEqual(['{"a":"\\u009b31m\\u202etxt\\u2066\\u200f\\u0085"}\n']);
    expect(JSON.parse(String(stdout?.[0]))).toEqual({ a: "\u009b31m\u202etxt\u2066\u200f\u0085" });
    expect(stderr).toEqual(["\u001b[1ma\u001b[22m\n\tb\\u0007\\u009d0;x\\u009c\\u061c\n"]);
  });

  test("secrets are redacted on both", () => {
    setOutputRedactor((text) => text.replaceAll(KEY, "[redacted]"));
    print(`{"key":"${KEY}"}`);
    printError(`refused ${KEY}`);
    expect([stdout, stderr]).toEqual([['{"key":"[redacted]"}\n'], ["refused [redacted]\n"]]);
  });

  test("secrets come from the command line, the environment, and the stored login", () => {
    const { argv } = process;
    process.argv = ["node", "lightfast-mcp", "call", "tool", "--api-key", "lf_flag_key"];
    onTestFinished(() => {
      process.argv = argv;
      vi.unstubAllEnvs();
    });
    vi.stubEnv("LIGHTFAST_API_KEY", "lf_env_key");
    vi.stubEnv("HTTPS_PROXY", "http://ada:hush-hush@proxy.test:1");
    const redact = installOutputRedactor(KEY);
    const text = `lf_flag_key lf_env_key hush-hush ${KEY} call`;
    const clean = "[redacted] [redacted] [redacted] [redacted] call";
    expect(redact(text)).toBe(clean);
    print(text);
    printError(text);
    expect([stdout, stderr]).toEqual([[`${clean}\n`], [`${clean}\n`]]);
  });

  test("a closed pipe is no error, and has one listener", () => {
    const before = process.stdout.listenerCount("error");
    for (let index = 0; index < 20; index += 1) print("a result");
    expect(process.stdout.listenerCount("error") - before).toBeLessThanOrEqual(1);
    expect(process.stdout.listenerCount("error")).toBeGreaterThan(0);
    expect(() => process.stdout.emit("error", new Error("write EPIPE"))).not.toThrow();
  });

  test("the exit waits until everything is flushed", () => {
    let flush = () => {};
    vi.mocked(process.stdout.write).mockImplementation(((_: string, done?: () => void) => {
      flush = done ?? flush;
      return true;
    }) as typeof process.stdout.write);
    const codes: unknown[] = [];
    const exit = vi.spyOn(process, "exit").mockImplementation(((code: unknown) => codes.push(code)) as never);
    onTestFinished(() => exit.mockRestore());
    print("a result");
    exitWhenPrinted(4);
    expect(codes).toEqual([]);
    flush();
    expect(codes).toEqual([4]);
  });
});

test("text of others has no control characters, and keeps its lines", () => {
  expect(cleanText("a\u001b[31mb\u0007\u009d\tc\r\nd\u202e\u2028e")).toBe("a[31mb c\nde");
});
