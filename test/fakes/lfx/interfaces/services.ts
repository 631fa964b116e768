import type { JsonObject } from "../../../../src/shared/json.ts";
import {
  email,
  integer,
  list,
  nonEmpty,
  oneOf,
  pattern,
  type RefusalBody,
  type Schemas,
  type Service,
  strictObject,
  string,
  text,
} from "./schema.ts";

/** FastAPI's errors. */
const detail: RefusalBody = (_, message) => ({ detail: message });

const ONBOARDING_REFUSALS = [404, 422, 500];
const DISCORD = "/member-onboarding/tools/discord/{slug}";
const MAIL = "/member-onboarding/tools/email/{slug}";
const template: Schemas = {
  template_name: nonEmpty,
  variables: { type: "object", additionalProperties: string },
};

/** Member Onboarding. It publishes no interface document. */
export const ONBOARDING_SERVICE: Service = {
  refusalBody: detail,
  operations: {
    [`GET ${DISCORD}/roles`]: { refusals: ONBOARDING_REFUSALS },
    [`GET ${DISCORD}/roles/{role_name}`]: { refusals: ONBOARDING_REFUSALS },
    [`POST ${DISCORD}/find-user`]: {
      json: strictObject({ name: nonEmpty, email }, "name"),
      refusals: ONBOARDING_REFUSALS,
    },
    [`GET ${DISCORD}/users/{user_id}/roles/{role_id}`]: { refusals: ONBOARDING_REFUSALS },
    [`POST ${DISCORD}/assign-role`]: {
      json: strictObject(
        { user_id: nonEmpty, user_name: nonEmpty, role_id: nonEmpty, role_name: nonEmpty },
        "user_id user_name role_id role_name",
      ),
      refusals: ONBOARDING_REFUSALS,
    },
    [`GET ${MAIL}/templates`]: { refusals: ONBOARDING_REFUSALS },
    [`POST ${MAIL}/render`]: {
      json: strictObject(template, "template_name"),
      refusals: ONBOARDING_REFUSALS,
    },
    [`POST ${MAIL}/send`]: {
      json: strictObject(
        { ...template, to_email: email, to_name: nonEmpty },
        "template_name to_email to_name",
      ),
      refusals: ONBOARDING_REFUSALS,
    },
  },
};

const LENS_REFUSALS = [422, 500];
const SEMANTICS = "/lfx-lens/semantic-layer";
const names = nonEmpty;
const search = nonEmpty;
const day: JsonObject = { type: "string", format: "date" };

/** LFX Lens 0.6.0. It publishes no interface document. */
export const LENS_SERVICE: Service = {
  refusalBody: detail,
  operations: {
    "POST /workflows/lfx-lens-mcp-workflow/runs": {
      form: strictObject(
        {
          message: nonEmpty,
          additional_data: strictObject(
            { project_slugs: list(text(128), { maxItems: 25 }) },
            "project_slugs",
          ),
          user_id: nonEmpty,
          session_id: pattern("^.+-\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"),
          stream: oneOf("false"),
          background: oneOf("false"),
        },
        "message additional_data user_id session_id stream background",
      ),
      refusals: LENS_REFUSALS,
    },
    [`GET ${SEMANTICS}/metrics`]: { query: { search }, refusals: LENS_REFUSALS },
    [`GET ${SEMANTICS}/dimensions`]: {
      query: { metrics: names, search },
      required: ["metrics"],
      refusals: LENS_REFUSALS,
    },
    [`GET ${SEMANTICS}/dimension-values`]: {
      query: { dimension: nonEmpty, metrics: names, search },
      required: ["dimension", "metrics"],
      refusals: LENS_REFUSALS,
    },
    [`POST ${SEMANTICS}/query`]: {
      json: strictObject(
        {
          metrics: list(nonEmpty, { minItems: 1 }),
          group_by: list(nonEmpty, { minItems: 1 }),
          where: list(nonEmpty, { minItems: 1, maxItems: 1 }),
          order_by: list(nonEmpty, { minItems: 1 }),
          limit: integer(1, Number.MAX_SAFE_INTEGER),
        },
        "metrics",
      ),
      refusals: LENS_REFUSALS,
    },
    [`POST ${SEMANTICS}/standard-metric`]: {
      json: strictObject(
        {
          metric: oneOf(
            "memberships, member_organizations, new_members, new_member_organizations, lost_member_organizations, " +
              "paying_member_organizations, membership_churn, contributors, contributions, contributing_organizations, " +
              "participants, maintainers, maintainer_contributions, project_health, software_value, event_registrations, " +
              "event_sponsorships, speakers, training_enrollments, certifications, social_mentions, social_reach",
          ),
          by: oneOf(
            "total, org, project, tier, country, region, event, course, type, platform, org_region, foundation, category, " +
              "population, network, sentiment, contributor, maintainer, role, source",
          ),
          project: nonEmpty,
          subprojects: oneOf("combined, separate, excluded"),
          org: nonEmpty,
          subsidiaries: oneOf("excluded, separate, combined"),
          start_date: day,
          end_date: day,
          period: oneOf("day, week, month, quarter, year"),
          order_by: list(nonEmpty, { minItems: 1 }),
          // An explicit 0 is sent, and rejected by Lens.
          limit: integer(0, Number.MAX_SAFE_INTEGER),
        },
        "metric",
      ),
      refusals: LENS_REFUSALS,
    },
  },
};
