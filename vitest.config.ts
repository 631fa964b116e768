import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { TallyReporter } from "./test/support/tally-reporter.ts";

const LOAD = "test/e2e/lfx/load.test.ts";

export default defineConfig({
  test: {
    reporters: ["default", new TallyReporter()],
    projects: [
      {
        // Tests of the unit project share nothing but code, so loading that once for all of them halves the run.
        test: {
          name: "unit",
          isolate: false,
          // Some of these tests wait for time to pass, so one more worker than processors is faster.
          maxWorkers: availableParallelism() + 1,
          include: ["test/unit/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "e2e",
          // Many of these tests wait for a timeout of the program, so more workers than processors are faster.
          maxWorkers: availableParallelism() + 2,
          sequence: { groupOrder: 1 },
          include: ["test/e2e/**/*.test.ts"],
          exclude: [LOAD],
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
        },
      },
      {
        // Measures latency, so its tests run one after the other.
        test: {
          name: "hostile",
          include: ["test/hostile/*.test.ts"],
          globalSetup: "test/support/packed.ts",
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Programs of others, which npm installs: the conformance suite, the MCP Inspector, and SDK clients in calls of 150
        // seconds. While those wait, 500 users call.
        test: {
          name: "contract",
          // The long calls do nothing but wait.
          maxWorkers: availableParallelism() + 1,
          include: ["test/contract/*.test.ts", LOAD],
          exclude: ["test/contract/agents.test.ts"],
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
          include: ["test/deploy/image.test.ts"],
          testTimeout: 60_000,
          // Installing packages and building takes minutes.
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "chart",
          include: ["test/deploy/chart.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Needs Chromium.
        test: {
          name: "browser",
          include: ["test/browser/*.test.ts"],
          globalSetup: ["test/support/packed.ts", "test/browser/chromium.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Large coding agents.
        test: {
          name: "agents",
          include: ["test/contract/agents.test.ts"],
          globalSetup: "test/support/packed.ts",
          testTimeout: 120_000,
        },
      },
    ],
  },
});
