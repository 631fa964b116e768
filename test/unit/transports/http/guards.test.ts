import { describe, expect, test } from "vitest";
import { refuseForeign, refuseRepeated } from "../../../../src/transports/http/guards.ts";
import type { Answer } from "../../../../src/transports/http/response.ts";
import { arrive } from "../../../support/http-arrival.ts";

const HOSTS = new Set(["mcp.tiny.test", "127.0.0.1:8080", "localhost:8080", "[::1]:8080"]);
const ORIGINS = new Set(["https://mcp.tiny.test", "https://pages.tiny.test:8443"]);

const received = async (...lines: readonly string[]) =>
  (await arrive(["POST /mcp HTTP/1.1", ...lines])).request;

const errorOf = (answer: Answer | undefined): unknown => JSON.parse(answer?.body ?? "{}").error;

describe("a header that decides who may do what", () => {
  test.each([
    ["Host: mcp.tiny.test", "Host: evil.test"],
    ["Host: mcp.tiny.test", "HOST: mcp.tiny.test"],
    ["Authorization: Bearer a", "authorization: Bearer b"],
    ["Authorization: Bearer a", "Authorization: Bearer a"],
    ["MCP-Protocol-Version: 2025-11-25", "Mcp-Protocol-Version: 2026-07-28"],
    ["Mcp-Method: tools/list", "Mcp-Method: tools/call"],
    ["Mcp-Name: a", "mcp-name: b"],
  ])("may not stand twice: %s, %s", async (first, second) => {
    const answer = refuseRepeated(await received(first, "X-Between: 1", second));
    expect(answer?.status).toBe(400);
    expect(errorOf(answer)).toBe("invalid_request");
    expect(answer?.body).toContain(first.split(":")[0]?.toLowerCase());
    expect(answer?.body).not.toContain("evil");
  });

  test("may stand once, and others any number of times", async () => {
    const twice = ["Accept: a/b", "Accept: c/d", "X-Forwarded-For: 1", "X-Forwarded-For: 2", "Cookie: a"];
    const request = await received("Host: mcp.tiny.test", "Authorization: Bearer a", ...twice, ...twice);
    expect(refuseRepeated(request)).toBeUndefined();
  });

  test("is not found in another header's value", async () => {
    const request = await received("Host: mcp.tiny.test", "X-Note: host", "X-Other: authorization");
    expect(refuseRepeated(request)).toBeUndefined();
  });
});

describe("a Host", () => {
  test.each(["mcp.tiny.test", "MCP.Tiny.TEST", "127.0.0.1:8080", "LocalHost:8080", "[::1]:8080"])(
    "that is ours is served: %s",
    async (host) => {
      expect(refuseForeign(await received(`Host: ${host}`), HOSTS, ORIGINS)).toBeUndefined();
    },
  );

  test.each([
    "evil.test",
    "mcp.tiny.test.",
    "mcp.tiny.test:444",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.0.0.1:8080.evil.test",
    "evil.mcp.tiny.test",
    "mcp.tiny.test.evil.test",
    "user@mcp.tiny.test",
    "mcp.tiny.test, evil.test",
    "https://mcp.tiny.test",
    "[::ffff:127.0.0.1]:8080",
    "::1:8080",
    "0.0.0.0:8080",
    "",
  ])("that is not ours is refused: %j", async (host) => {
    const answer = refuseForeign(await received(`Host: ${host}`), HOSTS, ORIGINS);
    expect(answer?.status).toBe(403);
    expect(errorOf(answer)).toBe("forbidden");
    expect(answer?.body).toContain("--allowed-hosts");
    expect(answer?.body).not.toContain("evil");
  });

  test("that is missing is refused", async () => {
    const { request } = await arrive(["POST /mcp HTTP/1.0"]);
    expect(refuseForeign(request, HOSTS, ORIGINS)?.status).toBe(403);
  });

  test("counts for nothing where the target names one itself", async () => {
    const asking = async (target: string, host: string) =>
      (await arrive([`POST ${target} HTTP/1.1`, `Host: ${host}`])).request;
    const ours = await asking("http://MCP.tiny.test/mcp", "evil.test");
    expect(refuseForeign(ours, HOSTS, ORIGINS)).toBeUndefined();
    const foreign = await asking("http://evil.test/mcp", "mcp.tiny.test");
    expect(refuseForeign(foreign, HOSTS, ORIGINS)?.status).toBe(403);
    const inQuery = await asking("/mcp?a=http://evil.test/", "mcp.tiny.test");
    expect(refuseForeign(inQuery, HOSTS, ORIGINS)).toBeUndefined();
  });

  test("that somebody claims to have forwarded counts for nothing", async () => {
    const ours = ["X-Forwarded-Host: mcp.tiny.test", "Forwarded: host=mcp.tiny.test"];
    expect(refuseForeign(await received("Host: evil.test", ...ours), HOSTS, ORIGINS)?.status).toBe(403);
  });
});

describe("an Origin", () => {
  const from = (...origins: readonly string[]) =>
    received("Host: mcp.tiny.test", ...origins.map((origin) => `Origin: ${origin}`));

  test.each(["https://mcp.tiny.test", "https://pages.tiny.test:8443", "HTTPS://Pages.Tiny.Test:8443"])(
    "that may call is let through: %s",
    async (origin) => {
      expect(refuseForeign(await from(origin), HOSTS, ORIGINS)).toBeUndefined();
    },
  );

  test.each([
    "null",
    "",
    "https://evil.test",
    "http://mcp.tiny.test",
    "https://mcp.tiny.test/",
    "https://mcp.tiny.test:8443",
    "https://pages.tiny.test",
    "https://mcp.tiny.test.evil.test",
    "https://evil.test#https://mcp.tiny.test",
    "*",
  ])("that may not call is refused: %j", async (origin) => {
    const answer = refuseForeign(await from(origin), HOSTS, ORIGINS);
    expect(answer?.status).toBe(403);
    expect(errorOf(answer)).toBe("forbidden");
    expect(answer?.body).toContain("--allowed-origins");
    expect(answer?.body).not.toContain("evil");
  });

  test("beside one that may call is refused", async () => {
    const both = await from("https://mcp.tiny.test", "https://evil.test");
    expect(refuseForeign(both, HOSTS, ORIGINS)?.status).toBe(403);
  });

  test.each(["https://evil.test", "null"])("is of no matter where any page may read: %s", async (origin) => {
    expect(refuseForeign(await from(origin), HOSTS, "any")).toBeUndefined();
  });

  test("does not make up for a Host that is not ours", async () => {
    const request = await received("Host: evil.test", "Origin: https://mcp.tiny.test");
    expect(refuseForeign(request, HOSTS, "any")?.status).toBe(403);
  });
});
