import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkCertificate,
  describeError,
  describeErrorCode,
  dns,
  proxy,
  tcp,
  tls,
} from "../../../../src/doctor/checks/network.ts";
import { contextFor, createContext, runCheck, temporaryFolder } from "../../../support/doctor.ts";
import { answer, closedPort, hang, html, playScript } from "../../../support/scripted-server.ts";
import { playTls } from "../../../support/tls-server.ts";

const PROXY = { HTTPS_PROXY: "http://127.0.0.1:1" };

test.each([dns, tcp, tls])("$title is skipped behind a proxy", async (check) => {
  expect(await runCheck(check, await contextFor("https://lightfast.test", PROXY))).toEqual({
    status: "skipped",
    summary: "Requests go through a proxy.",
  });
});

describe("DNS", () => {
  test("shows the addresses of a name", async () => {
    expect(await runCheck(dns, await contextFor("http://localhost:1"))).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(/^localhost is .*(?:127\.0\.0\.1|::1)/),
    });
  });

  test.each(["http://127.0.0.1:1", "http://[::1]:1"])("is skipped for %s", async (url) => {
    expect(await runCheck(dns, await contextFor(url))).toMatchObject({ status: "skipped" });
  });

  test("fails for a name that does not exist", async () => {
    // Too long for a DNS query, so none is sent.
    const host = `${"x".repeat(64)}.test`;
    expect(await runCheck(dns, await contextFor(`https://${host}`))).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(new RegExp(`^${host}: .+ \\((?:ENOTFOUND|EAI_AGAIN)\\)\\.$`)),
    });
  });
});

describe("TCP", () => {
  test("connects and shows the duration", async () => {
    const server = await playScript([hang]);
    expect(await runCheck(tcp, await contextFor(server.origin))).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(
        new RegExp(`^connected to 127\\.0\\.0\\.1 port ${server.port} in \\d+ ms$`),
      ),
    });
    expect(server.requests).toEqual([]);
  });

  test("fails on a closed port", async () => {
    const port = await closedPort();
    expect(await runCheck(tcp, await contextFor(`http://127.0.0.1:${port}`))).toMatchObject({
      status: "failed",
      summary: `127.0.0.1 port ${port}: connection refused (ECONNREFUSED).`,
    });
  });
});

describe("TLS", () => {
  test("is skipped for plain http", async () => {
    expect(await runCheck(tls, await contextFor("http://127.0.0.1:1"))).toEqual({
      status: "skipped",
      summary: "The base URL uses plain http.",
    });
  });

  test("fails for an untrusted certificate, with description and code", async () => {
    const server = await playTls([answer(200)]);
    expect(await runCheck(tls, await contextFor(server.origin))).toMatchObject({
      status: "failed",
      summary: "The certificate is not trusted: it is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT).",
      details: [expect.stringMatching(/^TLSv1\.\d, certificate from lightfast-mcp test$/)],
    });
    expect(tls.hint).toContain("NODE_EXTRA_CA_CERTS");
  });

  test("warns about it if Node.js accepts any certificate", async () => {
    const server = await playTls([answer(200)]);
    const context = await contextFor(server.origin, { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
    expect(await runCheck(tls, context)).toMatchObject({ status: "warning" });
  });

  test("fails if the server uses plain http", async () => {
    const server = await playScript([html(200)]);
    const result = await runCheck(tls, await contextFor(`https://127.0.0.1:${server.port}`));
    expect(result).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(/^TLS connection failed: .*TLS/),
      hint: expect.stringContaining("base URL"),
    });
  });

  test("stops at its deadline if the server sends nothing, and closes the connection", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const silent = createServer(
      (socket) =>
        void socket
          .on("error", () => {})
          .on("close", closed)
          .resume(),
    );
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    await expect(runCheck(tls, await contextFor(`https://127.0.0.1:${port}`), 200)).rejects.toThrow(
      "no result within 200 ms",
    );
    await gone;
    silent.close();
  });

  const DAY_MS = 24 * 60 * 60 * 1000;
  const peer = {
    protocol: "TLSv1.3",
    issuer: "Test CA",
    validUntil: Date.now() + 90.5 * DAY_MS,
    error: undefined,
  };

  test.each([
    ["a trusted certificate", {}, "ok", "TLSv1.3, certificate from Test CA, valid for 90 more days"],
    [
      "one that expires soon",
      { validUntil: Date.now() + 2.5 * DAY_MS },
      "warning",
      "TLSv1.3, certificate from Test CA, valid for 2 more days",
    ],
    [
      "an expired one",
      { error: "CERT_HAS_EXPIRED" },
      "failed",
      "The certificate is not trusted: it has expired, or this machine's clock is wrong (CERT_HAS_EXPIRED).",
    ],
    [
      "one of another host",
      { error: "ERR_TLS_CERT_ALTNAME_INVALID" },
      "failed",
      "The certificate is not trusted: it was issued for another host (ERR_TLS_CERT_ALTNAME_INVALID).",
    ],
    [
      "one of a company proxy",
      { error: "SELF_SIGNED_CERT_IN_CHAIN" },
      "failed",
      "The certificate is not trusted: Node.js does not trust the authority at the end of its chain (SELF_SIGNED_CERT_IN_CHAIN).",
    ],
  ])("checks %s", (_, facts, status, summary) => {
    expect(checkCertificate({ ...peer, ...facts }, false)).toMatchObject({ status, summary });
  });
});

