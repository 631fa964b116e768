/** The permissions a Lightfast API key can carry. */
export const READ_SCOPE = "api.signals.read";
export const WRITE_SCOPE = "api.signals.write";
export type Scope = typeof READ_SCOPE | typeof WRITE_SCOPE;

/** The steps of an organization's setup, each by the id of its repair. */
export type SetupStep = "setup-github-org" | "setup-github-lightfast-repo" | "setup-x-connector";

/**
 * What the key service says of a key, asked for either scope: `FORBIDDEN` where the key has neither, `UNREACHABLE` where
 * no answer comes because the service is down.
 */
export type Verdict = "VALID" | "DISABLED" | "EXPIRED" | "FORBIDDEN" | "NOT_FOUND" | "UNREACHABLE";

export type SandboxKey = {
  /** What calls with this key provoke: one sentence for people. */
  readonly meaning: string;
  readonly verdict: Verdict;
  readonly scopes: readonly Scope[];
  readonly orgId: string | null;
  /** For whom the key acts: signals that are not the team's are seen by this user alone. */
  readonly userId: string | null;
  /** How far the organization's setup is: finished, stopped before a step, or not to be found out. */
  readonly setup: "done" | "unreadable" | SetupStep;
};

const READY = {
  verdict: "VALID",
  scopes: [READ_SCOPE, WRITE_SCOPE],
  orgId: "org_sandbox",
  userId: "user_sandbox_ada",
  setup: "done",
} as const satisfies Omit<SandboxKey, "meaning">;

const UNBOUND = { ...READY, orgId: "org_sandbox_unbound" } as const;

/** The key to begin with: everything works. */
export const READY_KEY = "lf_sandbox";

/** Every key the sandbox knows. Any other that begins with `lf_` is refused as unknown. */
export const SANDBOX_KEYS = {
  [READY_KEY]: { ...READY, meaning: "Everything works: both scopes, organization set up." },
  lf_sandbox_teammate: {
    ...READY,
    userId: "user_sandbox_grace",
    meaning: "Another user of the same organization: sees its team signals, but not private ones of others.",
  },
  lf_sandbox_stranger: {
    ...READY,
    orgId: "org_sandbox_other",
    userId: "user_sandbox_mallory",
    meaning: "A user of another organization: sees nothing of the first one.",
  },
  lf_sandbox_read: {
    ...READY,
    scopes: [READ_SCOPE],
    meaning: "May only read: creating a signal is refused with 403.",
  },
  lf_sandbox_write: {
    ...READY,
    scopes: [WRITE_SCOPE],
    meaning: "May only write: reading signals is refused with 403.",
  },
  lf_sandbox_expired: { ...READY, verdict: "EXPIRED", meaning: "Refused with 401: the key has expired." },
  lf_sandbox_disabled: { ...READY, verdict: "DISABLED", meaning: "Refused with 401: the key was revoked." },
  lf_sandbox_forbidden: {
    ...READY,
    verdict: "FORBIDDEN",
    meaning: "Refused with 403: the key has no permission at all.",
  },
  lf_sandbox_orgless: {
    ...READY,
    orgId: null,
    meaning: "Refused with 403: the key belongs to no organization.",
  },
  lf_sandbox_creatorless: {
    ...READY,
    userId: null,
    meaning: "Refused with 403: nobody is known to have created the key.",
  },
  lf_sandbox_unbound: {
    ...UNBOUND,
    setup: "setup-github-org",
    meaning: "Health works, signals get 403: the organization has not connected GitHub.",
  },
  lf_sandbox_unbound_repo: {
    ...UNBOUND,
    setup: "setup-github-lightfast-repo",
    meaning: "Health works, signals get 403: the organization has no .lightfast repository.",
  },
  lf_sandbox_unbound_x: {
    ...UNBOUND,
    setup: "setup-x-connector",
    meaning: "Health works, signals get 403: the organization has not connected X.",
  },
  lf_sandbox_outage: {
    ...READY,
    verdict: "UNREACHABLE",
    meaning: "The key service is down, which reads like a wrong key: 401.",
  },
  lf_sandbox_broken: {
    ...READY,
    setup: "unreadable",
    meaning: "Authentication itself fails with 500.",
  },
} as const satisfies Readonly<Record<`lf_${string}`, SandboxKey>>;

const UNKNOWN: SandboxKey = { ...READY, verdict: "NOT_FOUND", meaning: "Refused with 401: no such key." };

const KNOWN: ReadonlyMap<string, SandboxKey> = new Map(Object.entries(SANDBOX_KEYS));

/** What the sandbox knows of a key; an unknown one is a record too. */
export function lookUpKey(token: string): SandboxKey {
  return KNOWN.get(token) ?? UNKNOWN;
}

/** How a signal goes on after it was stored. */
export type Ending = "classified" | "failed" | "stuck" | "unqueued";

type Marker = {
  /** What happens to a signal whose input contains the marker: one sentence for people. */
  readonly meaning: string;
  readonly ending?: Ending;
};

/** How long the answer to a slow signal is held back, in milliseconds. */
export const SLOW_MS = 3000;

/** What an input can contain, anywhere and exactly so, to provoke what seldom happens. Markers can be combined. */
export const SANDBOX_INPUTS = {
  "[sandbox:enqueue]": {
    ending: "unqueued",
    meaning: "Creating answers 500 signal_enqueue_failed; the signal is stored all the same, as failed.",
  },
  "[sandbox:failed]": { ending: "failed", meaning: "The signal ends as failed instead of classified." },
  "[sandbox:stuck]": { ending: "stuck", meaning: "The signal stays processing for good." },
  "[sandbox:broken]": { meaning: "Creating and listing work; getting the signal answers 500." },
  "[sandbox:slow]": {
    meaning: `Creating answers after ${SLOW_MS / 1000} seconds; the signal is stored before that.`,
  },
} as const satisfies Readonly<Record<`[sandbox:${string}]`, Marker>>;

type SandboxMarker = keyof typeof SANDBOX_INPUTS;

/** Whether an input asks for what the marker provokes. */
export function hasMarker(input: string, marker: SandboxMarker): boolean {
  return input.includes(marker);
}

/** How a signal with this input goes on; of several markers the first in the table decides. */
export function endingOf(input: string): Ending {
  const markers: [string, Marker][] = Object.entries(SANDBOX_INPUTS);
  return markers.find(([text, { ending }]) => ending && input.includes(text))?.[1].ending ?? "classified";
}
