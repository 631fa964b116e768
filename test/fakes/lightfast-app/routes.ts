import { randomUUID } from "node:crypto";
import * as z from "zod";
import { SIGNAL_ID } from "../../../src/platforms/lightfast/schemas.ts";
import { type AppResponse, errorResponse } from "./token.ts";

const text = z.string().min(1);

const grantSchema = z.strictObject({ clientId: text, grantId: text, orgId: text, userId: text });
export type AppGrant = z.infer<typeof grantSchema>;

const actor = z.strictObject({ ...grantSchema.shape, kind: z.literal("mcp") });
const scopes = z.array(z.enum(["mcp:signals:read", "mcp:signals:write"])).min(1);

const auditSchema = z.strictObject({
  clientPublicId: text,
  clerkOrgId: text,
  clerkUserId: text,
  eventName: text,
  grantPublicId: text,
  outcome: z.enum(["denied", "error", "success"]),
  metadata: z.strictObject({
    clientVerificationStatus: z.literal("verified"),
    contractPath: text,
    error: z.strictObject({ code: text, message: text }).nullable(),
    latencyMs: z.number().min(0),
    requestId: text,
    requiredScope: text,
    scopes: z.array(text),
    toolName: text,
  }),
});
export type StoredAudit = z.infer<typeof auditSchema>;

/** The app's state. */
export type AppState = {
  /** The resource of all grants. Mutable, because a server's port may be known only later. */
  resource: string;
  /** Active grants by id. */
  readonly grants: Map<string, AppGrant>;
  /** Signals by id, with the grant that created them. */
  readonly signals: Map<string, { readonly by: AppGrant; readonly input: string }>;
  readonly audited: StoredAudit[];
};

/** An endpoint: validates its body and responds. */
export type Route = (body: unknown, state: AppState) => AppResponse;

function route<S extends z.ZodType>(
  schema: S,
  message: string,
  run: (body: z.output<S>, state: AppState) => AppResponse,
): Route {
  return (body, state) => {
    const parsed = schema.safeParse(body);
    return parsed.success ? run(parsed.data, state) : errorResponse(400, "invalid_request", message);
  };
}

function missingScope(scope: string): AppResponse {
  return errorResponse(403, "forbidden", `MCP token requires the ${scope} scope.`);
}

/** The app's internal endpoints, relative to `/api/internal/mcp`. */
export const ROUTES: ReadonlyMap<string, Route> = new Map([
  [
    "/auth/validate",
    route(
      z.strictObject({ ...grantSchema.shape, resource: text }),
      "MCP grant validation request is invalid.",
      ({ resource, ...asked }, { grants, resource: ours }) => {
        if (new URL(resource).href !== new URL(ours).href) {
          return errorResponse(400, "invalid_request", "Unsupported MCP resource.");
        }
        const grant = grants.get(asked.grantId);
        const isActive =
          grant?.clientId === asked.clientId && grant.orgId === asked.orgId && grant.userId === asked.userId;
        return isActive
          ? { status: 200, body: { active: true } }
          : errorResponse(403, "mcp_grant_invalid", "MCP authorization grant is invalid.");
      },
    ),
  ],
  [
    "/audit",
    route(auditSchema, "MCP audit request is invalid.", (event, { audited }) => {
      audited.push(event);
      return { status: 200, body: { success: true } };
    }),
  ],
  [
    "/signals",
    route(
      z.strictObject({ actor, input: z.string().trim().min(1).max(4000), scopes }),
      "MCP signal command request is invalid.",
      ({ actor: by, input, scopes }, { signals }) => {
        if (!scopes.includes("mcp:signals:write")) return missingScope("mcp:signals:write");
        const id = `signal_${randomUUID()}`;
        signals.set(id, { by, input });
        return { status: 200, body: { id, status: "queued", visibilityScope: "user" } };
      },
    ),
  ],
  [
    "/signals/get",
    route(
      z.strictObject({ actor, id: z.string().regex(SIGNAL_ID), scopes }),
      "MCP signal get request is invalid.",
      ({ actor: by, id, scopes }, { signals }) => {
        if (!scopes.includes("mcp:signals:read")) return missingScope("mcp:signals:read");
        const signal = signals.get(id);
        if (signal?.by.orgId !== by.orgId || signal.by.userId !== by.userId) {
          return errorResponse(404, "not_found", "Signal not found.");
        }
        const at = "2026-01-02T03:04:05.678Z";
        return {
          status: 200,
          body: {
            id,
            input: signal.input,
            status: "queued",
            classification: null,
            entityLinks: [],
            visibilityScope: "user",
            createdAt: at,
            updatedAt: at,
          },
        };
      },
    ),
  ],
]);
