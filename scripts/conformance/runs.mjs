/**
 * One run of the suite: which release of it, what is asked of it, and the scenarios that this server has to pass.
 * @typedef {{ name: string, version: string, args: string[], applies: string[] }} Run
 */

const LEGACY = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

/** @type {readonly Run[]} */
export const RUNS = [
  { name: "2025-11-25, first suite", version: "0.1.16", args: ["--suite", "active"], applies: LEGACY },
  {
    name: "2025-11-25, second suite",
    version: "0.2.0-alpha.12",
    args: ["--requirements", "2025-11-25"],
    applies: LEGACY,
  },
  {
    name: "2026-07-28",
    version: "0.2.0-alpha.12",
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
];

/**
 * Why a scenario says nothing about this server, by the start of its name; the first row that fits holds.
 * @type {readonly (readonly [prefix: string, reason: string])[]}
 */
export const NOT_APPLICABLE = [
  ["tools-call-with-logging", "the server sends no log messages to clients"],
  ["tools-call-sampling", "the server asks the client for no sampling"],
  ["tools-call-elicitation", "the server asks the client for no input"],
  ["tools-call-", "needs a test tool; without it the server can pass or fail only by accident"],
  ["json-schema-2020-12", "needs a test tool whose schema uses references"],
  ["http-custom-header-server-validation", "no tool of the server takes an argument from a header"],
  ["elicitation-", "the server asks the client for no input"],
  ["input-required-result-", "no tool of the server pauses to ask for input"],
  ["tasks-", "the server does not offer the tasks extension"],
  ["resources-", "the server has no resources"],
  ["prompts-", "the server has no prompts"],
  ["completion-complete", "the server has no arguments to complete"],
  ["logging-set-level", "the server sends no log messages to clients"],
  ["server-sse-polling", "answers are JSON, so there is no stream to resume"],
  ["server-sse-multiple-streams", "up to 2025-11-25 it needs a session, and the server has none"],
  ["server-session-lifecycle", "the server has no sessions"],
];

/**
 * Single checks, within scenarios that apply, that need what this server does not have.
 * @type {ReadonlyMap<string, string>}
 */
export const CHECKS_NOT_APPLICABLE = new Map([
  ["sep-2575-server-rejects-undeclared-capability", "needs a test tool that asks the client for sampling"],
  ["sep-2575-missing-capability-http-400", "needs a test tool that asks the client for sampling"],
  [
    "sep-2575-server-declares-prompts-in-discover",
    "there are no prompts, but some clients ask for the list unasked and take an error for a broken server",
  ],
  ["sep-2549-prompts-list-caching-hints", "the server has no prompts"],
  ["sep-2549-resources-list-caching-hints", "the server has no resources"],
  ["sep-2549-resources-templates-list-caching-hints", "the server has no resources"],
  ["sep-2549-resources-read-caching-hints", "the server has no resources"],
]);
