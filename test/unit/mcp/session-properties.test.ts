import { isJSONRPCErrorResponse, isJSONRPCResultResponse } from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { isObject } from "../../../src/shared/json.ts";
import { tinyServer } from "../../support/tiny-server.ts";
import { createWire } from "../../support/wire.ts";

const METHODS = [
  "initialize",
  "ping",
  "tools/list",
  "tools/call",
  "server/discover",
  "notifications/cancelled",
];

/** The SDK knows whole numbers as ids and no others. */
const isNoNumber = (value: unknown): boolean => typeof value !== "number";

/** Anything that looks a little like a message, and anything else. */
const message = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      jsonrpc: fc.constantFrom("2.0", "1.0"),
      id: fc.oneof(fc.integer(), fc.string(), fc.jsonValue().filter(isNoNumber)),
      method: fc.oneof(fc.constantFrom(...METHODS, "__proto__"), fc.string()),
      params: fc.oneof(
        fc.jsonValue(),
        fc.record({
          name: fc.constantFrom("tiny_echo", "__proto__"),
          arguments: fc.jsonValue(),
          _meta: fc.jsonValue(),
        }),
      ),
      result: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);

const deliver = async (value: unknown): Promise<readonly unknown[]> => {
  const wire = createWire();
  const session = openSession(tinyServer(), wire.transport, LOCAL_CALLER);
  wire.deliver(value);
  await session.drained();
  return wire.sent;
};

test("whatever arrives is answered once or not at all, in JSON-RPC", async () => {
  await fc.assert(
    fc.asyncProperty(message, async (value) => {
      const sent = await deliver(value);
      expect(sent.length).toBeLessThanOrEqual(1);
      for (const answer of sent) {
        const withoutId = isObject(answer) && answer.id === null && isObject(answer.error);
        expect(withoutId || isJSONRPCResultResponse(answer) || isJSONRPCErrorResponse(answer)).toBe(true);
      }
    }),
  );
});

test("every request is answered, with its own id", async () => {
  const id = fc.oneof(fc.string(), fc.integer());
  await fc.assert(
    fc.asyncProperty(
      id,
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      async (known, method, params) => {
        const sent = await deliver({ jsonrpc: "2.0", id: known, method, params });
        expect(sent).toMatchObject([{ jsonrpc: "2.0", id: known }]);
      },
    ),
  );
});
