import { createHmac } from "node:crypto";
import * as z from "zod";

/** A response of the fake app. */
export type AppResponse = { readonly status: number; readonly body: object };

export function errorResponse(status: number, error: string, message: string): AppResponse {
  return {
    status,
    body: { error, message },
  };
}

const claimsSchema = z.strictObject({
  iss: z.string(),
  aud: z.literal("lightfast-app"),
  token_use: z.literal("service_access"),
  iat: z.int().positive(),
  exp: z.int().positive(),
});

export type ServiceClaims = z.infer<typeof claimsSchema>;

const headerSchema = z.strictObject({ alg: z.literal("HS256"), typ: z.literal("JWT") });

const MAX_LIFETIME_SECONDS = 300;

const INVALID = errorResponse(401, "invalid_token", "Service token is invalid.");

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Checks signature, claims, lifetime and issuer of a service token, like the app. */
export function checkServiceToken(
  authorization: string | undefined,
  secret: string,
): ServiceClaims | AppResponse {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!token) return errorResponse(401, "missing_token", "Service bearer token is required.");
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  if (more.length > 0 || signature !== expected || !headerSchema.safeParse(decode(header)).success)
    return INVALID;
  const parsed = claimsSchema.safeParse(decode(payload));
  if (!parsed.success) return INVALID;
  const { iss, iat, exp } = parsed.data;
  const now = Date.now() / 1000;
  if (iat > now || exp <= now || exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) return INVALID;
  return iss === "mcp"
    ? parsed.data
    : errorResponse(403, "disallowed_caller", "Service caller is not allowed for this command.");
}
