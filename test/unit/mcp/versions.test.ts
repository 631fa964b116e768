import { describe, expect, test } from "vitest";
import {
  isHandshake,
  LEGACY_VERSIONS,
  negotiateVersion,
  readClientInfo,
  readEra,
  readQuestionKinds,
  rejectBatch,
  SUPPORTED_VERSIONS,
  toModernResult,
} from "../../../src/mcp/versions.ts";
import { modernMeta, TINY_INFO } from "../../support/tiny-server.ts";

describe("the handshake", () => {
  test.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"])(
    "%s is supported",
    (version) => {
      expect(negotiateVersion(version)).toBe(version);
    },
  );

  test.each(["2024-10-08", "2026-07-28", "2099-01-01", "", undefined, null, 20251125, ["2025-11-25"]])(
    "%j gets the newest handshake revision",
    (version) => {
      expect(negotiateVersion(version)).toBe("2025-11-25");
    },
  );

  test.each([
    [{ method: "initialize" }, true],
    [{ method: "notifications/initialized" }, true],
    [{ method: "server/discover" }, true],
    [{ method: "tools/list" }, false],
    [{ method: "ping" }, false],
    [{ method: "notifications/cancelled" }, false],
    [{ id: 1, result: {} }, false],
    [[{ method: "initialize" }], false],
    [null, false],
  ])("includes %j: %s", (message, isIncluded) => {
    expect(isHandshake(message)).toBe(isIncluded);
  });

  test("revisions are offered newest first", () => {
    expect([...LEGACY_VERSIONS].sort().reverse()).toEqual([...LEGACY_VERSIONS]);
  });
});

test("every revision served is supported", () => {
  expect(SUPPORTED_VERSIONS).toEqual([
    "2026-07-28",
    "2025-11-25",
    "2025-06-18",
    "2025-03-26",
    "2024-11-05",
    "2024-10-07",
  ]);
});

describe("a batch", () => {
  test.each([
    ["2025-03-26", true],
    ["2024-11-05", false],
    ["2025-06-18", false],
    ["2025-11-25", false],
    ["2026-07-28", false],
    ["nonsense", false],
    [undefined, false],
  ])("of revision %s is accepted: %s", (version, isAccepted) => {
    expect(rejectBatch(2, version) === undefined).toBe(isAccepted);
  });

  test.each([
    [0, false],
    [1, true],
    [100, true],
    [101, false],
  ])("of %i messages is accepted: %s", (size, isAccepted) => {
    expect(rejectBatch(size, "2025-03-26") === undefined).toBe(isAccepted);
  });

  test("is rejected as a whole", () => {
    expect(rejectBatch(101, "2025-03-26")).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32600, message: "Invalid request: a batch may hold at most 100 messages" },
    });
  });
});

describe("the era of a request", () => {
  test.each([
    {},
    { _meta: {} },
    { _meta: { progressToken: 1, "com.example/version": "2026-07-28" } },
    { _meta: null },
    { _meta: "2026-07-28" },
    { _meta: [] },
  ])("is legacy with the params %j", (params) => {
    expect(readEra("tools/list", params)).toEqual({ era: "legacy" });
  });

  test("is modern with the version and capabilities in its _meta", () => {
    expect(readEra("tools/list", { _meta: modernMeta() }).era).toBe("modern");
  });

  test("includes the client's info, if there is any", () => {
    const client = { name: "probe", version: "9", title: "Probe" };
    const meta = modernMeta({ "io.modelcontextprotocol/clientInfo": client });
    expect(readEra("tools/list", { _meta: meta }).meta?.client).toEqual({ name: "probe", version: "9" });
    expect(readEra("tools/list", { _meta: modernMeta() }).meta?.client).toBeUndefined();
  });

  test("is rejected for an unknown revision, with the supported ones", () => {
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2099-01-01" });
    expect(() => readEra("tools/list", { _meta: meta })).toThrow(
      expect.objectContaining({
        rpcCode: -32022,
        data: { supported: SUPPORTED_VERSIONS, requested: "2099-01-01" },
      }),
    );
  });

  test.each([100, 101, 100_000])("truncates an echoed revision of %i characters", (length) => {
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "9".repeat(length) });
    expect(() => readEra("tools/list", { _meta: meta })).toThrow(
      expect.objectContaining({ data: { supported: SUPPORTED_VERSIONS, requested: "9".repeat(100) } }),
    );
  });

  test("is rejected for a handshake revision in _meta", () => {
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2025-11-25" });
    expect(() => readEra("tools/list", { _meta: meta })).toThrow(
      expect.objectContaining({ rpcCode: -32022 }),
    );
  });

  test.each([1, null, {}, true])("is rejected for the version %j", (version) => {
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": version });
    expect(() => readEra("tools/list", { _meta: meta })).toThrow(
      expect.objectContaining({ rpcCode: -32602, message: expect.stringContaining("/protocolVersion") }),
    );
  });

  test.each([undefined, null, true, "{}", []])("is rejected with the capabilities %j", (capabilities) => {
    const meta = modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities });
    expect(() => readEra("tools/list", { _meta: meta })).toThrow(
      expect.objectContaining({ rpcCode: -32602, message: expect.stringContaining("/clientCapabilities") }),
    );
  });

  test.each([{}, { _meta: {} }])("of server/discover cannot be legacy (%j)", (params) => {
    expect(() => readEra("server/discover", params)).toThrow(expect.objectContaining({ rpcCode: -32602 }));
  });
});

describe("readClientInfo", () => {
  test("returns name and version", () => {
    expect(readClientInfo({ name: "a", version: "1", websiteUrl: "x" })).toEqual({ name: "a", version: "1" });
  });

  test.each([undefined, 1, null])("accepts a missing version (%j)", (version) => {
    expect(readClientInfo({ name: "a", version })).toEqual({ name: "a", version: "" });
  });

  test.each([undefined, null, "a", [], {}, { name: 1 }, { version: "1" }])("ignores %j", (value) => {
    expect(readClientInfo(value)).toBeUndefined();
  });
});

describe("toModernResult", () => {
  test("adds the result type and the server info", () => {
    expect(toModernResult({ tools: [] }, TINY_INFO)).toEqual({
      resultType: "complete",
      tools: [],
      _meta: { "io.modelcontextprotocol/serverInfo": TINY_INFO },
    });
  });

  test("keeps the result's own _meta and type", () => {
    const stamped = toModernResult({ resultType: "input_required", _meta: { "a/b": 1 } }, TINY_INFO);
    expect(stamped).toEqual({
      resultType: "input_required",
      _meta: { "a/b": 1, "io.modelcontextprotocol/serverInfo": TINY_INFO },
    });
  });

  test("does not modify its input", () => {
    const result = Object.freeze({ _meta: Object.freeze({ a: 1 }) });
    expect(toModernResult(result, TINY_INFO)).not.toBe(result);
    expect(result).toEqual({ _meta: { a: 1 } });
  });
});

describe("the kinds of question that a client allows", () => {
  test.each([
    [undefined, []],
    [{}, []],
    [{ elicitation: null }, []],
    [{ elicitation: true }, []],
    [{ elicitation: {} }, ["form"]],
    [{ elicitation: { form: {} } }, ["form"]],
    [{ elicitation: { url: {} } }, ["url"]],
    [{ elicitation: { form: {}, url: {} } }, ["url", "form"]],
    [{ elicitation: { url: false } }, ["form"]],
  ])("%j: %j", (capabilities, kinds) => {
    expect([...readQuestionKinds(capabilities)]).toEqual(kinds);
  });
});
