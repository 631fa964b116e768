/** One run of the suite: which release, with which arguments, and the scenarios that the server has to pass. */
export type Run = {
  readonly name: string;
  readonly version: string;
  readonly args: readonly string[];
  /** Run one by one, instead of those of the arguments. */
  readonly scenarios?: readonly string[];
  readonly applies: readonly string[];
};

const FIRST_SUITE = "0.1.16";
const SECOND_SUITE = "0.2.0-alpha.12";
const LEGACY = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

const SKILLS = ["sep-2640-skills-enumeration", "sep-2640-skills-manifest", "sep-2640-skills-directory"];

/** The scenarios of an extension belong to no revision: they are forced to run in one. */
function skillsIn(revision: string): Run {
  const args = ["--spec-version", revision, "--force"];
  return { name: `skills, ${revision}`, version: SECOND_SUITE, args, scenarios: SKILLS, applies: SKILLS };
}

export const RUNS: readonly Run[] = [
  { name: "2025-11-25, first suite", version: FIRST_SUITE, args: ["--suite", "active"], applies: LEGACY },
  {
    name: "2025-11-25, second suite",
    version: SECOND_SUITE,
    args: ["--requirements", "2025-11-25"],
    applies: LEGACY,
  },
  {
    name: "2026-07-28",
    version: SECOND_SUITE,
    args: ["--requirements", "2026-07-28"],
    applies: [
      "server-stateless",
      "tools-list",
      "server-sse-multiple-streams",
      "dns-rebinding-protection",
      "caching",
      "sep-2164-resource-not-found",
      "http-header-validation",
      "input-required-result-unsupported-methods",
    ],
  },
  skillsIn("2025-11-25"),
  skillsIn("2026-07-28"),
];

/** How the names of scenarios and checks about HTTP itself start. Over stdio they would test the bridge. */
export const HTTP_ONLY: readonly string[] = [
  "dns-rebinding-protection",
  "http-header-validation",
  "server-sse-multiple-streams",
  "sep-2575-http-server-",
];

/** Why a scenario does not apply, by the start of its name; the first row that fits counts. */
export const NOT_APPLICABLE: readonly (readonly [prefix: string, reason: string])[] = [
  ["tools-call-with-logging", "the server sends no log messages to clients"],
  ["tools-call-sampling", "the server never asks the client for sampling"],
  ["tools-call-elicitation", "the server never asks the client for input"],
  ["tools-call-", "needs a test tool; without it the result is accidental"],
  ["json-schema-2020-12", "needs a test tool whose schema uses references"],
  ["http-custom-header-server-validation", "no tool takes an argument from a header"],
  ["elicitation-", "the server never asks the client for input"],
  ["input-required-result-", "no tool pauses to ask for input"],
  ["tasks-", "the server does not offer the tasks extension"],
  ["resources-", "needs test resources, which the server does not have"],
  ["prompts-", "needs test prompts; the server has none"],
  ["completion-complete", "the server has no arguments to complete"],
  ["logging-set-level", "the server sends no log messages to clients"],
  ["server-sse-polling", "responses are JSON, so there is no stream to resume"],
  ["server-sse-multiple-streams", "up to 2025-11-25 it needs a session, and the server has none"],
  ["server-session-lifecycle", "the server has no sessions"],
];

/** Why single checks within applicable scenarios do not apply. */
export const CHECKS_NOT_APPLICABLE: ReadonlyMap<string, string> = new Map([
  ["sep-2575-server-rejects-undeclared-capability", "needs a test tool that asks the client for sampling"],
  ["sep-2575-missing-capability-http-400", "needs a test tool that asks the client for sampling"],
]);
