import { randomUUID } from "node:crypto";
import type { Caller } from "./auth.ts";
import { compareNewestFirst, encodeCursor, type ListQuery } from "./requests.ts";
import { analyze, type Signal, type SignalRow, signalAt } from "./signal.ts";

/** The oldest signals make room for new ones. */
const MAX_SIGNALS = 10_000;

type StoreOptions = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds from one status of a signal to the next. */
  readonly delayMs: number;
  readonly maxSignals?: number;
};

export type Page = { readonly items: readonly Signal[]; readonly nextCursor: string | null };

/** Signals in memory. Every method sees what the caller may see. */
export type Store = {
  add(input: string, caller: Caller): Signal;
  find(id: string, caller: Caller): Signal | undefined;
  list(query: ListQuery, caller: Caller): Page;
};

export function createStore({ now, delayMs, maxSignals = MAX_SIGNALS }: StoreOptions): Store {
  const rows = new Map<string, SignalRow>();
  let created = 0;

  return {
    add: (input, { orgId, userId }) => {
      created += 1;
      const id = `signal_${randomUUID()}`;
      const row = { number: created, id, orgId, userId, input, createdAt: now(), analysis: analyze(input) };
      rows.set(id, row);
      for (const oldest of rows.keys()) {
        if (rows.size <= maxSignals) break;
        rows.delete(oldest);
      }
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
      return {
        items: page.map(({ signal }) => signal),
        nextCursor: hasMore ? encodeCursor(last.row) : null,
      };
    },
  };
}

type Candidate = { readonly row: SignalRow; readonly signal: Signal };

function isVisible({ row, signal }: Candidate, { orgId, userId }: Caller): boolean {
  return row.orgId === orgId && (row.userId === userId || signal.visibilityScope === "team");
}
