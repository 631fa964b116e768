import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { ToolContext } from "../../../mcp/tool.ts";
import { encodePath, type LfxApi, type RestRequest } from "../api.ts";
import { textWithoutSecrets } from "../client/secrets.ts";
import { email, id, lfxTool, nonEmpty, oneOf, text } from "./shared/define.ts";

/** Starts with a letter or a digit, because `.` and `..` are special path segments. */
const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const projectSlug = nonEmpty(200)
  .refine(
    (slug) => SLUG.test(slug),
    "must be a slug: letters, digits, - _ and . only, with a letter or a digit first",
  )
  .describe("The project's slug, such as pytorch.");

const roleName = text("The role's name.", 100);
const roleId = id("The role's Discord id.");
const userId = id("The user's Discord id.");

export const ONBOARDING_TOOLS = [
  lfxTool("list_discord_roles", {
    description:
      "List the roles of a project's Discord server, with their ids. find_discord_role finds one by name.",
    input: z.strictObject({ project_slug: projectSlug }),
    run: ({ project_slug: slug }, context) =>
      callOnboarding(context, slug, "list Discord roles", encodePath`/discord/${slug}/roles`),
  }),
  lfxTool("find_discord_role", {
    description: "Find a role of a project's Discord server by its name; returns its id.",
    input: z.strictObject({ project_slug: projectSlug, role_name: roleName }),
    run: ({ project_slug: slug, role_name: role }, context) =>
      callOnboarding(context, slug, "find Discord role", encodePath`/discord/${slug}/roles/${role}`),
  }),
  lfxTool("find_discord_user", {
    description:
      "Find a person on a project's Discord server: up to five candidates, most similar first. The first may " +
      "be wrong: check all, and ask the user if several fit.",
    input: z.strictObject({
      project_slug: projectSlug,
      name: text("The person's name or Discord username.", 200),
      email: email("Email, if known.").optional(),
    }),
    run: ({ project_slug: slug, ...json }, context) => {
      const path = encodePath`/discord/${slug}/find-user`;
      return callOnboarding(context, slug, "find Discord user", path, { method: "POST", safe: true, json });
    },
  }),
  lfxTool("check_discord_user_role", {
    description: "Check whether a user of a project's Discord server has a role, before you assign it.",
    input: z.strictObject({ project_slug: projectSlug, user_id: userId, role_id: roleId }),
    run: ({ project_slug: slug, user_id: user, role_id: role }, context) =>
      callOnboarding(
        context,
        slug,
        "check Discord user role",
        encodePath`/discord/${slug}/users/${user}/roles/${role}`,
      ),
  }),
  lfxTool("assign_discord_role", {
    description:
      "Give a user of a project's Discord server a role, once the user has confirmed person and role. " +
      "find_discord_user and find_discord_role give the ids.",
    input: z.strictObject({
      project_slug: projectSlug,
      user_id: userId,
      user_name: text("The user's Discord name.", 200),
      role_id: roleId,
      role_name: roleName,
    }),
    run: ({ project_slug: slug, ...json }, context) => {
      const path = encodePath`/discord/${slug}/assign-role`;
      return callOnboarding(context, slug, "assign Discord role", path, { method: "POST", json });
    },
  }),
  lfxTool("list_email_templates", {
    description: "List a project's email templates with the variables of each.",
    input: z.strictObject({ project_slug: projectSlug }),
    run: ({ project_slug: slug }, context) =>
      callOnboarding(context, slug, "list email templates", encodePath`/email/${slug}/templates`),
  }),
  lfxTool("send_email", {
    description:
      "Preview or send an email from a project's template. Call it with mode draft, show the user the text, " +
      "and only with their consent call it with mode send. A sent email cannot be recalled, so never repeat " +
      "a call with an unknown outcome. list_email_templates lists the templates.",
    input: z.strictObject({
      project_slug: projectSlug,
      mode: oneOf(["draft", "send"], "draft sends nothing."),
      template_name: text("The template's name.", 200),
      variables: z
        .record(z.string().min(1).max(200), z.string().max(10_000))
        .optional()
        .describe("Strings by the template's variable names."),
      to_email: email("Required to send.").optional(),
      to_name: text("Required to send.", 200).optional(),
    }),
    run: async ({ project_slug: slug, mode, to_email, to_name, ...message }, context) => {
      if (mode === "draft") {
        const request = { method: "POST", safe: true, json: message } as const;
        return callOnboarding(context, slug, "draft email", encodePath`/email/${slug}/render`, request);
      }
      if (to_email === undefined || to_name === undefined)
        throw new ToolError("invalid_input", 'Mode "send" requires "to_email" and "to_name"', {
          hint: 'Nothing was sent. Give both, or use mode "draft".',
        });
      const request = { method: "POST", json: { to_email, to_name, ...message } } as const;
      return callOnboarding(context, slug, "send email", encodePath`/email/${slug}/send`, request);
    },
  }),
];

/** Calls Member Onboarding after LFX has confirmed write access to the project. @returns the response body, without join credentials */
async function callOnboarding(
  { api, progress }: ToolContext<LfxApi>,
  slug: string,
  operation: string,
  path: string,
  request: Pick<RestRequest, "method" | "json" | "safe"> = { method: "GET" },
): Promise<string> {
  progress({ message: "Checking the caller's access to the project", done: 0, total: 2 });
  const onboarding = await api.onboarding(slug);
  progress({ message: "Waiting for Member Onboarding", done: 1, total: 2 });
  const response = await onboarding.send({
    ...request,
    path: `/member-onboarding/tools${path}`,
    operation,
  });
  return textWithoutSecrets(response.text);
}
