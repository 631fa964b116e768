import type { Post, PostAnswer } from "../../../http-client/internal.ts";
import type { HttpAnswer } from "../../../http-client/types.ts";
import { below } from "../../../shared/url.ts";

/** How the app is reached and how it knows us. */
export type AppConnection = {
  readonly post: Post;
  /** Where the app is, for services; its path, if any, is kept. */
  readonly appUrl: URL;
  /** A service token for one request (`iss` mcp, `aud` lightfast-app). */
  sign(): string;
};

/** An internal endpoint of the app. */
export const appEndpoint = (appUrl: URL, path: string): URL => below(appUrl, `/api/internal/mcp${path}`);

/** The headers of every request to the app. */
export const appHeaders = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  accept: "application/json",
  "content-type": "application/json",
});

/** The app's answer as all other HTTP answers are. */
export const answerOf = (received: PostAnswer): HttpAnswer => ({
  header: () => undefined,
  ...received,
});
