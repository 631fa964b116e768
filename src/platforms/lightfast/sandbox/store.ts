import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type SharedStateOptions, shareState } from "../../../shared/state-file.ts";
import type { SIGNAL_STATUSES } from "../schemas.ts";
import type { Caller } from "./auth.ts";
import {
  type Classification,
  classify,
  type EntityLink,
  extractEntities,
  type VisibilityScope,
} from "./classifier.ts";
import { findLifecycle, type Lifecycle } from "./fixtures.ts";

export type Status = (typeof SIGNAL_STATUSES)[number];

/** A signal as stored. */
export type SignalRow = {
  /** Sequence number, part of the list cursor. */
  readonly number: number;
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly input: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly analysis: Analysis;
};

/** A signal as the API returns it. */
export type Signal = {
  readonly id: string;
  readonly input: string;
  readonly status: Status;
  readonly classification: Classification | null;
  readonly entityLinks: readonly EntityLink[];
  readonly visibilityScope: VisibilityScope;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** Everything about a signal that follows from its input. */
export type Analysis = {
  readonly lifecycle: Lifecycle;
  readonly entityLinks: readonly EntityLink[];
  readonly classification: Classification;
};

/** A position in the list, which is sorted from new to old. */
export type CursorPosition = Pick<SignalRow, "createdAt" | "number">;

export type ListQuery = {
  readonly limit: number;
  /** Only older signals are listed. */
  readonly after: CursorPosition | undefined;
  /** Empty means all. */
  readonly statuses: readonly Status[];
};

/** Signals in memory. Every method sees what the caller may see. */
export type Store = {
  add(input: string, caller: Caller): Signal;
  find(id: string, caller: Caller): Signal | undefined;
  list(query: ListQuery, caller: Caller): { items: readonly Signal[]; nextCursor: string | null };
};

/** The oldest signals make room for new ones. */
const MAX_SIGNALS = 10_000;
/** Limits of what is shared: the newest signals, and the length of their JSON in characters. */
const MAX_SHARED_SIGNALS = 1000;
const MAX_SHARED_CHARS = 1024 * 1024;

type StoreOptions = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds from one status of a signal to the next. */
  readonly delayMs: number;
  readonly maxSignals?: number;
  /** Default: the signals stay in this store. */
  readonly share?: SharedStateOptions | undefined;
};

export function createStore({ now, delayMs, maxSignals = MAX_SIGNALS, share }: StoreOptions): Store {
  const rows = new Map<string, SignalRow>();
  let created = 0;

  const evict = (): void => {
    for (const oldest of rows.keys()) {
      if (rows.size <= maxSignals) break;
      rows.delete(oldest);
    }
  };
  const store: Store = {
    add: (input, { orgId, userId }) => {
      created += 1;
      const id = `signal_${randomUUID()}`;
      const row = { number: created, id, orgId, userId, input, createdAt: now(), analysis: analyze(input) };
      rows.set(id, row);
      evict();
      return signalAt(row, row.createdAt, delayMs);
    },

    find: (id, caller) => {
      const row = rows.get(id);
      if (!row) return undefined;
      const signal = signalAt(row, now(), delayMs);
      return isVisible({ row, signal }, caller) ? signal : undefined;
    },

    list: ({ limit, after, statuses }, caller) => {
      const time = now();
      const matching = [...rows.values()]
        .filter((row) => row.orgId === caller.orgId && (!after || compareNewestFirst(after, row) < 0))
        .map((row) => ({ row, signal: signalAt(row, time, delayMs) }))
        .filter((candidate) => isVisible(candidate, caller))
        .filter(({ signal }) => statuses.length === 0 || statuses.includes(signal.status))
        .sort((a, b) => compareNewestFirst(a.row, b.row));
      const page = matching.slice(0, limit);
      const last = page.at(-1);
      const hasMore = matching.length > limit && last;
      return { items: page.map(({ signal }) => signal), nextCursor: hasMore ? encodeCursor(last.row) : null };
    },
  };
  if (!share) return store;
  const { read, update } = shareState({
    ...share,
    version: 1,
    now,
    load: (state) => {
      // Signals do not change, so what both have is the same.
      for (const row of sharedRows.safeParse(state).data ?? []) {
        if (!rows.has(row.id)) rows.set(row.id, { ...row, analysis: analyze(row.input) });
        created = Math.max(created, row.number);
      }
      evict();
    },
    save: () => newestOf([...rows.values()].map(({ analysis: _, ...row }) => row)),
  });
  return {
    add: (...args) => update(() => store.add(...args)),
    find: (...args) => read(() => store.find(...args)),
    list: (...args) => read(() => store.list(...args)),
  };
}

