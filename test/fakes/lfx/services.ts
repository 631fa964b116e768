import * as z from "zod";
import { once, type Route } from "./routes.ts";

const text = z.string().min(1);
const TOOLS = "/member-onboarding/tools";
const message = { template_name: text, variables: z.record(text, z.string()).optional() };

/** Member Onboarding. */
export const ONBOARDING_ROUTES: readonly Route[] = [
  { at: `GET ${TOOLS}/discord/:text/roles`, answer: () => ({ body: [{ id: "1", name: "Member" }] }) },
  {
    at: `GET ${TOOLS}/discord/:text/roles/:text`,
    answer: ({ ids: [, name] }) => ({ body: { id: "1", name } }),
  },
  {
    at: `POST ${TOOLS}/discord/:text/find-user`,
    json: z.strictObject({ name: text, email: z.email().optional() }),
    answer: ({ body: { name } }) => ({ body: [{ id: "2", name }] }),
  },
  {
    at: `GET ${TOOLS}/discord/:text/users/:text/roles/:text`,
    answer: () => ({ body: { has_role: true } }),
  },
  {
    at: `POST ${TOOLS}/discord/:text/assign-role`,
    json: z.strictObject({ user_id: text, user_name: text, role_id: text, role_name: text }),
    answer: () => ({ body: { assigned: true } }),
  },
  { at: `GET ${TOOLS}/email/:text/templates`, answer: () => ({ body: [{ name: "welcome" }] }) },
  {
    at: `POST ${TOOLS}/email/:text/render`,
    json: z.strictObject(message),
    answer: () => ({ body: { subject: "Welcome" } }),
  },
  {
    at: `POST ${TOOLS}/email/:text/send`,
    json: z.strictObject({ ...message, to_email: z.email(), to_name: text }),
    answer: ({ body }) => ({ body: { sent_to: body.to_email } }),
  },
];

const SEMANTICS = "/lfx-lens/semantic-layer";
const search = once(text).optional();
const names = once(z.string().regex(/^\w+(?:,\w+)*$/));

const foundation = z.strictObject({ foundation: z.strictObject({ slug: text }) });
const additional = z.string().refine((json) => foundation.safeParse(JSON.parse(json)).success);

/** LFX Lens. */
export const LENS_ROUTES: readonly Route[] = [
  {
    at: "POST /workflows/lfx-lens-mcp-workflow/runs",
    form: z
      .strictObject({
        message: text,
        additional_data: additional,
        user_id: text,
        session_id: z.string().regex(/-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ-[0-9a-f]{8}$/),
        stream: z.literal("false"),
        background: z.literal("false"),
      })
      .refine(({ user_id, session_id }) => session_id.startsWith(`${user_id}-`)),
    answer: ({ body }) => ({
      body: { content: `Lens answers: ${body.message}`, status: "COMPLETED", session_id: body.session_id },
    }),
  },
  { at: `GET ${SEMANTICS}/metrics`, query: z.strictObject({ search }), answer: () => ({ body: ["total"] }) },
  {
    at: `GET ${SEMANTICS}/dimensions`,
    query: z.strictObject({ metrics: names, search }),
    answer: () => ({ body: ["country__lf_region"] }),
  },
  {
    at: `GET ${SEMANTICS}/dimension-values`,
    query: z.strictObject({ dimension: once(text), metrics: names, search }),
    answer: () => ({ body: ["Europe"] }),
  },
  {
    at: `POST ${SEMANTICS}/query`,
    json: z.strictObject({
      metrics: z.array(text).min(1),
      project_slug: text.optional(),
      group_by: z.array(text).min(1).optional(),
      where: z.tuple([text]).optional(),
      order_by: z.array(text).min(1).optional(),
      limit: z.int().min(1).max(500).optional(),
    }),
    answer: () => ({ body: { rows: [{ total: 3 }] } }),
  },
];
