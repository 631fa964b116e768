import { onTestFinished } from "vitest";
import type { TokenSource } from "../../../src/auth/token-source.ts";
import { createHttpClient } from "../../../src/http-client/client.ts";
import type { RestRequest, RestResponse } from "../../../src/platforms/lfx/api.ts";
import { createRestClient } from "../../../src/platforms/lfx/client/rest.ts";
import { withDeadline } from "../../../src/shared/deadline.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { type ReceivedRequest, type Replies, startFakeLfx } from "./tool-calls.ts";

export type Api = {
  readonly requests: readonly ReceivedRequest[];
  /** The tokens that were invalidated. */
  readonly invalidated: readonly string[];
  send(request: Partial<RestRequest>): Promise<RestResponse>;
};

/** User agent and trace context. */
export const HEADERS = { "user-agent": "lfx-mcp-server/1", traceparent: "00-1-2-01" };

/** The API at `/lfx`, called with the first of `tokens`; the next once that is invalidated, the last for ever. */
export async function startApi(replies: Replies, tokens: readonly string[] = ["token-1"], path = "/lfx") {
  const { settings, requests } = await startFakeLfx(replies, {}, { checkRequests: false });
  const invalidated: string[] = [];
  const source: TokenSource = {
    token: async () => tokens[Math.min(invalidated.length, tokens.length - 1)] ?? "",
    invalidate: (token) => void invalidated.push(token),
  };
  const http = createHttpClient(
    {},
    createLogger("silent", () => {}),
  );
  onTestFinished(() => http.close());
  const baseUrl = new URL(path, settings.upstream.lfx?.url);
  const send: Api["send"] = (request) =>
    withDeadline(5000, new AbortController().signal, (deadline) =>
      createRestClient({
        http,
        baseUrl,
        tokens: source,
        tokenOwner: "caller",
        deadline,
        headers: HEADERS,
      }).send({
        method: "GET",
        path: "/x",
        operation: "do it",
        ...request,
      }),
    );
  const api: Api = { requests, invalidated, send };
  return api;
}