type SharedRow = Omit<SignalRow, "analysis">;

const sharedRows: z.ZodType<readonly SharedRow[]> = z.array(
  z.object({
    number: z.int().positive(),
    id: z.string(),
    orgId: z.string(),
    userId: z.string(),
    input: z.string(),
    createdAt: z.int(),
  }),
);

/** The newest rows that fit within the limits of what is shared, in their order. */
function newestOf(rows: readonly SharedRow[]): readonly SharedRow[] {
  let left = MAX_SHARED_CHARS;
  const start = rows.findLastIndex((row, index) => {
    left -= JSON.stringify(row).length;
    return left < 0 || rows.length - index > MAX_SHARED_SIGNALS;
  });
  return rows.slice(start + 1);
}

function isVisible({ row, signal }: { row: SignalRow; signal: Signal }, { orgId, userId }: Caller): boolean {
  return row.orgId === orgId && (row.userId === userId || signal.visibilityScope === "team");
}

/** For `Array.prototype.sort`. */
function compareNewestFirst(a: CursorPosition, b: CursorPosition): number {
  return b.createdAt - a.createdAt || b.number - a.number;
}

/** An opaque cursor: base64url of JSON. */
export function encodeCursor({ createdAt, number }: CursorPosition): string {
  const content = { createdAt: new Date(createdAt).toISOString(), id: number };
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

/** Runs once, when a signal is created, to keep lists fast. */
export function analyze(input: string): Analysis {
  const entityLinks = extractEntities(input);
  return {
    lifecycle: findLifecycle(input),
    entityLinks,
    classification: classify(input, entityLinks.length > 0),
  };
}

/** A status and the number of delays after which it starts. */
type Step = { readonly after: number; readonly status: Status };

const QUEUED: Step = { after: 0, status: "queued" };
const PROCESSING: Step = { after: 1, status: "processing" };

const LIFECYCLES: Readonly<Record<Lifecycle, readonly [Step, ...Step[]]>> = {
  classified: [QUEUED, PROCESSING, { after: 2, status: "classified" }],
  failed: [QUEUED, PROCESSING, { after: 2, status: "failed" }],
  stuck: [QUEUED, PROCESSING],
  unqueued: [{ after: 0, status: "failed" }],
};

/** Number of delays after which entity links appear. No status marks it. */
const LINKED_AFTER = 3;

/**
 * The state of a signal at a given time. It is computed from the row and the clock: no timer changes a signal.
 * @param now milliseconds since 1970
 * @param delayMs milliseconds from one status to the next
 */
export function signalAt(row: SignalRow, now: number, delayMs: number): Signal {
  const { id, input, createdAt, analysis } = row;
  const steps = LIFECYCLES[analysis.lifecycle];
  const { status, after } = steps.findLast((step) => now >= createdAt + step.after * delayMs) ?? steps[0];
  const classification = status === "classified" ? analysis.classification : null;
  const visibilityScope = classification?.routing.visibility.scope ?? "user";
  const isIndexed = visibilityScope === "team" && now >= createdAt + LINKED_AFTER * delayMs;
  return {
    id,
    input,
    status,
    classification,
    entityLinks: isIndexed ? analysis.entityLinks : [],
    visibilityScope,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(createdAt + after * delayMs).toISOString(),
  };
}
