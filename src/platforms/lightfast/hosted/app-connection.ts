import { createHmac, createSecretKey } from "node:crypto";
import type { InternalPost, InternalResponse } from "../../../http-client/internal.ts";
import type { HttpResponse } from "../../../http-client/types.ts";
import { appendPath } from "../../../shared/url.ts";

/** How the app is reached and how it knows us. */
export type AppConnection = {
  readonly post: InternalPost;
  /** Where the app is, for services; its path, if any, is kept. */
  readonly appUrl: URL;
  /** A service token for one request (`iss` mcp, `aud` lightfast-app). */
  sign(): string;
};

/** An internal endpoint of the app. */
export function appEndpoint(appUrl: URL, path: string): URL {
  return appendPath(appUrl, `/api/internal/mcp${path}`);
}

/** The headers of every request to the app. */
export function appHeaders(token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    accept: "application/json",
    "content-type": "application/json",
  };
}

/** The app's answer as all other HTTP answers are. */
export function answerOf(received: InternalResponse): HttpResponse {
  return {
    header: () => undefined,
    ...received,
  };
}

const LIFETIME_SECONDS = 60;

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

const HEADER = encode({ alg: "HS256", typ: "JWT" });

/**
 * Signs the tokens with which this server calls the app (HS256).
 * @param secret shared with the app
 * @param now milliseconds since 1970
 * @returns a token that is issued now and lives for a minute; within one second they are all the same, and are signed once
 */
export function createServiceSigner(secret: string, now: () => number = Date.now): () => string {
  const key = createSecretKey(secret, "utf8");
  let last = { iat: Number.NaN, token: "" };

  const sign = (iat: number): string => {
    const claims = {
      token_use: "service_access",
      iss: "mcp",
      aud: "lightfast-app",
      iat,
      exp: iat + LIFETIME_SECONDS,
    };
    const signed = `${HEADER}.${encode(claims)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };

  return () => {
    const iat = Math.floor(now() / 1000);
    if (iat !== last.iat) last = { iat, token: sign(iat) };
    return last.token;
  };
}
