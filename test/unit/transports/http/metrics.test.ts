import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createMetrics, type ServerMetrics } from "../../../../src/transports/http/metrics.ts";

/** The samples of a metric as `{labels} value`, without buckets. */
async function samplesOf(metrics: ServerMetrics, name: string): Promise<string[]> {
  return (await metrics.text()).body
    .split("\n")
    .filter((line) => line.startsWith(name) && !line.startsWith(`${name}_bucket`))
    .map((line) => line.slice(name.length));
}

test("the metrics are in Prometheus text format", async () => {
  const { type, body } = await createMetrics().text();
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of body.split("\n").filter(Boolean)) {
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{.*\})? (?:[\d.e+-]+|[Nn]a[Nn]|[+-]?Inf))$/);
  }
});

test("the process and its event loop are measured", async () => {
  const { body } = await createMetrics().text();
  expect(body).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
  expect(body).toMatch(/^process_resident_memory_bytes \d/m);
});

describe("a duration in seconds is recorded for", () => {
  test("a request, by route, method and status", async () => {
    const metrics = createMetrics(0);
    metrics.request("/mcp", "POST", 200, 0.25);
    metrics.request("/mcp", "POST", 200, 0.5);
    metrics.request("other", "GET", 404, 0);
    expect(await samplesOf(metrics, "mcp_http_request_duration_seconds")).toEqual([
      '_sum{route="/mcp",method="POST",status="200"} 0.75',
      '_count{route="/mcp",method="POST",status="200"} 2',
      '_sum{route="other",method="GET",status="404"} 0',
      '_count{route="other",method="GET",status="404"} 1',
    ]);
  });

  test("a tool call, by tool and outcome", async () => {
    const metrics = createMetrics(0);
    metrics.toolCall("tiny_echo", "ok", 0.5);
    metrics.toolCall("tiny_echo", "invalid_input", 0.25);
    expect(await samplesOf(metrics, "mcp_tool_call_duration_seconds")).toEqual([
      '_sum{tool="tiny_echo",outcome="ok"} 0.5',
      '_count{tool="tiny_echo",outcome="ok"} 1',
      '_sum{tool="tiny_echo",outcome="invalid_input"} 0.25',
      '_count{tool="tiny_echo",outcome="invalid_input"} 1',
    ]);
  });

  test("a request to the platform, by target and outcome", async () => {
    const metrics = createMetrics(0);
    metrics.upstream("/signals", "200", 0.125);
    expect(await samplesOf(metrics, "mcp_upstream_duration_seconds")).toEqual([
      '_sum{target="/signals",outcome="200"} 0.125',
      '_count{target="/signals",outcome="200"} 1',
    ]);
  });

  test("the verification of a token, by outcome", async () => {
    const metrics = createMetrics(0);
    metrics.verification("accepted", 2);
    metrics.verification("TokenInvalid", 1);
    expect(await samplesOf(metrics, "mcp_verification_duration_seconds")).toEqual([
      '_sum{outcome="accepted"} 2',
      '_count{outcome="accepted"} 1',
      '_sum{outcome="TokenInvalid"} 1',
      '_count{outcome="TokenInvalid"} 1',
    ]);
  });
});

test("durations fall into buckets from 1 ms to 30 s", async () => {
  const metrics = createMetrics(0);
  for (const seconds of [0.0005, 0.02, 40]) metrics.toolCall("tiny_echo", "ok", seconds);
  const { body } = await metrics.text();
  const upTo = (bound: string): number =>
    Number(
      new RegExp(`duration_seconds_bucket\\{le="${bound}",tool="tiny_echo",outcome="ok"\\} (\\d+)`).exec(
        body,
      )?.[1],
    );
  expect(["0.001", "0.01", "0.025", "30", "\\+Inf"].map(upTo)).toEqual([1, 1, 2, 2, 3]);
});

describe("the audit queue", () => {
  test("has its current size", async () => {
    const metrics = createMetrics(0);
    metrics.auditQueue(7);
    metrics.auditQueue(3);
    expect(await samplesOf(metrics, "mcp_audit_queue_size")).toEqual([" 3"]);
  });

  test("has the total of lost events", async () => {
    const metrics = createMetrics(0);
    expect(await samplesOf(metrics, "mcp_audit_lost_total")).toEqual([" 0"]);
    metrics.auditLost(2);
    metrics.auditLost(3);
    expect(await samplesOf(metrics, "mcp_audit_lost_total")).toEqual([" 5"]);
  });
});

test("a label with line breaks or quotes stays one label", async () => {
  const metrics = createMetrics(0);
  metrics.upstream('a"} 1\nevil 1', "200", 1);
  const { body } = await metrics.text();
  expect(body).not.toMatch(/^evil/m);
  expect(body).toContain('target="a\\"} 1\\nevil 1"');
});

test("two servers in one process don't share metrics", async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.auditLost(1);
  expect(await samplesOf(other, "mcp_audit_lost_total")).toEqual([" 0"]);
});

test("the text is computed once a second, for all who wait and all who come", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const metrics = createMetrics();
  const texts = await Promise.all(Array.from({ length: 3 }, () => metrics.text()));
  metrics.auditLost(1);
  vi.advanceTimersByTime(999);
  expect(new Set([...texts, await metrics.text()]).size).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await samplesOf(metrics, "mcp_audit_lost_total")).toEqual([" 1"]);
});
