import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { createSharedCache } from "../../shared/cache.ts";

/** Histogram buckets in seconds. The slowest tools may take two minutes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** An HTTP server's metrics. Labels are fixed names, never client input; durations are in seconds. */
export type ServerMetrics = {
  /** What is served, and how. Called once. */
  info(labels: { readonly version: string; readonly platform: string; readonly auth: string }): void;
  request(route: string, method: string, status: number, seconds: number): void;
  verification(outcome: string, seconds: number): void;
  toolCall(tool: string, outcome: string, seconds: number): void;
  upstream(target: string, outcome: string, seconds: number): void;
  auditQueue(size: number): void;
  auditLost(count: number): void;
  /** The metrics in Prometheus text format, with their content type. Computed once a second at most. */
  text(): Promise<{ type: string; body: string }>;
};

/** How long a text is reused, in milliseconds. */
const MAX_AGE_MS = 1000;

/** Creates metrics with a registry of their own, so that two servers in one process don't mix. */
export function createMetrics(maxAgeMs = MAX_AGE_MS): ServerMetrics {
  const texts = createSharedCache<{ type: string; body: string }>(Date.now, 1);
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const histogram = (subject: string, help: string, ...labelNames: string[]) =>
    new Histogram({ name: `mcp_${subject}_duration_seconds`, help, labelNames, buckets: BUCKETS, registers });

  const requests = histogram("http_request", "HTTP requests by route", "route", "method", "status");
  const calls = histogram("tool_call", "Tool calls by outcome", "tool", "outcome");
  const upstream = histogram("upstream", "Requests to the platform", "target", "outcome");
  const verification = histogram("verification", "Verifications of bearer tokens", "outcome");
  const info = new Gauge({
    name: "mcp_build_info",
    help: "Version, platform and authentication of this server; always 1",
    labelNames: ["version", "platform", "auth"],
    registers,
  });
  const queue = new Gauge({ name: "mcp_audit_queue_size", help: "Undelivered audit events", registers });
  const lost = new Counter({ name: "mcp_audit_lost_total", help: "Audit events lost", registers });

  return {
    info: ({ version, platform, auth }) => info.set({ version, platform, auth }, 1),
    request: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    toolCall: (tool, outcome, seconds) => calls.observe({ tool, outcome }, seconds),
    upstream: (target, outcome, seconds) => upstream.observe({ target, outcome }, seconds),
    verification: (outcome, seconds) => verification.observe({ outcome }, seconds),
    auditQueue: (size) => queue.set(size),
    auditLost: (count) => lost.inc(count),
    text: () =>
      texts("", async () => ({
        value: { type: registry.contentType, body: await registry.metrics() },
        until: Date.now() + maxAgeMs,
      })),
  };
}
