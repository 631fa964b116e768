import type { Logger } from "../shared/logger.ts";

/** Logs when an upstream can't be reached, and when it can be again. */
export type Reachability = {
  /** The upstream responded. */
  reached(url: URL): void;
  /** It did not. @param reason as an identifier: `ECONNREFUSED`, `DEADLINE` */
  missed(url: URL, reason: string): void;
};

type State = {
  isDown: boolean;
  /** Whether the log says that it is down. */
  isReported: boolean;
  reportedAt: number;
  downSince: number;
  /** Failed requests since the last report. */
  failures: number;
};

/** Shortest time between two reports that an upstream can't be reached, in milliseconds. Failures in between are counted. */
const REPORT_INTERVAL_MS = 60_000;

/** More upstreams than any configuration names; the oldest is forgotten. */
const MAX_UPSTREAMS = 100;

const byLog = new WeakMap<Logger, Reachability>();
const SILENT: Reachability = { reached: () => {}, missed: () => {} };

/** From now on, clients with this log report to it which upstream they can't reach. Clients on stdio tell their user. */
export function reportReachability(log: Logger): void {
  byLog.set(log, createReachability(log));
}

/** Returns the one of a log: several clients call the same upstream. */
export function reachabilityFor(log: Logger): Reachability {
  return byLog.get(log) ?? SILENT;
}

/** @param now milliseconds since some fixed moment */
export function createReachability(log: Logger, now = () => performance.now()): Reachability {
  /** By origin. Empty as long as all is well, so that a response costs nothing. */
  const states = new Map<string, State>();

  const report = (origin: string, state: State, reason: string): void => {
    const { failures } = state;
    log.error("upstream unreachable", { origin, reason, failures });
    Object.assign(state, { isReported: true, reportedAt: now(), failures: 0 });
  };

  return {
    missed: ({ origin }, reason) => {
      const time = now();
      const state = states.get(origin) ?? {
        isDown: false,
        isReported: false,
        reportedAt: Number.NEGATIVE_INFINITY,
        downSince: time,
        failures: 0,
      };
      if (states.size >= MAX_UPSTREAMS) states.delete(states.keys().next().value ?? "");
      states.set(origin, state);
      if (!state.isDown) Object.assign(state, { isDown: true, downSince: time });
      state.failures += 1;
      if (time - state.reportedAt >= REPORT_INTERVAL_MS) report(origin, state, reason);
    },
    reached: (url) => {
      if (states.size === 0) return;
      const { origin } = url;
      const state = states.get(origin);
      if (!state) return;
      const { isReported, failures, downSince } = state;
      Object.assign(state, { isDown: false, isReported: false });
      if (isReported) {
        const seconds = Math.round((now() - downSince) / 1000);
        log.info("upstream reachable again", { origin, failures, seconds });
      } else if (now() - state.reportedAt >= REPORT_INTERVAL_MS) states.delete(origin);
    },
  };
}
