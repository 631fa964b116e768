import { describe, expect, test } from "vitest";
import { createMetrics } from "../../../../src/transports/http/metrics.ts";
import { startApp } from "../../../support/http-app.ts";
import { request } from "../../../support/wire.ts";

const PING = request(1, "ping");

describe("what is told of requests", () => {
  test("is one line each, with its id and outcome", async () => {
    const app = await startApp();
    await app.post(PING, { "x-request-id": "r-1" });
    const lines = app.logged.filter((line) => line.includes("info: request"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/requestId="r-1" method="POST" path="\/mcp" status=200 ms=\d+$/);
  });

  test("holds no token, no query, no unknown path, no argument and no Host", async () => {
    const app = await startApp();
    const call = request(1, "tools/call", { name: "tiny_echo", arguments: { text: "hush-text" } });
    for (const token of ["both", "hush-token", "faulty"]) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = JSON.stringify(call);
      await app.ask({ method: "POST", path: "/mcp?access_token=hush-query", headers, body });
    }
    await app.ask({ path: "/hush-path", headers: { host: "hush-host" } });
    await app.post("hush-body");
    await app.post(PING, { origin: "https://hush-origin.test" });
    expect(app.logged.length).toBeGreaterThan(5);
    expect(app.logged.join("\n")).not.toContain("hush");
  });

  test("tells why a caller was refused, and what went wrong, by the request's id", async () => {
    const app = await startApp();
    await app.post(PING, { authorization: "Bearer expired" });
    await app.post(PING, { authorization: "Bearer faulty", "x-request-id": "r-9" });
    expect(app.logged).toContainEqual(expect.stringMatching(/debug: caller refused reason="exp is over"/));
    expect(app.logged).toContainEqual(
      expect.stringMatching(
        /error: request failed requestId="r-9" path="\/mcp" cause="Error: a fault of ours"/,
      ),
    );
  });

  test("is counted under names of ours alone", async () => {
    const metrics = createMetrics();
    const app = await startApp({ metrics });
    await app.post(PING);
    await app.post(PING, { authorization: "Bearer expired" });
    await app.ask({ path: "/mcp?hush=1" });
    await app.ask({ path: "/hush" });
    const { body } = await metrics.text();
    const counted = [...body.matchAll(/^mcp_(?:http_request|verification)_duration_seconds_count(.*)$/gm)];
    expect(counted.map(([, sample]) => sample)).toEqual([
      '{route="/mcp",method="POST",status="200"} 1',
      '{route="/mcp",method="POST",status="401"} 1',
      '{route="/mcp",method="GET",status="401"} 1',
      '{route="other",method="GET",status="404"} 1',
      '{outcome="accepted"} 1',
      '{outcome="TokenInvalid"} 1',
    ]);
  });
});
