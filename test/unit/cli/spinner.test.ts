import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { printError } from "../../../src/cli/output.ts";
import { withSpinner } from "../../../src/cli/spinner.ts";

const ERASE = "\r\u001b[2K";
let written: string[];

beforeEach(() => {
  written = [];
  const { isTTY, columns } = process.stderr;
  Object.assign(process.stderr, { isTTY: true, columns: 30 });
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  vi.useFakeTimers();
  vi.stubEnv("CI", "");
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("TERM", "xterm");
  onTestFinished(() => {
    write.mockRestore();
    Object.assign(process.stderr, { isTTY, columns });
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });
});

/** Waits under a spinner, until `end` is called. */
function wait(text = "Asking") {
  let end = (): void => {};
  const work = new Promise<string>((resolve) => {
    end = () => resolve("done");
  });
  return { end, result: withSpinner(text, () => work) };
}

test("a wait under half a second shows nothing", async () => {
  const { end, result } = wait();
  await vi.advanceTimersByTimeAsync(499);
  end();
  expect(await result).toBe("done");
  expect(written).toEqual([]);
});

test("a longer wait is drawn, stays out of what is printed, and is erased at the end", async () => {
  const { end, result } = wait();
  await vi.advanceTimersByTimeAsync(500);
  expect(written).toEqual([`${ERASE}⠋ Asking…`]);
  await vi.advanceTimersByTimeAsync(80);
  expect(written.at(-1)).toBe(`${ERASE}⠙ Asking…`);
  printError("a line");
  expect(written.slice(-2)).toEqual([ERASE, "a line\n"]);
  end();
  await result;
  expect(written.at(-1)).toBe(ERASE);
  const count = written.length;
  await vi.advanceTimersByTimeAsync(1000);
  printError("after it");
  expect(written.slice(count)).toEqual(["after it\n"]);
});

test("a failed wait is erased too, and the text may change", async () => {
  const failed = withSpinner("First", async (setText) => {
    setText("Then this text, which is too wide for the terminal");
    await new Promise((resolve) => setTimeout(resolve, 600));
    throw new Error("no answer");
  });
  const outcome = expect(failed).rejects.toThrow("no answer");
  await vi.advanceTimersByTimeAsync(700);
  await outcome;
  expect(written[0]).toBe(`${ERASE}⠋ Then this text, which is to`);
  expect(written.at(-1)).toBe(ERASE);
});

test.each([
  ["a pipe", () => void Object.assign(process.stderr, { isTTY: false })],
  ["CI", () => void vi.stubEnv("CI", "true")],
  ["a dumb terminal", () => void vi.stubEnv("TERM", "dumb")],
  ["NO_COLOR", () => void vi.stubEnv("NO_COLOR", "1")],
])("%s shows none", async (_, setUp) => {
  setUp();
  const { end, result } = wait();
  await vi.advanceTimersByTimeAsync(2000);
  end();
  expect(await result).toBe("done");
  expect(written).toEqual([]);
});
