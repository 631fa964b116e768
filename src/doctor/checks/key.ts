import { maskKey } from "../../platforms/lightfast/config/api-key.ts";
import type { Check } from "../check.ts";
import type { Subject } from "../context.ts";
import { type Finding, failed, ok, warning } from "../finding.ts";
import { linesAbout, namesOf } from "../notices.ts";

const sandboxKey = ({ settings: { credential }, target: { apiKey = "" } }: Subject): Finding => {
  const ours = credential.state !== "ready" || credential.key !== apiKey;
  return ok(
    ours ? "the emulator's own; it takes no real key" : `${maskKey(apiKey)} from ${credential.source}`,
  );
};

/** Where the key comes from, and whether it can be one. Never the key itself. */
export const key: Check = {
  id: "key",
  title: "API key",
  failure: "usage",
  hint: "Run lightfast-mcp login, or set LIGHTFAST_API_KEY to the key itself.",
  run: (subject) => {
    const { credential, notices, sandbox } = subject.settings;
    if (sandbox) return sandboxKey(subject);
    if (credential.state !== "ready") {
      return failed(`${credential.problem}.`, { hint: credential.advice });
    }
    const summary = `${maskKey(credential.key)} from ${credential.source}`;
    const details = linesAbout(notices, namesOf("apiKey"));
    return details.length > 0 ? warning(summary, { details }) : ok(summary);
  },
};
