import { expect } from "vitest";
import type { JsonObject } from "../../../src/shared/json.ts";
import type { Reply, Seen } from "./tool-calls.ts";

/** A request in the words of these tests: `PUT /committees/c1?v=1`, with what it brought. */
export type Exchange = {
  readonly request: string;
  readonly ifMatch?: string;
  readonly sync?: string;
  readonly body?: JsonObject;
};

function exchangeOf({ method, path, query, headers, body }: Seen): Exchange {
  const { "if-match": ifMatch, "x-sync": sync } = headers;
  return {
    request: `${method} ${path.replace(/^\/lfx/, "")}${query && `?${query}`}`,
    ...(typeof ifMatch === "string" && { ifMatch }),
    ...(typeof sync === "string" && { sync }),
    ...(body && { body: JSON.parse(body) }),
  };
}

/** What LFX was asked, in order; each request in the server's own name, and JSON wherever there is a body. */
export function exchanges(seen: readonly Seen[]): readonly Exchange[] {
  for (const { headers, body } of seen) {
    expect(headers.authorization).toBe("Bearer own-for-lfx");
    expect(headers["content-type"]).toBe(body ? "application/json" : undefined);
  }
  return seen.map(exchangeOf);
}

/** A record at its seventh revision. */
export function revised(body: JsonObject): Reply {
  return { body, headers: { etag: "7" } };
}

/** Takes what it is given for the record's new state. */
export function taken({ body }: Seen): Reply {
  return { body: { uid: "new", ...JSON.parse(body) } };
}
