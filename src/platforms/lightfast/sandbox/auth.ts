import { lookUpKey, type SandboxKey, type Scope } from "./fixtures.ts";
import { internalError, Refusal } from "./responses.ts";

/** Who calls: a key that passed every check. */
export type Caller = SandboxKey & { readonly orgId: string; readonly userId: string };

function unauthorized(message: string): Refusal {
  return new Refusal(401, "auth_required", message, [{ code: "AUTH_REQUIRED", message }]);
}

/** The API gives one and the same diagnostic for all of these, missing permissions included. */
function forbidden(message: string): Refusal {
  return new Refusal(403, "forbidden", message, [{ code: "ORG_REQUIRED", message }]);
}

type Check = { readonly fails: (key: SandboxKey) => boolean; readonly refusal: () => Refusal };

/** In the order in which the API looks; the first that fails is the answer. */
const CHECKS: readonly Check[] = [
  { fails: ({ verdict }) => verdict === "UNREACHABLE", refusal: () => unauthorized("Invalid API key") },
  { fails: ({ verdict }) => verdict === "DISABLED", refusal: () => unauthorized("API key disabled") },
  { fails: ({ verdict }) => verdict === "EXPIRED", refusal: () => unauthorized("API key expired") },
  {
    fails: ({ verdict }) => verdict === "FORBIDDEN",
    refusal: () => forbidden("API key is missing required permissions"),
  },
  { fails: ({ verdict }) => verdict !== "VALID", refusal: () => unauthorized("Invalid API key") },
  { fails: ({ orgId }) => orgId === null, refusal: () => forbidden("API key is not org-scoped") },
  { fails: ({ userId }) => userId === null, refusal: () => forbidden("API key is missing creator metadata") },
  {
    fails: ({ setup }) => setup === "unreadable",
    refusal: () => internalError("Failed to authenticate API request."),
  },
];

function isCaller(key: SandboxKey): key is Caller {
  return !CHECKS.some(({ fails }) => fails(key));
}

/** The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1); what follows it is not looked at. */
function bearerOf(header: string | undefined): string | undefined {
  const [scheme, token] = header?.trim().split(/\s+/) ?? [];
  return scheme?.toLowerCase() === "bearer" ? token : undefined;
}

/**
 * Finds out who calls. Comes before everything else on every endpoint.
 * @param header the value of `Authorization`
 * @throws Refusal 401, 403 or 500
 */
export function authenticate(header: string | undefined): Caller {
  const token = bearerOf(header);
  if (!token) throw unauthorized("API key required. Provide 'Authorization: Bearer <api-key>' header.");
  if (!token.startsWith("lf_")) throw unauthorized("Invalid API key format.");
  const key = lookUpKey(token);
  if (isCaller(key)) return key;
  throw CHECKS.find(({ fails }) => fails(key))?.refusal() ?? unauthorized("Invalid API key");
}

/** Every operation on signals needs an organization whose setup is finished. @throws Refusal 403 */
export function requireSetup({ setup }: Caller): void {
  if (setup === "done") return;
  const message =
    "This organization has not completed setup. Complete setup before using Lightfast API features.";
  throw new Refusal(403, "org_setup_required", message, [
    { code: "ORG_SETUP_REQUIRED", message, repair: { id: setup } },
  ]);
}

/** Comes after the request itself was checked, as in the API. @throws Refusal 403 */
export function requireScope({ scopes }: Caller, scope: Scope): void {
  if (scopes.includes(scope)) return;
  const message = `API key requires the ${scope} scope.`;
  throw new Refusal(403, "forbidden", message, [{ code: "API_KEY_SCOPE_REQUIRED", message }]);
}
