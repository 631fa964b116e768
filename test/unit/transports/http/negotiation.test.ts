import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/mcp/json-rpc.ts";
import {
  isJson,
  isModernMessage,
  isUncompressed,
  negotiateFormat,
  rejectBatchMember,
  rejectModern,
  rejectVersion,
} from "../../../../src/transports/http/negotiation.ts";
import { modernMeta } from "../../../support/tiny-server.ts";
import { notification, request } from "../../../support/wire.ts";

describe("the response format", () => {
  test.each([
    undefined,
    "application/json",
    "APPLICATION/Json",
    " application/json ; charset=utf-8",
    "*/*",
    "application/*",
    "text/html, application/xhtml+xml, */*;q=0.8",
    "application/json, text/plain",
    "application/json, text/event-stream;q=0",
    "application/json, text/event-stream;q=0, text/*",
  ])("is JSON if that is accepted: %j", (accept) => {
    expect(negotiateFormat(accept)).toBe("json");
  });

  test.each([
    "application/json, text/event-stream",
    "text/event-stream, application/json",
    "application/json;q=0.1, text/event-stream;q=1",
    "text/event-stream,,application/json",
    "application/json, text/*",
    "*/*, text/event-stream",
  ])("is either if the client names both: %j", (accept) => {
    expect(negotiateFormat(accept)).toBe("either");
  });

  test.each(["text/event-stream", "Text/Event-Stream;q=0.5", "text/*", "text/html, text/event-stream"])(
    "is an event stream if nothing else is accepted: %j",
    (accept) => {
      expect(negotiateFormat(accept)).toBe("sse");
    },
  );

  test.each([
    "text/html",
    "application/xml",
    "application/jsonp",
    "application/json-seq",
    "application/vnd.api+json",
    "image/*",
    "json",
    "text/plain;note=application/json",
    "text/event-streams",
  ])("is undefined if neither is accepted: %j", (accept) => {
    expect(negotiateFormat(accept)).toBeUndefined();
  });

  test.each([
    ["application/json;q=0, text/event-stream", "sse"],
    ["application/json; q=0.000, */*", "sse"],
    ["*/*, application/json ;Q=0.", "sse"],
    ["application/*;q=0, */*;q=0.1", "sse"],
    ["application/json;q=0, application/*, text/event-stream", "sse"],
    ["application/*;q=0, application/json", "json"],
    ["*/*;q=0, Application/JSON;q=0.001", "json"],
    ["application/json;charset=utf-8;q=0, application/json", "json"],
    ["text/event-stream;q=0, */*", "json"],
    ["application/json;q=0", undefined],
    ["application/json;Q=0", undefined],
    ["APPLICATION/JSON;q=0, application/*", undefined],
    ["text/event-stream;q=0", undefined],
    ["text/event-stream;q=0, text/*", undefined],
    ["*/*;q=0", undefined],
    ["*/*, application/json;q=0, text/event-stream;q=0", undefined],
  ])("excludes types whose most specific range has weight 0: %j", (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });

  test("is the same for repeated headers, however many different ones there are", () => {
    const strange = Array.from({ length: 300 }, (_, index) => `text/x-${index}`);
    const accepts = [...strange, "application/json", "text/event-stream"];
    const first = accepts.map(negotiateFormat);
    expect(accepts.map(negotiateFormat)).toEqual(first);
    expect(first.slice(-2)).toEqual(["json", "sse"]);
  });
});

