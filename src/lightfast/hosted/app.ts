import type { HttpAnswer } from "../../net/exchange.ts";
import type { PostAnswer, PostRequest } from "../../net/post.ts";

/** Sends one POST, once. Where it tells no headers, the app's `Retry-After` goes unheard. */
export type AppPost = (
  request: PostRequest,
  timeoutMs: number,
  cancel?: AbortSignal,
) => Promise<PostAnswer & Partial<Pick<HttpAnswer, "header">>>;

/** How the app is reached and how it knows us. */
export type AppConnection = {
  readonly post: AppPost;
  /** Where the app is, for services; its path, if any, is kept. */
  readonly appUrl: URL;
  /** A service token for one request (`iss` mcp, `aud` lightfast-app). */
  sign(): string;
};

/** An internal endpoint of the app. */
export const appEndpoint = (appUrl: URL, path: string): URL => {
  const url = new URL(appUrl);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/api/internal/mcp${path}`;
  return url;
};

/** The headers of every request to the app. */
export const appHeaders = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  accept: "application/json",
  "content-type": "application/json",
});

/** The app's answer as all other HTTP answers are. */
export const answerOf = (received: Awaited<ReturnType<AppPost>>): HttpAnswer => ({
  header: () => undefined,
  ...received,
});
