import { expect, test } from "vitest";
import { formatCounts, formatReport } from "../../../../src/cli/commands/doctor.ts";
import type { CheckReport } from "../../../../src/doctor/run.ts";

function plain(text: string): string {
  return text;
}

function tag(name: string) {
  return (text: string) => `<${name}>${text}</${name}>`;
}

const NO_COLORS = { green: plain, yellow: plain, red: plain, dim: plain, bold: plain };
const TAGS = {
  green: tag("green"),
  yellow: tag("yellow"),
  red: tag("red"),
  dim: tag("dim"),
  bold: tag("bold"),
};

function createReport(more: Partial<CheckReport> = {}): CheckReport {
  return {
    id: "x",
    title: "Base URL",
    status: "ok",
    summary: "https://lightfast.ai/ (default)",
    details: [],
    ...more,
  };
}

test.each([
  ["ok", "✔"],
  ["warning", "⚠"],
  ["failed", "✖"],
  ["skipped", "–"],
] as const)("%s has the mark %s", (status, mark) => {
  expect(formatReport(createReport({ status }), NO_COLORS)).toBe(
    `${mark} Base URL: https://lightfast.ai/ (default)`,
  );
});

test("details follow the summary, then the hint", () => {
  const text = formatReport(createReport({ details: ["one", "two"], hint: "Do this." }), NO_COLORS);
  expect(text.split("\n").slice(1)).toEqual(["    one", "    two", "  → Do this."]);
});

test("a narrow terminal wraps summary, details and hint", () => {
  const text = formatReport(
    createReport({
      summary: "LIGHTFAST_BASE_URL: the base URL must start with https://.",
      details: ["a detail that does not fit in one line of these"],
      hint: "Correct it, or remove it to use https://lightfast.ai.",
    }),
    NO_COLORS,
    40,
  );
  expect(text.split("\n")).toEqual([
    "✔ Base URL: LIGHTFAST_BASE_URL: the base",
    "    URL must start with https://.",
    "    a detail that does not fit in one",
    "    line of these",
    "  → Correct it, or remove it to use",
    "    https://lightfast.ai.",
  ]);
});

test("a path wider than the terminal is not broken", () => {
  const path = `/${"folder/".repeat(10)}`;
  expect(formatReport(createReport({ details: [path] }), NO_COLORS, 40)).toContain(`    ${path}`);
});

test("mark and title have colors, which do not count as width", () => {
  const text = formatReport(createReport({ status: "failed", details: ["one"] }), TAGS, 45);
  expect(text).toBe(
    "<red>✖</red> <bold>Base URL</bold>: https://lightfast.ai/ (default)\n<dim>    one</dim>",
  );
});

test("the last line counts the results", () => {
  const reports = [createReport(), createReport({ status: "warning" }), createReport({ status: "skipped" })];
  expect(formatCounts(reports)).toBe("1 ok, 1 warning, 0 failed, 1 skipped");
  expect(formatCounts([])).toBe("0 ok, 0 warnings, 0 failed, 0 skipped");
});
