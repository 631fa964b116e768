import { defineConfig } from "vitest/config";
import { TallyReporter } from "./test/support/tally-reporter.ts";

export default defineConfig({
  test: {
    reporters: ["default", new TallyReporter()],
    projects: [
      {
        // Tests of the unit project share nothing but code, so loading that once for all of them halves the run.
        test: {
          name: "unit",
          isolate: false,
          include: ["test/unit/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/support/packed.ts",
          testTimeout: 20_000,
        },
      },
      {
        // Programs of others, which npm installs: the conformance suite and the MCP Inspector.
        test: {
          name: "contract",
          include: ["test/contract/*.test.ts"],
          exclude: ["test/contract/agents.test.ts"],
          globalSetup: "test/support/packed.ts",
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