test("an unknown code is shown as it is, and an error with an unknown code by its message", () => {
  expect(describeErrorCode("EWHATEVER")).toBe("EWHATEVER");
  expect(describeError(Object.assign(new Error("it broke"), { code: "EWHATEVER" }))).toBe("it broke");
  expect(describeError(Object.assign(new Error(""), { code: "EWHATEVER" }))).toBe("EWHATEVER");
  expect(describeError("odd")).toBe("odd");
});

describe("proxy and certificates", () => {
  const checkProxy = async (env: Readonly<Record<string, string>>) =>
    runCheck(proxy, await createContext({ env }));

  test("are ok if nothing is set", async () => {
    expect(await checkProxy({})).toMatchObject({
      status: "ok",
      summary: "lightfast.ai is reached directly",
      details: [],
    });
  });

  test("show the proxy without its password, and that clients do not pass it on", async () => {
    const result = await checkProxy({ HTTPS_PROXY: "http://ada:hush@proxy.test:8080", NO_PROXY: "x.test" });
    expect(result).toMatchObject({
      status: "ok",
      summary: "lightfast.ai is reached through http://***@proxy.test:8080",
      details: [
        "HTTPS_PROXY=http://***@proxy.test:8080",
        "NO_PROXY=x.test",
        expect.stringContaining("MCP clients do not pass these variables to the server"),
      ],
    });
    expect(JSON.stringify(result)).not.toMatch(/hush|ada/);
  });

  test("show that NO_PROXY bypasses the proxy", async () => {
    expect(
      await checkProxy({ HTTPS_PROXY: "http://proxy.test:8080", NO_PROXY: "lightfast.ai" }),
    ).toMatchObject({
      summary: "lightfast.ai is reached directly",
    });
  });

  test("fail for an invalid URL, and warn about a placeholder", async () => {
    expect(await checkProxy({ https_proxy: "http://" })).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(/^https_proxy must be the URL of an http or https proxy/),
    });
    expect(await checkProxy({ https_proxy: "socks5://ada:hush@proxy.test:1080" })).toMatchObject({
      status: "failed",
      summary: "lightfast.ai cannot be reached: socks5://***@proxy.test:1080 is not an http or https proxy.",
    });
    expect(await checkProxy({ https_proxy: "socks5://proxy.test", NO_PROXY: "*" })).toMatchObject({
      status: "warning",
      summary: "lightfast.ai is reached directly",
    });
    expect(await checkProxy({ HTTPS_PROXY: "$PROXY" })).toMatchObject({
      status: "warning",
      details: [expect.stringContaining("HTTPS_PROXY holds the unexpanded placeholder $PROXY")],
    });
  });

  test("warn about a certificate file that Node.js would ignore", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "ca.pem");
    const firstWarning = async (path: string) =>
      (await checkProxy({ NODE_EXTRA_CA_CERTS: path })).details?.[0];
    expect(await firstWarning(file)).toMatch(/ca\.pem cannot be read \(ENOENT\), so it has no effect/);
    expect(await firstWarning(folder)).toMatch(/is not a file, so it has no effect/);
    writeFileSync(file, "not a certificate");
    expect(await firstWarning(file)).toMatch(/contains no PEM certificate/);
    writeFileSync(file, "-----BEGIN CERTIFICATE-----");
    expect(await checkProxy({ NODE_EXTRA_CA_CERTS: file })).toMatchObject({
      status: "ok",
      details: [`NODE_EXTRA_CA_CERTS=${file}`, expect.any(String)],
    });
  });

  test("warn if certificate checks are off", async () => {
    expect(await checkProxy({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toMatchObject({
      status: "warning",
      details: [expect.stringContaining("NODE_TLS_REJECT_UNAUTHORIZED=0")],
    });
  });
});
