import { onTestFinished } from "vitest";
import { createPoster, type Post } from "../../src/net/post.ts";
import type { Say } from "./byte-server.ts";

/** A way to servers that is closed at the end of the test. */
export const poster = (connections?: number) => {
  const made = createPoster(connections);
  onTestFinished(() => made.close());
  return made;
};

/** One POST whose headers do not matter. */
export const send = (post: Post, url: URL, body = "{}", timeoutMs = 3000) =>
  post({ url, body, headers: { accept: "*/*" } }, timeoutMs);

/** The code of the failure. */
export const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "an answer",
    (error: { code?: string }) => error.code ?? error,
  );

/** A server that says the same to everything. */
export const answers =
  (text: string): Say =>
  (socket) =>
    socket.write(text);
