import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { createDoctorContext, type DoctorContext, type Runtime } from "../../src/doctor/context.ts";
import type { CheckResult } from "../../src/doctor/finding.ts";
import type { Check } from "../../src/doctor/run.ts";
import type { LightfastFlags } from "../../src/platforms/lightfast/config/options.ts";
import { withDeadline } from "../../src/shared/deadline.ts";

export const KEY = "lf_test_0123456789abcdef";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty home directory, for this process too, so that no login of whoever runs the tests is found. */
export function emptyHome(): string {
  const home = temporaryFolder();
  vi.stubEnv("HOME", home);
  vi.stubEnv("USERPROFILE", home);
  onTestFinished(() => void vi.unstubAllEnvs());
  return home;
}

type Given = {
  readonly flags?: LightfastFlags;
  readonly env?: Readonly<Record<string, string>>;
  readonly runtime?: Partial<Runtime>;
};

/** What the checks look at, with nothing of the machine that the tests run on but its Node.js. */
export async function subjectOf({ flags = {}, env = {}, runtime = {} }: Given = {}): Promise<DoctorContext> {
  const home = runtime.home ?? emptyHome();
  const { platform, versions, execPath } = process;
  const subject = await createDoctorContext(flags, env, {
    platform,
    node: versions.node,
    execPath,
    script: join(home, "lightfast-mcp.js"),
    home,
    folder: home,
    ...runtime,
  });
  onTestFinished(() => subject.lightfast.close());
  return subject;
}

/** A subject whose Lightfast is at that address. */
export function subjectAt(
  baseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DoctorContext> {
  return subjectOf({ env: { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: baseUrl, ...env } });
}

const NEVER = new AbortController().signal;

/** What a check finds, or the reason for which it does not apply. */
export async function findingOf(check: Check, subject: DoctorContext, limitMs = 4000): Promise<CheckResult> {
  const reason = check.skip?.(subject);
  if (reason !== undefined) return { status: "skipped", summary: reason };
  return withDeadline(limitMs, NEVER, async (deadline) => check.run(subject, deadline));
}
