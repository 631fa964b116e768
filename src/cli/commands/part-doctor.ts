import { homedir } from "node:os";
import process from "node:process";
import { checksFor } from "../../doctor/checks/index.ts";
import { createSubject } from "../../doctor/context.ts";
import { FAILURES, type Failure } from "../../doctor/finding.ts";
import { examine, type Report } from "../../doctor/run.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import { version } from "../../version.ts";
import { stdoutColors } from "../colors.ts";
import { redactAll } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { exitWhenPrinted, print } from "../output.ts";
import { countsOf, renderCounts, renderReport } from "./doctor.ts";

const CODES: Readonly<Record<Failure, number>> = {
  usage: EXIT.usage,
  credentials: EXIT.credentials,
  unreachable: EXIT.unreachable,
  other: EXIT.toolError,
};

/** Of several failures the one that tells most decides: the others may only follow from it. */
const exitCodeOf = (reports: readonly Report[]): number => {
  const worst = FAILURES.find((failure) => reports.some((report) => report.failure === failure));
  return worst ? CODES[worst] : EXIT.done;
};

const runtime = () => ({
  platform: process.platform,
  node: process.versions.node,
  execPath: process.execPath,
  script: process.argv[1] ?? "",
  home: homedir(),
  folder: process.cwd(),
});

/** Looks at everything between this machine and Lightfast, changes nothing, and exits as `call` does. */
export const doctor = async ({ json = false }: { json?: boolean }, flags: Flags): Promise<void> => {
  const subject = await createSubject(flags, process.env, runtime());
  const { credential, sandbox } = subject.settings;
  redactAll(...(credential.state === "ready" && !sandbox ? [credential.key] : []));

  const look = { width: process.stdout.columns, colors: stdoutColors() };
  const show = (report: Report): void => print(renderReport(report, look));
  const reports = await examine(checksFor(subject), subject, json ? undefined : show);
  const exitCode = exitCodeOf(reports);
  print(
    json
      ? JSON.stringify({ version, exitCode, counts: countsOf(reports), checks: reports })
      : `\n${renderCounts(reports)}`,
  );
  // A name server or a proxy that does not answer would keep the program from ending by itself.
  exitWhenPrinted(exitCode);
};
