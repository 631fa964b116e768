/** Permissions of a Lightfast API key. */
export const READ_SCOPE = "api.signals.read";
export const WRITE_SCOPE = "api.signals.write";
export type Scope = typeof READ_SCOPE | typeof WRITE_SCOPE;

/** Steps of an organization's setup, by the id of their repair. */
export type SetupStep = "setup-github-org" | "setup-github-lightfast-repo" | "setup-x-connector";

/** The key service's verdict. `FORBIDDEN`: the key has neither scope. `UNREACHABLE`: the service is down. */
export type Verdict = "VALID" | "DISABLED" | "EXPIRED" | "FORBIDDEN" | "NOT_FOUND" | "UNREACHABLE";

export type SandboxKey = {
  /** What calls with this key cause, for people. */
  readonly effect: string;
  readonly verdict: Verdict;
  readonly scopes: readonly Scope[];
  readonly orgId: string | null;
  /** The user who created the key. */
  readonly userId: string | null;
  /** The organization's next setup step, if any. */
  readonly setup: "done" | "unreadable" | SetupStep;
};

const READY = {
  verdict: "VALID",
  scopes: [READ_SCOPE, WRITE_SCOPE],
  orgId: "org_sandbox",
  userId: "user_sandbox_ada",
  setup: "done",
} as const satisfies Omit<SandboxKey, "effect">;

const UNBOUND = { ...READY, orgId: "org_sandbox_unbound" } as const;

/** The key for which everything works. */
export const READY_KEY = "lf_sandbox";

/** All keys of the sandbox. Any other key with the prefix `lf_` is rejected as unknown. */
export const SANDBOX_KEYS = {
  [READY_KEY]: { ...READY, effect: "Everything works: both scopes, organization set up." },
  lf_sandbox_teammate: {
    ...READY,
    userId: "user_sandbox_grace",
    effect: "Another user of the same organization: sees its team signals, but not others' private signals.",
  },
  lf_sandbox_stranger: {
    ...READY,
    orgId: "org_sandbox_other",
    userId: "user_sandbox_mallory",
    effect: "A user of another organization: sees no signals of the first one.",
  },
  lf_sandbox_read: { ...READY, scopes: [READ_SCOPE], effect: "Read only: creating a signal fails with 403." },
  lf_sandbox_write: {
    ...READY,
    scopes: [WRITE_SCOPE],
    effect: "Write only: reading signals fails with 403.",
  },
  lf_sandbox_expired: { ...READY, verdict: "EXPIRED", effect: "Fails with 401: the key has expired." },
  lf_sandbox_disabled: { ...READY, verdict: "DISABLED", effect: "Fails with 401: the key was revoked." },
  lf_sandbox_forbidden: {
    ...READY,
    verdict: "FORBIDDEN",
    effect: "Fails with 403: the key has no permissions.",
  },
  lf_sandbox_orgless: {
    ...READY,
    orgId: null,
    effect: "Fails with 403: the key belongs to no organization.",
  },
  lf_sandbox_creatorless: { ...READY, userId: null, effect: "Fails with 403: the key has no known creator." },
  lf_sandbox_unbound: {
    ...UNBOUND,
    setup: "setup-github-org",
    effect: "Health works, signals fail with 403: the organization has not connected GitHub.",
  },
  lf_sandbox_unbound_repo: {
    ...UNBOUND,
    setup: "setup-github-lightfast-repo",
    effect: "Health works, signals fail with 403: the organization has no .lightfast repository.",
  },
  lf_sandbox_unbound_x: {
    ...UNBOUND,
    setup: "setup-x-connector",
    effect: "Health works, signals fail with 403: the organization has not connected X.",
  },
  lf_sandbox_outage: {
    ...READY,
    verdict: "UNREACHABLE",
    effect: "Fails with 401, like an invalid key: the key service is down.",
  },
  lf_sandbox_broken: { ...READY, setup: "unreadable", effect: "Fails with 500 during authentication." },
} as const satisfies Readonly<Record<`lf_${string}`, SandboxKey>>;

const KNOWN_KEYS: ReadonlyMap<string, SandboxKey> = new Map(Object.entries(SANDBOX_KEYS));
const UNKNOWN_KEY: SandboxKey = { ...READY, verdict: "NOT_FOUND", effect: "Fails with 401: unknown key." };

export function findKey(token: string): SandboxKey {
  return KNOWN_KEYS.get(token) ?? UNKNOWN_KEY;
}

/** What happens to a signal after it is stored. */
export type Lifecycle = "classified" | "failed" | "stuck" | "unqueued";

type Marker = {
  /** What happens to a signal with this marker, for people. */
  readonly effect: string;
  readonly lifecycle?: Lifecycle;
};

/** Milliseconds before the response to a slow signal. */
export const SLOW_MS = 3000;

/** Markers that cause rare results, anywhere in an input. They can be combined. */
export const SANDBOX_INPUTS = {
  "[sandbox:enqueue]": {
    lifecycle: "unqueued",
    effect: "Creating fails with 500 signal_enqueue_failed. The signal is stored as failed.",
  },
  "[sandbox:failed]": { lifecycle: "failed", effect: "The signal ends as failed instead of classified." },
  "[sandbox:stuck]": { lifecycle: "stuck", effect: "The signal stays in processing." },
  "[sandbox:broken]": { effect: "Creating and listing work; getting the signal fails with 500." },
  "[sandbox:slow]": { effect: `Creating takes ${SLOW_MS / 1000} seconds; the signal is stored at once.` },
} as const satisfies Readonly<Record<`[sandbox:${string}]`, Marker>>;

export function hasMarker(input: string, marker: keyof typeof SANDBOX_INPUTS): boolean {
  return input.includes(marker);
}

/** Of several markers, the first in the table wins. */
export function findLifecycle(input: string): Lifecycle {
  const markers: [string, Marker][] = Object.entries(SANDBOX_INPUTS);
  const match = markers.find(([text, { lifecycle }]) => lifecycle && input.includes(text));
  return match?.[1].lifecycle ?? "classified";
}
