import { expect, test } from "vitest";
import { renderCounts, renderReport } from "../../../../src/cli/commands/doctor.ts";
import type { CheckReport } from "../../../../src/doctor/run.ts";

function plain(text: string): string {
  return text;
}
const PLAIN = { green: plain, yellow: plain, red: plain, dim: plain, bold: plain };
function named(name: string) {
  return (text: string) => `<${name}>${text}</${name}>`;
}
const NAMED = {
  green: named("green"),
  yellow: named("yellow"),
  red: named("red"),
  dim: named("dim"),
  bold: named("bold"),
};

function report(more: Partial<CheckReport> = {}): CheckReport {
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
] as const)("what is %s has the mark %s", (status, mark) => {
  expect(renderReport(report({ status }), { colors: PLAIN })).toBe(
    `${mark} Base URL: https://lightfast.ai/ (default)`,
  );
});

test("details stand below, and then what to do", () => {
  const text = renderReport(report({ details: ["one", "two"], hint: "Do this." }), { colors: PLAIN });
  expect(text.split("\n").slice(1)).toEqual(["    one", "    two", "  → Do this."]);
});

test("in a narrow terminal everything is wrapped below its own beginning", () => {
  const text = renderReport(
    report({
      summary: "LIGHTFAST_BASE_URL: the base URL must start with https://.",
      details: ["a detail that does not fit in one line of these"],
      hint: "Correct it, or remove it to use https://lightfast.ai.",
    }),
    { width: 40, colors: PLAIN },
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

test("a path that is wider than the terminal stays whole, to be copied", () => {
  const path = `/${"folder/".repeat(10)}`;
  expect(renderReport(report({ details: [path] }), { width: 40, colors: PLAIN })).toContain(`    ${path}`);
});

test("colours are around the mark and the title, and take no room", () => {
  const text = renderReport(report({ status: "failed", details: ["one"] }), { width: 45, colors: NAMED });
  expect(text).toBe(
    "<red>✖</red> <bold>Base URL</bold>: https://lightfast.ai/ (default)\n<dim>    one</dim>",
  );
});

test("the last line counts", () => {
  const reports = [report(), report({ status: "warning" }), report({ status: "skipped" })];
  expect(renderCounts(reports)).toBe("1 ok, 1 warning, 0 failed, 1 skipped");
  expect(renderCounts([])).toBe("0 ok, 0 warnings, 0 failed, 0 skipped");
});
