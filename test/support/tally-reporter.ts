import { stdout } from "node:process";
import type { Reporter, TestModule } from "vitest/node";

/** Ends the run with one machine-readable line: `N passed, N failed`. */
export class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let skipped = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "skipped") skipped += 1;
        else failed += 1;
      }
    }
    const tail = skipped > 0 ? `, ${skipped} skipped` : "";
    stdout.write(`\n${passed} passed, ${failed} failed${tail}\n`);
  }
}
