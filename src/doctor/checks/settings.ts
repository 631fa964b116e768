import type { Check } from "../check.ts";
import { failed, ok, warning } from "../finding.ts";
import { linesAbout, namesOf, unexpanded } from "../notices.ts";

const NAMES = [...namesOf("timeout"), ...namesOf("logLevel"), ...namesOf("profile"), ...namesOf("sandbox")];

/** The settings that no other check speaks of. */
export const settings: Check = {
  id: "settings",
  title: "Settings",
  failure: "usage",
  hint: "Correct or remove it: the server does not start like this.",
  run: ({ settings: { profile, timeoutMs, logLevel, notices }, problems }) => {
    const [problem, ...others] = linesAbout(problems, NAMES);
    if (problem) return failed(problem, { details: others });
    const summary = `profile ${profile}, timeout ${timeoutMs} ms, log level ${logLevel}`;
    const unset = linesAbout(notices, NAMES);
    return unset.length > 0 ? warning(summary, unexpanded(unset)) : ok(summary);
  },
};
