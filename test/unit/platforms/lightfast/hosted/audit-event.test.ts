import { describe, expect, test } from "vitest";
import { ERROR_CODES, type ErrorCode, ToolError } from "../../../../../src/mcp/errors.ts";
import type { ObservedCall } from "../../../../../src/mcp/server.ts";
import type { Caller } from "../../../../../src/mcp/tool.ts";
import { toAuditEvent } from "../../../../../src/platforms/lightfast/hosted/audit-event.ts";
import type { LightfastIdentity } from "../../../../../src/platforms/lightfast/hosted/auth.ts";
import { hostedCaller } from "../../../../support/lightfast/hosted.ts";
import { exchange } from "../../../../support/tiny-server.ts";

function observed(
  overrides: Partial<ObservedCall<LightfastIdentity>> = {},
  caller: Partial<Caller<LightfastIdentity>> = {},
): ObservedCall<LightfastIdentity> {
  return {
    tool: "lightfast_system_health",
    context: exchange({
      caller: {
        grants: new Set(["mcp:system:read"]),
        identity: { clientId: "c", orgId: "o", userId: "u", grantId: "g" },
        ...caller,
      },
      requestId: "4f0c1c3e-9d2b-4a57-8a0f-5a3d6f2f7c11",
    }),
    error: undefined,
    outcome: "ok",
    ms: 0,
    ...overrides,
  };
}

function failed(code: ErrorCode, details: { status?: number; reason?: string } = {}) {
  return toAuditEvent(
    observed({ error: new ToolError(code, "`ssn`: 123-45-6789", { hint: "Ask Ada.", ...details }) }),
  );
}

test("the event of a health call equals that of the app's own server, byte for byte", () => {
  const event = toAuditEvent(observed());
  const { requestId } = event.metadata;
  expect(JSON.stringify(event)).toBe(
    `{"clientPublicId":"c","clerkOrgId":"o","clerkUserId":"u","eventName":"mcp.system.health","grantPublicId":"g","outcome":"success","metadata":{"clientVerificationStatus":"verified","contractPath":"system.health","error":null,"latencyMs":0,"requestId":"${requestId}","requiredScope":"mcp:system:read","scopes":["mcp:system:read"],"toolName":"lightfast_system_health"}}`,
  );
});

test.each([
  ["lightfast_signals_create", "mcp.signals.create", "signals.create", "mcp:signals:write"],
  ["lightfast_signals_get", "mcp.signals.get", "signals.get", "mcp:signals:read"],
  ["lightfast_system_health", "mcp.system.health", "system.health", "mcp:system:read"],
])("a call of %s is the event %s", (tool, eventName, contractPath, requiredScope) => {
  const caller = hostedCaller("mcp:signals:read", "mcp:decisions:read");
  expect(toAuditEvent(observed({ tool, ms: 17 }, caller))).toMatchObject({
    eventName,
    clientPublicId: "mcp_client_1",
    metadata: {
      contractPath,
      latencyMs: 17,
      requiredScope,
      scopes: ["mcp:signals:read", "mcp:decisions:read"],
      toolName: tool,
    },
  });
});

describe("the outcome", () => {
  const OUTCOMES: Readonly<Record<ErrorCode, string>> = {
    missing_token: "denied",
    invalid_token: "denied",
    insufficient_scope: "denied",
    invalid_input: "denied",
    org_access_denied: "denied",
    unsupported_tool: "denied",
    not_found: "error",
    upstream_error: "error",
  };

  test.each(ERROR_CODES)("of %s", (code) => {
    expect(failed(code).outcome).toBe(OUTCOMES[code]);
  });
});

describe("an error", () => {
  test("repeats its code in the message, because the app redacts fields named code", () => {
    expect(failed("not_found", { status: 404 }).metadata.error).toEqual({
      code: "not_found",
      message: "not_found: missing, or not visible to the caller (HTTP 404)",
    });
    expect(failed("upstream_error", { status: 200, reason: "ECONNRESET" }).metadata.error?.message).toBe(
      "upstream_error: the call failed (HTTP 200, ECONNRESET)",
    );
  });

  test.each([
    ["It is unknown whether the request was processed. Check before you try again.", "ECONNRESET"],
    ["The request itself was accepted, so do not repeat it.", undefined],
    ["Calling again would create a second signal.", undefined],
  ])("of a write that may have been done says so: %s", (hint, reason) => {
    const error = new ToolError("upstream_error", "No response", { hint, reason });
    expect(toAuditEvent(observed({ error }))).toMatchObject({
      outcome: "error",
      metadata: {
        error: { message: expect.stringContaining("the outcome is unknown; it may have been done") },
      },
    });
  });

  test.each(ERROR_CODES)("%s leaves out its own message, which may quote the input", (code) => {
    expect(JSON.stringify(failed(code))).not.toMatch(/ssn|\b123\b|Ada/);
  });
});

test("every call gets a fresh request id, whatever the client's own is", () => {
  const call = observed();
  const ids = [toAuditEvent(call), toAuditEvent(call)].map(({ metadata }) => metadata.requestId);
  expect(ids).not.toContain(call.context.requestId);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(ids[0]).not.toBe(ids[1]);
});

test("an unknown tool throws", () => {
  expect(() => toAuditEvent(observed({ tool: "lightfast_signals_list" }))).toThrow(
    "has no row in the policy",
  );
});
