import { expect, test } from "vitest";
import {
  createReachability,
  reachabilityFor,
  reportReachability,
} from "../../../src/http-client/reachability.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { manualClock } from "../../support/manual-clock.ts";

const URL_A = new URL("https://a.example/path?token=hush");
const URL_B = new URL("https://b.example/");
const MINUTE_MS = 60_000;

function setUp() {
  const lines: string[] = [];
  const log = createLogger("info", (line) => lines.push(line));
  const clock = manualClock();
  /** Returns the lines since the last time. */
  const take = () => lines.splice(0);
  return { log, clock, take, ...createReachability(log, clock.now) };
}

test("the first failure is an error at once, and the recovery an information", () => {
  const { missed, reached, clock, take } = setUp();
  reached(URL_A);
  expect(take()).toEqual([]);
  missed(URL_A, "ECONNREFUSED");
  expect(take()).toEqual([
    'error: upstream unreachable origin="https://a.example" reason="ECONNREFUSED" failures=1',
  ]);
  clock.advance(3000);
  reached(URL_A);
  expect(take()).toEqual(['info: upstream reachable again origin="https://a.example" failures=0 seconds=3']);
  reached(URL_A);
  expect(take()).toEqual([]);
});

test("further failures are counted, and reported once a minute", () => {
  const { missed, reached, clock, take } = setUp();
  for (let second = 0; second < 150; second += 1) {
    missed(URL_A, "DEADLINE");
    clock.advance(1000);
  }
  const line = 'error: upstream unreachable origin="https://a.example" reason="DEADLINE"';
  expect(take()).toEqual([`${line} failures=1`, `${line} failures=60`, `${line} failures=60`]);
  reached(URL_A);
  expect(take()).toEqual([
    'info: upstream reachable again origin="https://a.example" failures=29 seconds=150',
  ]);
});

test("an upstream that fails every other time is reported once a minute, too", () => {
  const { missed, reached, clock, take } = setUp();
  for (let second = 0; second < 120; second += 1) {
    missed(URL_A, "ECONNRESET");
    reached(URL_A);
    clock.advance(1000);
  }
  expect(take().map((line) => line.split(":")[0])).toEqual(["error", "info", "error", "info"]);
});

test("a failure after a calm minute is reported at once", () => {
  const { missed, reached, clock, take } = setUp();
  missed(URL_A, "ECONNREFUSED");
  reached(URL_A);
  clock.advance(MINUTE_MS);
  reached(URL_A);
  take();
  missed(URL_A, "ENOTFOUND");
  expect(take()).toEqual([
    'error: upstream unreachable origin="https://a.example" reason="ENOTFOUND" failures=1',
  ]);
});

test("each upstream is reported by itself, and without the path", () => {
  const { missed, take } = setUp();
  missed(URL_A, "ECONNREFUSED");
  missed(URL_B, "ECONNREFUSED");
  expect(take().join()).toMatch(/a\.example.*b\.example/);
  for (let index = 0; index < 1000; index += 1) missed(new URL(`https://${index}.example`), "ENOTFOUND");
  expect(take()).toHaveLength(1000);
});

test("the clients with one log share what they know, if it is reported there", () => {
  const { log, take } = setUp();
  reachabilityFor(log).missed(URL_A, "ECONNREFUSED");
  expect(take()).toEqual([]);
  reportReachability(log);
  reachabilityFor(log).missed(URL_A, "ECONNREFUSED");
  reachabilityFor(log).missed(URL_A, "ECONNREFUSED");
  expect(take()).toHaveLength(1);
});
