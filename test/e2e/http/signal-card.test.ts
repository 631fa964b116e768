import { expect, test } from "vitest";
import { hosted, serveHttp, tokenOf } from "../../support/http-program.ts";
import { connect } from "../../support/program.ts";

const CARD = "ui://lightfast/signal.html";
/** 8 kB. */
const MAX_BYTES = 8000;

const APPS = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } };

type Params = Record<string, unknown>;
type Result = Record<string, unknown> & {
  readonly contents?: readonly { readonly text: string }[];
  readonly tools?: readonly { readonly name: string; readonly _meta?: { readonly ui?: unknown } }[];
};
type Answer = { readonly result?: Result; readonly error?: unknown };
type Send = (method: string, params?: Params) => Promise<Answer>;

/** What a request of the modern era carries. */
function modern(capabilities: object = {}): Params {
  const prefix = "io.modelcontextprotocol/";
  return {
    _meta: { [`${prefix}protocolVersion`]: "2026-07-28", [`${prefix}clientCapabilities`]: capabilities },
  };
}

/** The server over stdio, after `initialize` with these capabilities. */
async function overStdio(capabilities: object = {}): Promise<Send> {
  const peer = connect(["--sandbox"]);
  await peer.request("initialize", { protocolVersion: "2025-11-25", capabilities });
  return (method, params) => peer.request(method, params) as Promise<Answer>;
}

function overHttp(url: string, token?: string): Send {
  return async (method, params = {}) => {
    const { _meta } = params as { _meta?: object };
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(token && { authorization: `Bearer ${token}` }),
        ...(_meta && { "mcp-protocol-version": "2026-07-28", "mcp-method": method }),
        ...(_meta && params.uri !== undefined && { "mcp-name": String(params.uri) }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await response.json()) as Answer;
  };
}

test.each([
  ["stdio", {}],
  ["stdio", modern()],
  ["HTTP", {}],
  ["HTTP", modern()],
])("the card is read over %s with %j, and is one page of at most 8 kB", async (transport, params) => {
  const send =
    transport === "stdio"
      ? await overStdio()
      : overHttp((await serveHttp(["--auth", "none", "--sandbox"])).url);
  const { result } = await send("resources/read", { uri: CARD, ...params });
  expect(result?.contents).toEqual([
    {
      uri: CARD,
      mimeType: "text/html;profile=mcp-app",
      text: expect.any(String),
      _meta: { ui: { csp: {}, prefersBorder: true } },
    },
  ]);
  const html = result?.contents?.[0]?.text ?? "";
  expect(Buffer.byteLength(html)).toBeLessThanOrEqual(MAX_BYTES);
  expect(html).toMatch(/^<!doctype html><html lang=en><head>.*<\/html>$/s);
  expect(html).toContain(`content="default-src 'none';script-src 'unsafe-inline';style-src 'unsafe-inline'"`);
  // It names no address, and loads nothing.
  expect(html).not.toMatch(/https?:|\bsrc=|\bhref=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|innerHTML/);
});

test("the tools of a signal name the card, and nothing else depends on the client's apps", async () => {
  const list = async (send: Send, params?: Params) => (await send("tools/list", params)).result;
  const plain = await list(await overStdio());
  expect(plain?.tools?.map(({ name, _meta }) => [name, _meta?.ui])).toEqual([
    ["lightfast_signals_create", { resourceUri: CARD }],
    ["lightfast_signals_get", { resourceUri: CARD }],
    ["lightfast_system_health", undefined],
  ]);
  const send = await overStdio(APPS);
  expect(await list(send)).toEqual(plain);
  expect(await list(send, modern(APPS))).toEqual(await list(send, modern()));
  const text = JSON.stringify([await send("resources/list"), await send("resources/templates/list")]);
  expect(text).not.toContain("ui://");
});

test("only callers with one of its tools can read the card", async () => {
  const { url } = await hosted();
  const read = async (scope: string) =>
    overHttp(url, await tokenOf({ scope }))("resources/read", { uri: CARD });
  for (const scope of ["mcp:signals:read", "mcp:signals:write"])
    expect(await read(scope)).toHaveProperty("result.contents");
  expect(await read("mcp:system:read")).toMatchObject({
    error: { code: -32602, message: `Resource not found: ${CARD}`, data: { uri: CARD } },
  });
});

test("the card is not found where its tools are not offered", async () => {
  const peer = connect(["--sandbox", "--tools", "lightfast_system_health"]);
  expect(await peer.request("resources/read", { uri: CARD })).toMatchObject({ error: { code: -32602 } });
});
