import { findKey, type SandboxKey, type Scope, type Verdict } from "./fixtures.ts";
import { ApiFailure, internalError } from "./responses.ts";

/** A key that passed every check. */
export type Caller = SandboxKey & { readonly orgId: string; readonly userId: string };

/** What the API says about a key that is not valid. */
const REJECTIONS: Readonly<Record<Exclude<Verdict, "VALID">, string>> = {
  UNREACHABLE: "Invalid API key",
  DISABLED: "API key disabled",
  EXPIRED: "API key expired",
  FORBIDDEN: "API key is missing required permissions",
  NOT_FOUND: "Invalid API key",
};

/**
 * Authenticates a request, before anything else is checked.
 * @param authorization the header; text after the token is ignored, as in the API
 * @throws ApiFailure 401, 403 or 500
 */
export function authenticate(authorization: string | undefined): Caller {
  const token = /^bearer\s+(\S+)/i.exec(authorization ?? "")?.[1];
  if (!token) throw unauthorized("API key required. Provide 'Authorization: Bearer <api-key>' header.");
  if (!token.startsWith("lf_")) throw unauthorized("Invalid API key format.");
  const key = findKey(token);
  const { verdict, orgId, userId, setup } = key;
  if (verdict === "FORBIDDEN") throw forbidden(REJECTIONS[verdict]);
  if (verdict !== "VALID") throw unauthorized(REJECTIONS[verdict]);
  if (orgId === null) throw forbidden("API key is not org-scoped");
  if (userId === null) throw forbidden("API key is missing creator metadata");
  if (setup === "unreadable") throw internalError("Failed to authenticate API request.");
  return { ...key, orgId, userId };
}

/** @throws ApiFailure 403 if the organization's setup is unfinished */
export function requireSetup({ setup }: Caller): void {
  if (setup === "done") return;
  const message =
    "This organization has not completed setup. Complete setup before using Lightfast API features.";
  throw new ApiFailure(403, "org_setup_required", message, [
    { code: "ORG_SETUP_REQUIRED", message, repair: { id: setup } },
  ]);
}

/** Comes after the request itself was checked, as in the API. @throws ApiFailure 403 */
export function requireScope({ scopes }: Caller, scope: Scope): void {
  if (scopes.includes(scope)) return;
  const message = `API key requires the ${scope} scope.`;
  throw new ApiFailure(403, "forbidden", message, [{ code: "API_KEY_SCOPE_REQUIRED", message }]);
}

function unauthorized(message: string): ApiFailure {
  return new ApiFailure(401, "auth_required", message, [{ code: "AUTH_REQUIRED", message }]);
}

/** The API sends this diagnostic with every rejected key, even if only permissions are missing. */
function forbidden(message: string): ApiFailure {
  return new ApiFailure(403, "forbidden", message, [{ code: "ORG_REQUIRED", message }]);
}
