import type { Check } from "../check.ts";
import { failed, ok, warning } from "../finding.ts";
import { linesAbout, namesOf, unexpanded } from "../notices.ts";

/** `profile` is how a line about the address of a stored login begins. */
const NAMES = [...namesOf("baseUrl"), "profile"];

/** Where the requests go. */
export const baseUrl: Check = {
  id: "base-url",
  title: "Base URL",
  failure: "usage",
  hint: "Correct it, or remove it to use https://lightfast.ai.",
  run: ({ settings, target, problems }) => {
    const [problem, ...others] = linesAbout(problems, NAMES);
    if (problem) return failed(problem, { details: others });
    const notices = linesAbout(settings.notices, NAMES);
    if (settings.sandbox) return ok(`${target.baseUrl.href} (sandbox: the built-in emulator)`, ...notices);
    const summary = `${target.baseUrl.href} (${settings.baseUrlSource})`;
    return notices.length > 0 ? warning(summary, unexpanded(notices)) : ok(summary);
  },
};
