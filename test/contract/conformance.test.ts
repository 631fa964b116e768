import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Check, type Results, readResults } from "./conformance-results.ts";
import { CHECKS_NOT_APPLICABLE, HTTP_ONLY, NOT_APPLICABLE, RUNS, type Run } from "./conformance-runs.ts";
import { type Installation, install } from "./packages.ts";
import { type ContractServer, startHttpServer, startStdioBridge } from "./servers.ts";

const SUITE_TIMEOUT_MS = 300_000;

/** Listing tools calls nothing, so no LFX is needed. */
const LFX = {
  LFXMCP_LFX_API_URL: "http://127.0.0.1:1",
  LFXMCP_TOKEN_ENDPOINT: "http://127.0.0.1:1/token",
  LFXMCP_CLIENT_ID: "unused",
  LFXMCP_CLIENT_SECRET: "unused",
};

const SERVERS = [
  { name: "lightfast http", isHttp: true, start: () => startHttpServer(["http", "--sandbox"]) },
  { name: "lfx http", isHttp: true, start: () => startHttpServer(["lfx", "http"], LFX) },
  { name: "lightfast stdio", isHttp: false, start: () => startStdioBridge(["--sandbox"]) },
];

const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-conformance-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of the tables that matched; a row that matches nothing is out of date. */
const used = new Set<string>();

describe.each(SERVERS)("conformance of $name", ({ isHttp, start }) => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  describe.each(RUNS)("$name", (run) => {
    let results: Results;
    beforeAll(async () => {
      results = await runSuite(run, server.url);
    }, SUITE_TIMEOUT_MS);

    const applicable = run.applies.filter((name) => isHttp || !isHttpOnly(name));

    test.each(applicable)("%s", (name) => {
      const checks = (results.get(name) ?? []).filter(({ id }) => !isCheckExcluded(id, isHttp));
      expect(checks.filter(({ status }) => status === "FAILURE").map(describeFailure)).toEqual([]);
      // A scenario without a successful check proves nothing.
      expect(checks.filter(({ status }) => status === "SUCCESS")).not.toEqual([]);
    });

    test("every other scenario has a reason not to apply", () => {
      const others = [...results.keys()].filter((name) => !applicable.includes(name));
      const reasons = others.map((name) => `${name}: ${reasonFor(name, run, isHttp)}`);
      expect(reasons.filter((line) => line.endsWith(": undefined"))).toEqual([]);
      process.stdout.write(`Not applicable:\n${reasons.map((line) => `  ${line}\n`).join("")}`);
    });
  });
});

test("every row of the tables of exceptions matches something", () => {
  const rows = [...NOT_APPLICABLE.map(([prefix]) => prefix), ...CHECKS_NOT_APPLICABLE.keys()];
  expect(rows.filter((row) => !used.has(row))).toEqual([]);
});

const installations = new Map<string, Installation>();

/** Runs the suite once. Its exit code also counts scenarios that do not apply, so its files are read instead. */
async function runSuite({ name, version, args, scenarios }: Run, url: string): Promise<Results> {
  const suite = `@modelcontextprotocol/conformance@${version}`;
  const installation = installations.get(version) ?? install(`conformance-${version}`, [suite]);
  installations.set(version, installation);
  const output = mkdtempSync(join(folder, "run-"));
  mkdirSync(output, { recursive: true });
  const program = join(installation.modules, "@modelcontextprotocol", "conformance", "dist", "index.js");
  const choices = scenarios?.map((scenario) => ["--scenario", scenario]) ?? [[]];
  for (const choice of choices) {
    const { stdout, stderr } = await installation.run("node", [
      ...[program, "server", "--url", url],
      ...[...args, ...choice, "-o", output],
    ]);
    if (!/=== SUMMARY ===|Test Results:/.test(stdout))
      throw new Error(`${name} did not finish:\n${stdout}\n${stderr}`);
  }
  return readResults(output);
}

function isCheckExcluded(id: string, isHttp: boolean): boolean {
  if (!CHECKS_NOT_APPLICABLE.has(id)) return !isHttp && isHttpOnly(id);
  used.add(id);
  return true;
}

function isHttpOnly(name: string): boolean {
  return HTTP_ONLY.some((prefix) => name.startsWith(prefix));
}

function describeFailure({ id, errorMessage, description }: Check): string {
  return `${id}: ${errorMessage ?? description}`;
}

function reasonFor(name: string, run: Run, isHttp: boolean): string | undefined {
  if (!isHttp && run.applies.includes(name)) return "it is about HTTP; over stdio it would test the bridge";
  const row = NOT_APPLICABLE.find(([prefix]) => name.startsWith(prefix));
  if (row) used.add(row[0]);
  return row?.[1];
}
