import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Check, CheckResult } from "../../src/doctor/check.ts";
import { createDoctorContext, type DoctorContext, type Runtime } from "../../src/doctor/context.ts";
import type { AttemptResult } from "../../src/doctor/server.ts";
import type { LightfastFlags } from "../../src/platforms/lightfast/config/options.ts";
import { withDeadline } from "../../src/shared/deadline.ts";
import { temporaryHome } from "./home.ts";

export const KEY = "lf_test_0123456789abcdef";

type ContextOptions = {
  readonly flags?: LightfastFlags;
  readonly env?: Readonly<Record<string, string>>;
  readonly runtime?: Partial<Runtime>;
};

/** A folder that is deleted after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The platform accepts every credential of an entry, and none is sent. */
class AcceptedAttempts extends Map<string, Promise<AttemptResult>> {
  override get(): Promise<AttemptResult> {
    return Promise.resolve({ state: "accepted" });
  }
}

/** A context that depends on nothing of this machine except its Node.js. */
export async function createContext({
  flags = {},
  env = {},
  runtime = {},
}: ContextOptions = {}): Promise<DoctorContext> {
  const home = runtime.home ?? temporaryHome();
  const { platform, versions, execPath } = process;
  const context = await createDoctorContext(flags, env, {
    platform,
    node: versions.node,
    execPath,
    script: join(home, "lightfast-mcp.js"),
    home,
    folder: home,
    ...runtime,
  });
  onTestFinished(() => context.probe.close());
  return { ...context, attempts: new AcceptedAttempts() };
}

/** A context with a key and that base URL. */
export function contextFor(
  baseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DoctorContext> {
  return createContext({ env: { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: baseUrl, ...env } });
}

/** Runs one check, without the error handling of `runChecks`. */
export async function runCheck(check: Check, context: DoctorContext, limitMs = 4000): Promise<CheckResult> {
  const reason = check.skip?.(context);
  if (reason !== undefined) return { status: "skipped", summary: reason };
  return withDeadline(limitMs, undefined, async (deadline) => check.run(context, deadline));
}
