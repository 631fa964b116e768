import { expect } from "vitest";
import type { JsonObject } from "../../../src/shared/json.ts";
import type { ReceivedRequest, Reply } from "./tool-calls.ts";

/** A request as `PUT /committees/c1?v=1`, with its preconditions and body. */
export type RequestSummary = {
  readonly request: string;
  readonly ifMatch?: string;
  readonly sync?: string;
  readonly body?: JsonObject;
};

function toSummary({ method, path, query, headers, body }: ReceivedRequest): RequestSummary {
  const { "if-match": ifMatch, "x-sync": sync } = headers;
  return {
    request: `${method} ${path.replace(/^\/lfx/, "")}${query && `?${query}`}`,
    ...(typeof ifMatch === "string" && { ifMatch }),
    ...(typeof sync === "string" && { sync }),
    ...(body && { body: JSON.parse(body) }),
  };
}

/** Summarizes requests, which must all use the server's own token, and JSON for a body. */
export function summarize(requests: readonly ReceivedRequest[]): readonly RequestSummary[] {
  for (const { headers, body } of requests) {
    expect(headers.authorization).toBe("Bearer own-for-lfx");
    expect(headers["content-type"]).toBe(body ? "application/json" : undefined);
  }
  return requests.map(toSummary);
}

/** A record with an ETag. */
export function withEtag(body: JsonObject): Reply {
  return { body, headers: { etag: "7" } };
}

/** Returns the request body as the new record. */
export function echoBody({ body }: ReceivedRequest): Reply {
  return { body: { uid: "new", ...JSON.parse(body) } };
}
