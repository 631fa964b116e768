import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { encodePath, type LfxApi, type RestRequest } from "../api.ts";
import { email, id, lfxTool, nonEmpty, oneOf, text } from "./shared/define.ts";

/** Starts with a letter or a digit, because `.` and `..` are special path segments. */
const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const projectSlug = nonEmpty(200)
  .regex(SLUG, "must be a slug: letters, digits, - _ and . only, with a letter or a digit first")
  .describe("The project's slug, such as pytorch, from search_projects.");

const SLUG_TEXT = "project_slug: the project's slug, such as pytorch; you need write access to it.";

const roleName = text("Name of the role, 1 to 100 characters.", 100);
const roleId = id("The role's Discord id, from list_discord_roles or find_discord_role.");
const userId = id("The user's Discord id, from find_discord_user.");

export const ONBOARDING_TOOLS = [
  lfxTool("list_discord_roles", {
    description:
      "List the roles of a project's Discord server. Use it to see the available roles before you check or assign " +
      `one; find_discord_role finds one by name. ${SLUG_TEXT}`,
    input: z.strictObject({ project_slug: projectSlug }),
    run: ({ project_slug: slug }, { api }) =>
      callOnboarding(api, slug, "list Discord roles", encodePath`/discord/${slug}/roles`),
  }),
  lfxTool("find_discord_role", {
    description:
      "Find a role of a project's Discord server by name. Use it to get the role id for check_discord_user_role and " +
      `assign_discord_role. ${SLUG_TEXT} role_name: 1-100 characters.`,
    input: z.strictObject({ project_slug: projectSlug, role_name: roleName }),
    run: ({ project_slug: slug, role_name: role }, { api }) =>
      callOnboarding(api, slug, "find Discord role", encodePath`/discord/${slug}/roles/${role}`),
  }),
  lfxTool("find_discord_user", {
    description:
      "Find a person on a project's Discord server: up to five candidates, most similar first. Use it to get a user " +
      `id. The first candidate may be wrong: check all of them, and ask the user if several fit. ${SLUG_TEXT} name: ` +
      "the person's name, 1-200 characters. email: email address, if known.",
    input: z.strictObject({
      project_slug: projectSlug,
      name: text("The person's name or Discord username.", 200),
      email: email("The person's email address, if known.").optional(),
    }),
    run: ({ project_slug: slug, ...json }, { api }) => {
      const path = encodePath`/discord/${slug}/find-user`;
      return callOnboarding(api, slug, "find Discord user", path, { method: "POST", safe: true, json });
    },
  }),
  lfxTool("check_discord_user_role", {
    description:
      "Check whether a user of a project's Discord server has a role. Use it before assign_discord_role, with the " +
      `ids from find_discord_user and find_discord_role. ${SLUG_TEXT} user_id: the user's Discord id. role_id: the ` +
      "role's Discord id.",
    input: z.strictObject({ project_slug: projectSlug, user_id: userId, role_id: roleId }),
    run: ({ project_slug: slug, user_id: user, role_id: role }, { api }) =>
      callOnboarding(
        api,
        slug,
        "check Discord user role",
        encodePath`/discord/${slug}/users/${user}/roles/${role}`,
      ),
  }),
  lfxTool("assign_discord_role", {
    description:
      "Give a user of a project's Discord server a role. Use it in this order: find_discord_user, " +
      "find_discord_role, check_discord_user_role, then this tool, after the user has confirmed the person and the " +
      `role. ${SLUG_TEXT} user_id: the user's Discord id. user_name: the user's Discord name, 1-200 characters. ` +
      "role_id: the role's Discord id. role_name: the role's name, 1-100 characters.",
    input: z.strictObject({
      project_slug: projectSlug,
      user_id: userId,
      user_name: text("The user's Discord name, from find_discord_user.", 200),
      role_id: roleId,
      role_name: roleName,
    }),
    run: ({ project_slug: slug, ...json }, { api }) => {
      const path = encodePath`/discord/${slug}/assign-role`;
      return callOnboarding(api, slug, "assign Discord role", path, { method: "POST", json });
    },
  }),
  lfxTool("list_email_templates", {
    description: `List the email templates of a project with their variables. Use it before send_email. ${SLUG_TEXT}`,
    input: z.strictObject({ project_slug: projectSlug }),
    run: ({ project_slug: slug }, { api }) =>
      callOnboarding(api, slug, "list email templates", encodePath`/email/${slug}/templates`),
  }),
  lfxTool("send_email", {
    description:
      "Preview or send an email from a project's template. Use it in this order: list_email_templates, then mode " +
      "draft, show the user the text, and only with their consent mode send. A sent email cannot be recalled, so " +
      `never repeat a call with an unknown outcome. ${SLUG_TEXT} mode: draft (previews, sends nothing) or send. ` +
      "template_name: from list_email_templates. variables: object of strings by the template's variable names. " +
      "to_email: recipient's address, required for send. to_name: recipient's name, required for send.",
    input: z.strictObject({
      project_slug: projectSlug,
      mode: oneOf(["draft", "send"], "draft previews and sends nothing."),
      template_name: text("Name of the template, from list_email_templates.", 200),
      variables: z
        .record(z.string().min(1).max(200), z.string().max(10_000))
        .optional()
        .describe(
          "Values of the template's variables by name (1-200 characters): strings of up to 10000 characters.",
        ),
      to_email: email("Recipient's email address; required for mode send.").optional(),
      to_name: text("Recipient's name; required for mode send.", 200).optional(),
    }),
    run: async ({ project_slug: slug, mode, to_email, to_name, ...message }, { api }) => {
      if (mode === "draft") {
        const request = { method: "POST", safe: true, json: message } as const;
        return callOnboarding(api, slug, "draft email", encodePath`/email/${slug}/render`, request);
      }
      if (to_email === undefined || to_name === undefined)
        throw new ToolError("invalid_input", 'Mode "send" requires "to_email" and "to_name"', {
          hint: 'Nothing was sent. Give both, or use mode "draft".',
        });
      const request = { method: "POST", json: { to_email, to_name, ...message } } as const;
      return callOnboarding(api, slug, "send email", encodePath`/email/${slug}/send`, request);
    },
  }),
];

/** Calls Member Onboarding after LFX has confirmed write access to the project. @returns the response body as is */
async function callOnboarding(
  api: LfxApi,
  slug: string,
  operation: string,
  path: string,
  request: Pick<RestRequest, "method" | "json" | "safe"> = { method: "GET" },
): Promise<string> {
  const onboarding = await api.onboarding(slug);
  const response = await onboarding.send({
    ...request,
    path: `/member-onboarding/tools${path}`,
    operation,
  });
  return response.text;
}
