import * as z from "zod";
import { type Answers, once, type Route } from "./routes.ts";

const text = z.string().min(1);
const TOOLS = "/member-onboarding/tools";
const message = { template_name: text, variables: z.record(text, z.string()).optional() };

type OnboardingOperation =
  | "roles"
  | "role"
  | "findUser"
  | "hasRole"
  | "assignRole"
  | "templates"
  | "render"
  | "send";

/** Member Onboarding. */
export function onboardingRoutes(answers: Answers<OnboardingOperation>): readonly Route[] {
  return [
    { at: `GET ${TOOLS}/discord/:text/roles`, answer: answers.roles },
    {
      at: `GET ${TOOLS}/discord/:text/roles/:text`,
      answer: answers.role,
    },
    {
      at: `POST ${TOOLS}/discord/:text/find-user`,
      json: z.strictObject({ name: text, email: z.email().optional() }),
      answer: answers.findUser,
    },
    {
      at: `GET ${TOOLS}/discord/:text/users/:text/roles/:text`,
      answer: answers.hasRole,
    },
    {
      at: `POST ${TOOLS}/discord/:text/assign-role`,
      json: z.strictObject({ user_id: text, user_name: text, role_id: text, role_name: text }),
      answer: answers.assignRole,
    },
    { at: `GET ${TOOLS}/email/:text/templates`, answer: answers.templates },
    {
      at: `POST ${TOOLS}/email/:text/render`,
      json: z.strictObject(message),
      answer: answers.render,
    },
    {
      at: `POST ${TOOLS}/email/:text/send`,
      json: z.strictObject({ ...message, to_email: z.email(), to_name: text }),
      answer: answers.send,
    },
  ];
}

const SEMANTICS = "/lfx-lens/semantic-layer";
const search = once(text).optional();
const names = once(z.string().regex(/^\w+(?:,\w+)*$/));

const slug = z
  .string()
  .regex(/^\P{Cc}+$/u)
  .refine((one) => Buffer.byteLength(one) <= 128);
const scope = z.strictObject({ project_slugs: z.array(slug).max(25).optional() });
const additional = z.string().refine((json) => scope.safeParse(JSON.parse(json)).success);

const standardMetric = z.strictObject({
  metric: text,
  by: text.optional(),
  project: text.optional(),
  subprojects: z.enum(["combined", "separate", "excluded"]).optional(),
  org: text.optional(),
  subsidiaries: z.enum(["excluded", "separate", "combined"]).optional(),
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional(),
  period: z.enum(["day", "week", "month", "quarter", "year"]).optional(),
  order_by: z.array(text).min(1).optional(),
  limit: z.int().min(1).optional(),
});

type LensOperation = "ask" | "metrics" | "dimensions" | "values" | "query" | "standardMetric";

/** LFX Lens. */
export function lensRoutes(answers: Answers<LensOperation>): readonly Route[] {
  return [
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
      answer: answers.ask,
    },
    { at: `GET ${SEMANTICS}/metrics`, query: z.strictObject({ search }), answer: answers.metrics },
    {
      at: `GET ${SEMANTICS}/dimensions`,
      query: z.strictObject({ metrics: names, search }),
      answer: answers.dimensions,
    },
    {
      at: `GET ${SEMANTICS}/dimension-values`,
      query: z.strictObject({ dimension: once(text), metrics: names, search }),
      answer: answers.values,
    },
    {
      at: `POST ${SEMANTICS}/query`,
      json: z.strictObject({
        metrics: z.array(text).min(1),
        group_by: z.array(text).min(1).optional(),
        where: z.tuple([text]).optional(),
        order_by: z.array(text).min(1).optional(),
        limit: z.int().min(1).optional(),
      }),
      answer: answers.query,
    },
    { at: `POST ${SEMANTICS}/standard-metric`, json: standardMetric, answer: answers.standardMetric },
  ];
}
