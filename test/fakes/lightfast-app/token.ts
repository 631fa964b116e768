import { createHmac } from "node:crypto";
import * as z from "zod";

/** An answer of the fake app. */
export type AppAnswer = { readonly status: number; readonly body: object };

export function refusal(status: number, error: string, message: string): AppAnswer {
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

const INVALID = refusal(401, "invalid_token", "Service token is invalid.");

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Checks a service token as the app does: signature, claims, lifetime, and who calls. */
export function checkServiceToken(
  authorization: string | undefined,
  secret: string,
): ServiceClaims | AppAnswer {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!token) return refusal(401, "missing_token", "Service bearer token is required.");
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
    : refusal(403, "disallowed_caller", "Service caller is not allowed for this command.");
}
