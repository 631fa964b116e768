import { AuthUnavailable, TokenInvalid } from "../../auth/errors.ts";
import { type Answer, json } from "./response.ts";

/** A quoted string (RFC 9110, section 5.6.4); what cannot stand in one is left out. */
const quoted = (text: string): string =>
  `"${text.replaceAll(/[^\x20-\x7e]/g, "").replaceAll(/["\\]/g, "\\$&")}"`;

export type Challenger = {
  /** No credentials came: the challenge has no error (RFC 6750, section 3.1), the body says what is missing. */
  missing(): Answer;
  /** What became of the verification of a token. @throws whatever is neither a bad token nor an outage */
  refused(error: unknown): Answer;
};

/**
 * Answers for callers that are not let in (RFC 6750, RFC 9728 section 5.1).
 * @param metadataUrl where the resource's metadata are; undefined where there are none
 * @param scope what a usual connection needs: clients ask the authorization server for exactly that
 */
export const createChallenger = (metadataUrl: URL | undefined, scope: string): Challenger => {
  const challenge = (parameters: Readonly<Record<string, string>>): string => {
    const all = { ...parameters, ...(metadataUrl ? { resource_metadata: metadataUrl.href, scope } : {}) };
    const list = Object.entries(all).map(([name, value]) => `${name}=${quoted(value)}`);
    return list.length > 0 ? `Bearer ${list.join(", ")}` : "Bearer";
  };
  const unauthorized = (error: string, description: string, parameters: Record<string, string>): Answer =>
    json(401, { error, error_description: description }, { "www-authenticate": challenge(parameters) });

  return {
    missing: () => unauthorized("missing_token", "Bearer token is required.", {}),
    refused: (error) => {
      if (error instanceof TokenInvalid) {
        const { description } = error;
        const parameters = { error: "invalid_token", error_description: description };
        return unauthorized("invalid_token", description, parameters);
      }
      if (error instanceof AuthUnavailable) {
        const description = "MCP authorization is temporarily unavailable. Try again in a moment.";
        return json(
          503,
          { error: "service_unavailable", error_description: description },
          { "retry-after": String(error.retryAfterSeconds) },
        );
      }
      throw error;
    },
  };
};

/** The token of an Authorization header (RFC 6750, section 2.1); undefined where there is none. */
export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer\s+(\S.*)$/i.exec(authorization ?? "")?.[1]?.trim();
