import { lensRoutes, onboardingRoutes } from "../../../src/platforms/lfx/sandbox/services.ts";

/** Member Onboarding. */
export const ONBOARDING_ROUTES = onboardingRoutes({
  roles: () => ({ body: [{ id: "1", name: "Member" }] }),
  role: ({ ids: [, name] }) => ({ body: { id: "1", name } }),
  findUser: ({ body: { name } }) => ({ body: [{ id: "2", name }] }),
  hasRole: () => ({ body: { has_role: true } }),
  assignRole: () => ({ body: { assigned: true } }),
  templates: () => ({ body: [{ name: "welcome" }] }),
  render: () => ({ body: { subject: "Welcome" } }),
  send: ({ body }) => ({ body: { sent_to: body.to_email } }),
});

/** LFX Lens. */
export const LENS_ROUTES = lensRoutes({
  ask: ({ body }) => ({
    body: { content: `Lens answers: ${body.message}`, status: "COMPLETED", session_id: body.session_id },
  }),
  metrics: () => ({ body: ["total"] }),
  dimensions: () => ({ body: ["country__lf_region"] }),
  values: () => ({ body: ["Europe"] }),
  query: () => ({ body: { rows: [{ total: 3 }] } }),
  standardMetric: ({ body }) => ({ body: { applied: body, compiled_sql: "SELECT 1", data: [{ total: 3 }] } }),
});
