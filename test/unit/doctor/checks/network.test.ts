import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import {
  dns,
  judgeCertificate,
  reasonOf,
  tcp,
  tls,
  wordsFor,
} from "../../../../src/doctor/checks/network.ts";
import { answer, closedPort, hang, html, playScript } from "../../../support/scripted-server.ts";
import { findingOf, subjectAt } from "../../../support/subject.ts";
import { playTls } from "../../../support/tls-server.ts";

const PROXY = { HTTPS_PROXY: "http://127.0.0.1:1" };

test.each([dns, tcp, tls])("behind a proxy $title is not looked at", async (check) => {
  expect(await findingOf(check, await subjectAt("https://lightfast.test", PROXY))).toEqual({
    status: "skipped",
    summary: "Lightfast is reached through a proxy.",
  });
});

describe("DNS", () => {
  test("tells the addresses of a name", async () => {
    expect(await findingOf(dns, await subjectAt("http://localhost:1"))).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(/^localhost is .*(?:127\.0\.0\.1|::1)/),
    });
  });

  test.each(["http://127.0.0.1:1", "http://[::1]:1"])("has nothing to tell of %s", async (url) => {
    expect(await findingOf(dns, await subjectAt(url))).toMatchObject({ status: "skipped" });
  });

  test("fails for a name that does not exist", async () => {
    // Too long for any name server, so that none is asked.
    const host = `${"x".repeat(64)}.test`;
    expect(await findingOf(dns, await subjectAt(`https://${host}`))).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(new RegExp(`^${host}: .+ \\((?:ENOTFOUND|EAI_AGAIN)\\)\\.$`)),
    });
  });
});

describe("TCP", () => {
  test("connects and tells how long it took", async () => {
    const server = await playScript([hang]);
    expect(await findingOf(tcp, await subjectAt(server.origin))).toMatchObject({
      status: "ok",
      summary: expect.stringMatching(
        new RegExp(`^connected to 127\\.0\\.0\\.1 port ${server.port} in \\d+ ms$`),
      ),
    });
    expect(server.requests).toEqual([]);
  });

  test("fails where nobody listens", async () => {
    const port = await closedPort();
    expect(await findingOf(tcp, await subjectAt(`http://127.0.0.1:${port}`))).toMatchObject({
      status: "failed",
      summary: `127.0.0.1 port ${port}: nothing listens on that port (ECONNREFUSED).`,
    });
  });
});

describe("TLS", () => {
  test("does not apply to plain http", async () => {
    expect(await findingOf(tls, await subjectAt("http://127.0.0.1:1"))).toEqual({
      status: "skipped",
      summary: "The base URL is plain http.",
    });
  });

  test("fails for a certificate that is not trusted, in words and with the code", async () => {
    const server = await playTls([answer(200)]);
    expect(await findingOf(tls, await subjectAt(server.origin))).toMatchObject({
      status: "failed",
      summary:
        "The certificate is not trusted: it is signed by itself and not by an authority (DEPTH_ZERO_SELF_SIGNED_CERT).",
      details: [expect.stringMatching(/^TLSv1\.\d, certificate from lightfast-mcp test$/)],
    });
    expect(tls.hint).toContain("NODE_EXTRA_CA_CERTS");
  });

  test("only warns of it where Node.js was told to take any", async () => {
    const server = await playTls([answer(200)]);
    const subject = await subjectAt(server.origin, { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
    expect(await findingOf(tls, subject)).toMatchObject({ status: "warning" });
  });

  test("fails where plain http is spoken", async () => {
    const server = await playScript([html(200)]);
    const finding = await findingOf(tls, await subjectAt(`https://127.0.0.1:${server.port}`));
    expect(finding).toMatchObject({
      status: "failed",
      summary: expect.stringMatching(/^No connection with TLS: .*TLS/),
      hint: expect.stringContaining("base URL"),
    });
  });

  test("ends with its time where the other side says nothing, and closes the connection", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const mute = createServer(
      (socket) =>
        void socket
          .on("error", () => {})
          .on("close", closed)
          .resume(),
    );
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const address = mute.address();
    const port = typeof address === "object" ? address?.port : 0;
    await expect(findingOf(tls, await subjectAt(`https://127.0.0.1:${port}`), 200)).rejects.toThrow(
      "no result within 200 ms",
    );
    await gone;
    mute.close();
  });

  const DAY_MS = 24 * 60 * 60 * 1000;
  const shown = {
    protocol: "TLSv1.3",
    issuer: "Test CA",
    endsAt: Date.now() + 90.5 * DAY_MS,
    fault: undefined,
  };

  test.each([
    ["a trusted certificate", {}, "ok", "TLSv1.3, certificate from Test CA, good for 90 more days"],
    [
      "one that ends soon",
      { endsAt: Date.now() + 2.5 * DAY_MS },
      "warning",
      "TLSv1.3, certificate from Test CA, good for 2 more days",
    ],
    [
      "one that has ended",
      { fault: "CERT_HAS_EXPIRED" },
      "failed",
      "The certificate is not trusted: it has expired, or this machine's clock is wrong (CERT_HAS_EXPIRED).",
    ],
    [
      "one of another host",
      { fault: "ERR_TLS_CERT_ALTNAME_INVALID" },
      "failed",
      "The certificate is not trusted: it belongs to another host (ERR_TLS_CERT_ALTNAME_INVALID).",
    ],
    [
      "one that a company proxy made",
      { fault: "SELF_SIGNED_CERT_IN_CHAIN" },
      "failed",
      "The certificate is not trusted: its chain ends at an authority that this Node.js does not know (SELF_SIGNED_CERT_IN_CHAIN).",
    ],
  ])("judges %s", (_, facts, status, summary) => {
    expect(judgeCertificate({ ...shown, ...facts }, false)).toMatchObject({ status, summary });
  });
});

test("a code without words is told as it is, and an error without a known code by its message", () => {
  expect(wordsFor("EWHATEVER")).toBe("EWHATEVER");
  expect(reasonOf(Object.assign(new Error("it broke"), { code: "EWHATEVER" }))).toBe("it broke");
  expect(reasonOf(Object.assign(new Error(""), { code: "EWHATEVER" }))).toBe("EWHATEVER");
  expect(reasonOf("odd")).toBe("odd");
});
