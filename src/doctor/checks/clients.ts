import { FileError } from "../../clients/part-files.ts";
import { CLIENTS } from "../../clients/table.ts";
import type { Client } from "../../clients/types.ts";
import { version } from "../../version.ts";
import type { Check } from "../check.ts";
import type { Subject } from "../context.ts";
import { type Finding, failed, type Status, skipped, warning } from "../finding.ts";
import { entriesOf, type Found, isHere } from "./client-entries.ts";
import { keyFor } from "./client-key.ts";
import { askedVersion, canFind, type Launch, launchOf } from "./launch.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "starts the newest version each time",
  "": "names no version, so npx may go on using an old copy",
};

const versionIn = (launch: Launch): readonly string[] => {
  const asked = askedVersion(launch);
  return asked === undefined ? [] : [VERSIONS[asked] ?? `is pinned to version ${asked}; this is ${version}`];
};

const programOf = ({ program, variables, isOff }: Launch, { env, runtime }: Subject): Finding | undefined => {
  if (isOff) return warning("It is switched off there.", { hint: "Switch it on in the client's settings." });
  return canFind(program, { ...env, ...variables }, runtime.platform)
    ? undefined
    : failed(`There is no program ${program} to start it with.`, {
        hint: "Install Node.js, which brings npx, or give the full path of the program in that file.",
      });
};

const judge = (client: Client, { file, name, entry }: Found, subject: Subject): Finding => {
  const launch = launchOf(client, entry);
  const finding = programOf(launch, subject) ?? keyFor(client, entry, launch, subject.env);
  const version = versionIn(launch).map((text) => `${name} ${text}`);
  return { ...finding, details: [file, ...version] };
};

const SEVERITY: readonly Status[] = ["failed", "warning", "ok", "skipped"];

/** Several entries as one finding: that of the worst, and the details of all. */
const summed = (findings: readonly Finding[]): Finding | undefined => {
  const worst = SEVERITY.flatMap((status) => findings.filter((finding) => finding.status === status))[0];
  return worst && { ...worst, details: findings.flatMap(({ details = [] }) => details) };
};

const NONE = "It has no entry for this server.";

const checkOf = (client: Client): Check => ({
  id: `client-${client.id}`,
  title: client.title,
  failure: "other",
  hint: `Mend that file, or let it be written anew: lightfast-mcp install ${client.id}`,
  run: (subject) => {
    try {
      const findings = entriesOf(client, subject).map((found) => judge(client, found, subject));
      return summed(findings) ?? skipped(`${NONE} To add one: lightfast-mcp install ${client.id}`);
    } catch (error) {
      if (error instanceof FileError) return failed(`${error.message}.`);
      throw error;
    }
  },
});

const NO_CLIENT: Check = {
  id: "clients",
  title: "MCP clients",
  failure: "other",
  hint: "",
  run: () => skipped("None that this program knows was found."),
};

/** One check for each client of this machine. */
export const clientChecks = (subject: Subject): readonly Check[] => {
  const checks = CLIENTS.filter((client) => isHere(client, subject)).map(checkOf);
  return checks.length > 0 ? checks : [NO_CLIENT];
};
