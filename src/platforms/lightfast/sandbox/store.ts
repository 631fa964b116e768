import { randomUUID } from "node:crypto";
import type { Caller } from "./auth.ts";
import { encodeCursor, isOlder, type ListQuery, newestFirst } from "./requests.ts";

import { outcomeOf, type Signal, type SignalRow, signalAt } from "./signal.ts";

/** How many signals are kept; beyond that the oldest are forgotten. */
const MAX_SIGNALS = 10_000;

type StoreOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds from one state of a signal to the next. */
  readonly delayMs: number;
  readonly maxSignals?: number;
};

export type Page = { readonly items: readonly Signal[]; readonly nextCursor: string | null };

/** The signals of a sandbox, in memory, each seen with the eyes of a caller. */
export type Store = {
  add(input: string, caller: Caller): Signal;
  /** undefined where there is none, or none that the caller may see. */
  find(id: string, caller: Caller): Signal | undefined;
  list(query: ListQuery, caller: Caller): Page;
};

type Seen = { readonly row: SignalRow; readonly signal: Signal };

function maySee({ row, signal }: Seen, { orgId, userId }: Caller): boolean {
  return row.orgId === orgId && (row.userId === userId || signal.visibilityScope === "team");
}

export function createStore({ now, delayMs, maxSignals = MAX_SIGNALS }: StoreOptions): Store {
  const rows = new Map<string, SignalRow>();
  let created = 0;

  const forgetOldest = (): void => {
    for (const id of rows.keys()) {
      if (rows.size <= maxSignals) return;
      rows.delete(id);
    }
  };

  return {
    add: (input, { orgId, userId }) => {
      created += 1;
      const id = `signal_${randomUUID()}`;
      const outcome = outcomeOf(input);
      const row: SignalRow = { number: created, id, orgId, userId, input, createdAt: now(), outcome };
      rows.set(id, row);
      forgetOldest();
      return signalAt(row, row.createdAt, delayMs);
    },

    find: (id, caller) => {
      const row = rows.get(id);
      if (!row) return undefined;
      const signal = signalAt(row, now(), delayMs);
      return maySee({ row, signal }, caller) ? signal : undefined;
    },

    list: ({ limit, after, statuses }, caller) => {
      const moment = now();
      const matching = [...rows.values()]
        .filter((row) => row.orgId === caller.orgId && (!after || isOlder(row, after)))
        .map((row): Seen => ({ row, signal: signalAt(row, moment, delayMs) }))
        .filter((seen) => maySee(seen, caller))
        .filter(({ signal }) => statuses.length === 0 || statuses.includes(signal.status))
        .sort((one, other) => newestFirst(one.row, other.row));
      const page = matching.slice(0, limit);
      const last = page.at(-1);
      const more = matching.length > limit && last;
      return { items: page.map(({ signal }) => signal), nextCursor: more ? encodeCursor(last.row) : null };
    },
  };
}
