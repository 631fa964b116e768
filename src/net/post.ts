import { Agent } from "undici";
import { withDeadline } from "../core/deadline.ts";
import type { HttpAnswer } from "./exchange.ts";

export type PostRequest = {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Whoever stands in for a service need not tell headers. */
export type PostAnswer = Pick<HttpAnswer, "status" | "body"> & Partial<Pick<HttpAnswer, "header">>;

/**
 * Sends a request once, and reads the whole answer whatever its status.
 * @param timeoutMs for all of that
 * @param cancel the client's own cancel signal, where it has one
 * @throws DeadlineExceeded when the time is up, the reason of `cancel`, or the connection's own error
 */
export type Post = (request: PostRequest, timeoutMs: number, cancel?: AbortSignal) => Promise<PostAnswer>;

export type Poster = {
  readonly post: Post;
  /** Breaks off what is in flight. */
  close(): Promise<void>;
};

const MAX_CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** A connection that is stuck keeps the requests behind it waiting, so it is given up soon. */
const CONNECT_TIMEOUT_MS = 5000;

/**
 * The way to services of our own: kept-alive connections, at most 64 to each origin; no proxy, no redirects, and no
 * repetitions, for which only the sender knows whether they do harm.
 */
export const createPoster = (): Poster => {
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // The deadline ends every other wait; undici's own limits would only contradict it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const post: Post = (request, timeoutMs, cancel = new AbortController().signal) =>
    withDeadline(timeoutMs, cancel, async ({ signal }) => {
      const { url, body, headers } = request;
      const { origin, pathname, search } = url;
      const answer = await agent.request({
        origin,
        path: `${pathname}${search}`,
        method: "POST",
        headers,
        body,
        signal,
      });
      return {
        status: answer.statusCode,
        body: await answer.body.text(),
        header: (name) => [answer.headers[name]].flat()[0],
      };
    });

  return { post, close: () => agent.destroy() };
};
