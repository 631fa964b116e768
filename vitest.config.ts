import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { TallyReporter } from "./test/support/tally-reporter.ts";

const LOAD = "test/e2e/lfx/load.test.ts";
/** Each of their tests starts many programs. The contract tests have time for them while long calls wait. */
const MANY_PROGRAMS = [
  "test/e2e/cli/{completion,copy,cures,signal,update}.test.ts",
  "test/e2e/lfx/{confirm,refusals}.test.ts",
  "test/e2e/stdio/sign-in.test.ts",
];
const AGENTS = [
  "test/contract/agents.test.ts",
  "test/contract/plugins.test.ts",
  "test/contract/turns.test.ts",
];
/** They try random inputs. */
const PROPERTIES = [
  "test/unit/clients/**/properties.test.ts",
  "test/unit/platforms/lfx/tools/shared/limits.test.ts",
];

/**
 * The two projects of `npm test` share one queue, so that the processors never wait at the end of one of them. Many of their tests
 * wait for a timeout, so more workers than processors are faster. A worker loads shared code once for all its files.
 */
const EVERYDAY = { isolate: false, maxWorkers: availableParallelism() + 2 };

const setupFiles = ["test/support/regex-equality.ts"];

export default defineConfig({
  test: {
    reporters: ["default", new TallyReporter()],
    projects: [
      {
        test: {
          ...EVERYDAY,
          name: "unit",
          setupFiles,
          include: ["test/unit/**/*.test.ts"],
          // Processors are shared with what the end-to-end tests start.
          testTimeout: 20_000,
          provide: { propertyRuns: 50 },
        },
      },
      {
        test: {
          ...EVERYDAY,
          name: "e2e",
          setupFiles,
          include: ["test/e2e/**/*.test.ts"],
          exclude: [LOAD, ...MANY_PROGRAMS],
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
        },
      },
      {
        // What runs on Windows, or under its Node.js in Wine: scripts/windows.mjs.
        test: {
          name: "windows",
          setupFiles,
          maxWorkers: availableParallelism() + 2,
          include: ["test/e2e/{stdio,cli}/*.test.ts", "test/unit/{installation,shared}/*.test.ts"],
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Measures latency, so its tests run one after the other.
        test: {
          name: "hostile",
          setupFiles,
          include: ["test/hostile/*.test.ts"],
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Programs of others, which npm installs: the conformance suite, the MCP Inspector, and SDK clients in calls of 150
        // seconds. While those wait, 500 users call, and properties are tried with many more inputs than in `npm test`.
        test: {
          name: "contract",
          setupFiles,
          // The long calls do nothing but wait.
          maxWorkers: availableParallelism() + 1,
          include: ["test/contract/*.test.ts", LOAD, ...PROPERTIES, ...MANY_PROGRAMS],
          provide: { propertyRuns: 2000 },
          exclude: AGENTS,
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
          // The tests of calls that take minutes wait all at once.
          maxConcurrency: 20,
        },
      },
      {
        // What buildah builds, and what Helm renders. Neither is part of `npm test`.
        test: {
          name: "image",
          setupFiles,
          include: ["test/deploy/image.test.ts"],
          testTimeout: 60_000,
          // Installing packages and building takes minutes.
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "chart",
          setupFiles,
          include: ["test/deploy/chart.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Needs Chromium.
        test: {
          name: "browser",
          setupFiles,
          include: ["test/browser/*.test.ts"],
          globalSetup: ["test/support/packed.ts", "test/browser/chromium.ts"],
          testTimeout: 120_000,
          // Installing and bundling a client with MCP Apps.
          hookTimeout: 300_000,
        },
      },
      {
        // Large coding agents. Their tests share installed packages.
        test: {
          name: "agents",
          setupFiles,
          include: AGENTS,
          fileParallelism: false,
          globalSetup: "test/support/packed.ts",
          testTimeout: 120_000,
        },
      },
    ],
  },
});