describe("a Content-Type", () => {
  test.each([
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json ; a=b",
  ])("is JSON: %j", (type) => {
    expect(isJson(type)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/json, text/plain",
    "application/x-www-form-urlencoded",
    "text/plain;type=application/json",
    "multipart/form-data; boundary=application/json",
  ])("is not JSON: %j", (type) => {
    expect(isJson(type)).toBe(false);
  });
});

describe("a Content-Encoding", () => {
  test.each([undefined, "", "identity", "Identity"])("means uncompressed: %j", (coding) => {
    expect(isUncompressed(coding)).toBe(true);
  });

  test.each(["gzip", "br", "x-gzip", "identity, gzip", "gzip, identity", "utf-8"])(
    "means compressed: %j",
    (coding) => {
      expect(isUncompressed(coding)).toBe(false);
    },
  );
});

describe("the version header", () => {
  test.each([undefined, "2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])(
    "can be %s",
    (version) => {
      expect(rejectVersion({ "mcp-protocol-version": version }, 1)).toBeUndefined();
    },
  );

  test.each(["1999-01-01", "2026-07-29", "2025-11-25, 2025-11-25", "latest", "", "constructor"])(
    "cannot be %j, and the error lists the supported versions",
    (version) => {
      expect(rejectVersion({ "mcp-protocol-version": version }, "a")).toEqual({
        jsonrpc: "2.0",
        id: "a",
        error: {
          code: -32022,
          message: "Unsupported protocol version",
          data: {
            supported: expect.arrayContaining(["2026-07-28", "2025-11-25", "2024-10-07"]),
            requested: version,
          },
        },
      });
    },
  );

  test("is truncated in the error", () => {
    const refusal = rejectVersion({ "mcp-protocol-version": "9".repeat(10_000) }, null);
    expect(JSON.stringify(refusal).length).toBeLessThan(400);
  });
});

const NO_HEADERS: IncomingHttpHeaders = {};

function reject(headers: IncomingHttpHeaders, message: unknown) {
  return rejectModern(headers, message, classify(message));
}

describe("the headers of a modern request", () => {
  const findMismatch = (headers: IncomingHttpHeaders, message: unknown): string | undefined => {
    const rejection = reject(headers, message);
    return rejection && "error" in rejection ? rejection.error.message : undefined;
  };
  const call = (name: unknown) => request(1, "tools/call", { _meta: modernMeta(), name });
  const headers = (name: string) => ({
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": name,
  });
  const wrapped = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;

  test.each([
    ["unencoded", "tiny_echo", "tiny_echo"],
    ["in base64", wrapped("tiny_echo"), "tiny_echo"],
    ["in base64 with non-ASCII characters", wrapped("größe 測試"), "größe 測試"],
    ["in base64 with spaces at its ends", wrapped(" tiny "), " tiny "],
    ["that looks encoded, encoded again", wrapped("=?base64?YQ==?="), "=?base64?YQ==?="],
    ["that looks encoded and isn't", "=?base64?not base64?=", "=?base64?not base64?="],
  ])("can contain the name %s", (_, inHeader, inBody) => {
    expect(findMismatch(headers(inHeader), call(inBody))).toBeUndefined();
  });

  test.each([
    ["another name", "tiny_write", "tiny_echo"],
    ["the name in capitals", "TINY_ECHO", "tiny_echo"],
    ["a prefix of the name", "tiny", "tiny_echo"],
    ["another name in base64", wrapped("tiny_write"), "tiny_echo"],
    ["the name in bare base64", "dGlueV9lY2hv", "tiny_echo"],
    ["a number's digits", "5", 5],
    ["nothing", "", "tiny_echo"],
  ])("cannot contain %s", (_, inHeader, inBody) => {
    expect(findMismatch(headers(inHeader), call(inBody))).toContain("Mcp-Name");
  });

  test.each(["mcp-protocol-version", "mcp-method", "mcp-name"])("must include %s", (name) => {
    const { [name]: _, ...others } = headers("tiny_echo") as Record<string, string>;
    expect(findMismatch(others, call("tiny_echo"))?.toLowerCase()).toContain(`${name} is missing`);
  });

  test.each([
    ["mcp-protocol-version", "2025-11-25"],
    ["mcp-method", "tools/list"],
    ["mcp-method", "Tools/Call"],
  ])("must match the body: %s %s", (name, value) => {
    const told = findMismatch({ ...headers("tiny_echo"), [name]: value }, call("tiny_echo"));
    expect(told?.toLowerCase()).toContain(name);
  });

  test.each([
    ["resources/read", "uri", "lightfast://signals/1"],
    ["prompts/get", "name", "tiny"],
  ])("must repeat the parameter of %s: %s", (method, field, value) => {
    const message = request(1, method, { _meta: modernMeta(), [field]: value });
    const given = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
    expect(findMismatch({ ...given, "mcp-name": value }, message)).toBeUndefined();
    expect(findMismatch({ ...given, "mcp-name": "other" }, message)).toContain(
      `Mcp-Name differs from the ${field} in the body`,
    );
    expect(findMismatch(given, message)).toContain("Mcp-Name is missing");
  });

  test("need no name unless a tool, a resource or a prompt is named", () => {
    const list = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
    expect(findMismatch(list, request(1, "tools/list", { _meta: modernMeta() }))).toBeUndefined();
  });
});

describe("a modern request", () => {
  const headersOf = (method: string) => ({ "mcp-protocol-version": "2026-07-28", "mcp-method": method });
  const refusalOf = (message: ReturnType<typeof notification>) => reject(headersOf(message.method), message);

  test.each([undefined, {}, { _meta: {} }, { _meta: null }, { _meta: { progressToken: 1 } }])(
    "by its headers alone is rejected with its id: %j",
    (params) => {
      expect(refusalOf(request("a", "tools/list", params))).toEqual({
        jsonrpc: "2.0",
        id: "a",
        error: { code: -32602, message: expect.stringContaining("io.modelcontextprotocol/protocolVersion") },
      });
    },
  );

  test("by its headers alone is accepted if it is a notification or not a message", () => {
    expect(refusalOf(notification("notifications/cancelled", {}))).toBeUndefined();
    expect(refusalOf({ ...request(1, "ping"), jsonrpc: "1.0" })).toBeUndefined();
    expect(reject(headersOf("ping"), "ping")).toBeUndefined();
  });

  test("by its headers and its body is accepted", () => {
    expect(refusalOf(request(1, "tools/list", { _meta: modernMeta() }))).toBeUndefined();
  });

  test("whose headers contradict its body is rejected with its id", () => {
    const refusal = reject(headersOf("ping"), request(0, "tools/list", { _meta: modernMeta() }));
    expect(refusal).toMatchObject({ id: 0, error: { code: -32020 } });
  });
});

describe("in a batch", () => {
  test("a modern request is rejected with its id", () => {
    expect(rejectBatchMember(classify(request(0, "ping", { _meta: modernMeta() })))).toMatchObject({
      id: 0,
      error: { code: -32600 },
    });
  });

  test.each([
    request(1, "ping"),
    request(1, "ping", { _meta: { progressToken: 1 } }),
    notification("notifications/cancelled", { _meta: modernMeta() }),
    "ping",
  ])("nothing else is rejected: %j", (message) => {
    expect(rejectBatchMember(classify(message))).toBeUndefined();
  });
});

test.each([
  ["by its header", { "mcp-protocol-version": "2026-07-28" }, request(1, "ping"), true],
  ["by its body", {}, request(1, "ping", { _meta: modernMeta() }), true],
  ["by neither", { "mcp-protocol-version": "2025-11-25" }, request(1, "ping", { _meta: { a: 1 } }), false],
  ["by neither, without a header", NO_HEADERS, request(1, "tools/call", { name: "tiny_echo" }), false],
  ["of no object", NO_HEADERS, "ping", false],
])("a message is classified as modern %s", (_, headers, message, modern) => {
  expect(isModernMessage(headers, message)).toBe(modern);
});
