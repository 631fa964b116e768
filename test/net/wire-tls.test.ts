import dns from "node:dns";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { createPoster } from "../../src/net/post.ts";
import type { Act } from "../support/scripted-server.ts";
import { CERTIFICATE, playTls } from "../support/tls-server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const sender = () => {
  const { post, close } = createPoster();
  onTestFinished(() => close());
  return (origin: string, body = "{}") => post({ url: new URL(origin), body, headers: {} }, 3000);
};

/** Makes the test server's certificate one that is trusted, as `NODE_EXTRA_CA_CERTS` does when a process starts. */
const trust = (): void => {
  const create = tls.createSecureContext;
  vi.spyOn(tls, "createSecureContext").mockImplementation((options) =>
    create({ ...options, ca: readFileSync(CERTIFICATE) }),
  );
};

test("a certificate that nobody vouches for is refused before anything is sent, whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  let requests = 0;
  const { origin } = await playTls([
    (response) => {
      requests += 1;
      response.end("{}");
    },
  ]);
  await expect(sender()(origin)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(requests).toBe(0);
});

test("over TLS a request is answered, and the next one shares its connection", async () => {
  trust();
  const seen = new Set<unknown>();
  const body = "x".repeat(200_000);
  const echo: Act = (response, request) => {
    seen.add(request.socket);
    seen.add((request.socket as tls.TLSSocket).alpnProtocol);
    request.pipe(response);
  };
  const { origin } = await playTls([echo]);
  const send = sender();
  for (const text of ["one", "zwölf", body]) expect((await send(origin, text)).body).toBe(text);
  expect([...seen]).toEqual([expect.any(tls.TLSSocket), "http/1.1"]);
});

test.each([
  ["of this host is taken", "lightfast.test", { body: "{}" }],
  ["of another host is refused", "other.test", { code: "ERR_TLS_CERT_ALTNAME_INVALID" }],
])("a certificate %s", async (_, host, expected) => {
  trust();
  const lookup = dns.lookup as unknown as (...all: readonly unknown[]) => void;
  vi.spyOn(dns, "lookup").mockImplementation(((_: string, ...rest: readonly unknown[]) =>
    lookup("127.0.0.1", ...rest)) as typeof dns.lookup);
  const { origin } = await playTls([(response) => response.end("{}")]);
  const outcome = sender()(`https://${host}:${new URL(origin).port}`).catch((error: unknown) => error);
  expect(await outcome).toMatchObject(expected);
});
