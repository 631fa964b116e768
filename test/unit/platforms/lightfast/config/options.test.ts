import { expect, test } from "vitest";
import type { OptionRow } from "../../../../../src/config/reader.ts";
import { LIGHTFAST_OPTIONS } from "../../../../../src/platforms/lightfast/config/options.ts";
import { resolveLightfastSettings } from "../../../../../src/platforms/lightfast/config/resolve.ts";

const ROWS: readonly [string, OptionRow][] = Object.entries(LIGHTFAST_OPTIONS);

test.each(ROWS)("the flag of %s is its name", (name, { flag }) => {
  expect(flag).toBe(`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
});

test.each(ROWS)("%s has LIGHTFAST_ variables and a description", (_, { variables, description }) => {
  expect(variables.length).toBeGreaterThan(0);
  for (const variable of variables) expect(variable).toMatch(/^LIGHTFAST_[A-Z_]+$/);
  expect(description.length).toBeGreaterThan(10);
});

test("no two options share a variable", () => {
  const variables = ROWS.flatMap(([, row]) => row.variables);
  expect(new Set(variables).size).toBe(variables.length);
});

test("the defaults in help are those of the settings", () => {
  const settings = resolveLightfastSettings({}, {});
  expect(settings.baseUrl.href).toBe(new URL(LIGHTFAST_OPTIONS.baseUrl.default).href);
  expect(String(settings.timeoutMs)).toBe(LIGHTFAST_OPTIONS.timeout.default);
  expect(settings.logLevel).toBe(LIGHTFAST_OPTIONS.logLevel.default);
});
