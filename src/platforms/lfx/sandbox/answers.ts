import { Refusal, type Route } from "./routes.ts";
import { lensRoutes, onboardingRoutes } from "./services.ts";

const ROLES = [
  { id: "701", name: "Member" },
  { id: "702", name: "Board Member" },
  { id: "703", name: "Maintainer" },
];

const TEMPLATES = [
  { name: "welcome", subject: "Welcome to the Tidewater Foundation, {{name}}", variables: ["name"] },
  { name: "kickoff", subject: "Your onboarding call on {{date}}", variables: ["name", "date"] },
];

const USERS = [
  { id: "801", name: "oferncastle", display_name: "Odalys Ferncastle" },
  { id: "802", name: "dhalloway", display_name: "Dmitar Halloway" },
];

/** Member Onboarding. Roles that are assigned last as long as the routes. */
export function createOnboarding(): readonly Route[] {
  const assigned = new Set(["801 702"]);
  const render: Route["answer"] = ({ body }) => {
    const template = TEMPLATES.find(({ name }) => name === body.template_name);
    if (!template) throw new Refusal(404, `There is no template named "${body.template_name}"`);
    const variables = Object.entries((body.variables ?? {}) as Record<string, string>);
    const fill = (text: string) =>
      variables.reduce((filled, [name, value]) => filled.replaceAll(`{{${name}}}`, () => value), text);
    return { body: { subject: fill(template.subject), body: fill("Hello {{name}}, this is the sandbox.") } };
  };
  return onboardingRoutes({
    roles: () => ({ body: ROLES }),
    role: ({ ids: [, name] }) => {
      const role = ROLES.find((one) => one.name.toLowerCase() === name?.toLowerCase());
      if (!role) throw new Refusal(404, `There is no role named "${name}"`);
      return { body: role };
    },
    findUser: ({ body }) => {
      const words = String(body.name).toLowerCase().split(/\s+/);
      const isMatch = (text: string) => words.some((word) => text.toLowerCase().includes(word));
      return { body: USERS.filter(({ name, display_name }) => isMatch(`${name} ${display_name}`)) };
    },
    hasRole: ({ ids: [, user, role] }) => ({ body: { has_role: assigned.has(`${user} ${role}`) } }),
    assignRole: ({ body }) => {
      // Only known ids, so that the set stays small.
      if (!USERS.some(({ id }) => id === body.user_id) || !ROLES.some(({ id }) => id === body.role_id))
        throw new Refusal(404, "There is no such user or role");
      assigned.add(`${body.user_id} ${body.role_id}`);
      return { body: { assigned: true } };
    },
    templates: () => ({ body: TEMPLATES }),
    render,
    send: (request) => {
      render(request);
      return { body: { sent_to: request.body.to_email, note: "The sandbox sends no email." } };
    },
  });
}

const METRICS = [
  { name: "total_contributors", description: "People who contributed, without bots", total: 312 },
  { name: "active_maintainers", description: "People who maintain a project now", total: 14 },
  { name: "current_memberships", description: "Memberships that are active now", total: 4 },
];

/** The totals of standard metrics. */
const STANDARD: Readonly<Record<string, number>> = { contributors: 312, maintainers: 14, memberships: 4 };

/** Shares of a total by the values of a dimension, in percent. */
const DIMENSIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  country__lf_region: { Europe: 45, "North America": 35, "Asia Pacific": 20 },
  project__slug: { harborlight: 50, kelp: 30, saltmarsh: 20 },
  metric_time__year: { "2025-01-01": 40, "2026-01-01": 60 },
};

/** Words of a question, and the answer. The first that matches wins. */
const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [
    /maintain/i,
    "Harborlight has 2 maintainers: Dmitar Halloway (Quillmoor Systems) and Yusra Calderwood (Tarnholt Energy). Kelp has 9, Saltmarsh 3.",
  ],
  [
    /contribut|commit/i,
    "312 people contributed in the last 12 months: 156 to Harborlight, 94 to Kelp and 62 to Saltmarsh. Quillmoor Systems contributed most.",
  ],
  [/event|summit|sponsor/i, "The last Tidewater Summit had 240 attendees and 6 sponsors."],
  [
    /mention|social|sentiment/i,
    "Harborlight was mentioned 1,130 times in the last 12 months, 71% positively.",
  ],
  [
    /member/i,
    "The foundation has 4 members: 1 Platinum, 1 Gold and 2 Silver. Together they pay 200,000 USD a year.",
  ],
];

const NO_ANSWER =
  "The sandbox has canned answers only. Ask about maintainers, contributors, events, social mentions or members.";

/** LFX Lens, with canned answers. */
export function createLens(): readonly Route[] {
  const unknown = (what: string, name: string): Refusal => new Refusal(400, `Unknown ${what}: ${name}`);
  const metricOf = (name: string) => {
    const metric = METRICS.find((one) => one.name === name);
    if (!metric) throw unknown("metric", name);
    return metric;
  };
  const sharesOf = (name: string) => {
    const shares = DIMENSIONS[name];
    if (!shares) throw unknown("dimension", name);
    return shares;
  };
  const matching = <T>(list: readonly T[], query: URLSearchParams): readonly T[] => {
    const search = (query.get("search") ?? "").toLowerCase();
    return list.filter((item) => JSON.stringify(item).toLowerCase().includes(search));
  };
  return lensRoutes({
    ask: ({ body }) => ({
      body: {
        content: `**scope**: the sandbox's foundation\n\n${ANSWERS.find(([words]) => words.test(String(body.message)))?.[1] ?? NO_ANSWER}`,
        status: "COMPLETED",
        session_id: body.session_id,
      },
    }),
    metrics: ({ query }) => {
      const metrics = METRICS.map(({ name, description }) => ({
        name,
        description,
        dimensions: Object.keys(DIMENSIONS),
      }));
      return { body: { metrics: matching(metrics, query) } };
    },
    dimensions: ({ query }) => {
      for (const name of (query.get("metrics") ?? "").split(",")) metricOf(name);
      return { body: { dimensions: matching(Object.keys(DIMENSIONS), query) } };
    },
    values: ({ query }) => {
      const shares = sharesOf(query.get("dimension") ?? "");
      return { body: { values: matching(Object.keys(shares), query) } };
    },
    query: ({ body }) => {
      const metrics = (body.metrics as string[]).map(metricOf);
      const [dimension] = (body.group_by ?? []) as string[];
      const rowOf = (share: number) =>
        Object.fromEntries(metrics.map(({ name, total }) => [name, Math.round((total * share) / 100)]));
      const rows = dimension
        ? Object.entries(sharesOf(dimension)).map(([value, share]) => ({
            [dimension]: value,
            ...rowOf(share),
          }))
        : [rowOf(100)];
      return { body: { rows: rows.slice(0, (body.limit as number | undefined) ?? rows.length) } };
    },
    standardMetric: ({ body: { metric } }) => {
      const total = STANDARD[String(metric)];
      const names = Object.keys(STANDARD).join(", ");
      if (total === undefined) throw new Refusal(400, `The sandbox has only the metrics ${names}`);
      return { body: { applied: { metric, scope: "The sandbox's foundation." }, data: [{ total }] } };
    },
  });
}
