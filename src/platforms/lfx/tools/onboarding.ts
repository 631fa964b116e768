import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { encodePath, type LfxApi, type RestRequest } from "../api.ts";
import { lfxTool } from "./shared/define.ts";
import { email, id, oneOf, text } from "./shared/fields.ts";

/** It begins with a letter or a digit, as a path takes `.` and `..` for its own. */
const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const projectSlug = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(200)
  .regex(SLUG, "must be a slug: letters, digits, - _ and . only, with a letter or a digit first")
  .describe("The project's slug, `pytorch` for instance; search_projects tells it.");

/** What tools say of it. */
const SLUG_LIMITS = "project_slug: the project's slug, such as pytorch; you need write access to it.";

/** Asks Member Onboarding, once LFX has said that the caller may write to the project. Its answer is a text as it is. */
async function askOnboarding(
  api: LfxApi,
  slug: string,
  request: Pick<RestRequest, "method" | "path" | "json" | "safe" | "operation">,
): Promise<string> {
  const onboarding = await api.onboarding(slug);
  const answer = await onboarding.send({ ...request, path: `/member-onboarding/tools${request.path}` });
  return answer.text;
}

const roleName = text("Name of the role, 1 to 100 characters.", 100);
const roleId = id("The role's id in Discord, as list_discord_roles or find_discord_role gives it.");
const userId = id("The user's id in Discord, as find_discord_user gives it.");

const listRoles = lfxTool("list_discord_roles", {
  description:
    "List the roles of a project's Discord server. Use it to see which roles there are before one is checked or " +
    `assigned; find_discord_role finds a single one by name. ${SLUG_LIMITS}`,
  input: z.strictObject({ project_slug: projectSlug }),
  run: ({ project_slug: slug }, { api }) =>
    askOnboarding(api, slug, {
      method: "GET",
      path: encodePath`/discord/${slug}/roles`,
      operation: "list Discord roles",
    }),
});

const findRole = lfxTool("find_discord_role", {
  description:
    "Find a role of a project's Discord server by its name. Use it to learn the role's id, which " +
    `check_discord_user_role and assign_discord_role need. ${SLUG_LIMITS} role_name: 1-100 characters.`,
  input: z.strictObject({ project_slug: projectSlug, role_name: roleName }),
  run: ({ project_slug: slug, role_name: name }, { api }) =>
    askOnboarding(api, slug, {
      method: "GET",
      path: encodePath`/discord/${slug}/roles/${name}`,
      operation: "find Discord role",
    }),
});

const findUser = lfxTool("find_discord_user", {
  description:
    "Find a person on a project's Discord server: up to five candidates, the most similar first. Use it to learn a " +
    "user's id. The first candidate need not be the right one: look at all of them, and ask the user where more than " +
    `one may be meant. ${SLUG_LIMITS} name: the person's name, 1-200 characters. email: e-mail address, if known.`,
  input: z.strictObject({
    project_slug: projectSlug,
    name: text("The person's name, or the user name in Discord.", 200),
    email: email("The person's e-mail address, if it is known.").optional(),
  }),
  run: ({ project_slug: slug, ...person }, { api }) =>
    askOnboarding(api, slug, {
      method: "POST",
      safe: true,
      path: encodePath`/discord/${slug}/find-user`,
      json: person,
      operation: "find Discord user",
    }),
});

const checkRole = lfxTool("check_discord_user_role", {
  description:
    "Tell whether a user of a project's Discord server holds a role. Use it before assign_discord_role, with the ids " +
    `that find_discord_user and find_discord_role give. ${SLUG_LIMITS} user_id: the user's id in Discord. ` +
    "role_id: the role's id in Discord.",
  input: z.strictObject({ project_slug: projectSlug, user_id: userId, role_id: roleId }),
  run: ({ project_slug: slug, user_id: user, role_id: role }, { api }) =>
    askOnboarding(api, slug, {
      method: "GET",
      path: encodePath`/discord/${slug}/users/${user}/roles/${role}`,
      operation: "check Discord user role",
    }),
});

const assignRole = lfxTool("assign_discord_role", {
  description:
    "Give a user of a project's Discord server a role. Use it in this order: find_discord_user, find_discord_role, " +
    "check_discord_user_role, and then this, once the user has agreed to the person and the role. " +
    `${SLUG_LIMITS} user_id: the user's id in Discord. user_name: the user's name there, 1-200 characters. ` +
    "role_id: the role's id in Discord. role_name: the role's name, 1-100 characters.",
  input: z.strictObject({
    project_slug: projectSlug,
    user_id: userId,
    user_name: text("The user's name in Discord, as find_discord_user gives it.", 200),
    role_id: roleId,
    role_name: roleName,
  }),
  run: ({ project_slug: slug, ...assignment }, { api }) =>
    askOnboarding(api, slug, {
      method: "POST",
      path: encodePath`/discord/${slug}/assign-role`,
      json: assignment,
      operation: "assign Discord role",
    }),
});

export const DISCORD_TOOLS = [listRoles, findRole, findUser, checkRole, assignRole];

const listTemplates = lfxTool("list_email_templates", {
  description:
    "List the e-mail templates of a project, with the variables that each takes. Use it before send_email. " +
    SLUG_LIMITS,
  input: z.strictObject({ project_slug: projectSlug }),
  run: ({ project_slug: slug }, { api }) =>
    askOnboarding(api, slug, {
      method: "GET",
      path: encodePath`/email/${slug}/templates`,
      operation: "list email templates",
    }),
});

/** @throws ToolError `invalid_input` where nobody is named */
function addresseeOf(to_email: string | undefined, to_name: string | undefined) {
  if (to_email !== undefined && to_name !== undefined) return { to_email, to_name };
  throw new ToolError("invalid_input", "The mode `send` needs `to_email` and `to_name`", {
    hint: "Nothing was sent. Give both, or use the mode `draft`.",
  });
}

const sendEmail = lfxTool("send_email", {
  description:
    "Preview or send an e-mail made of one of a project's templates. Use it in this order: list_email_templates, then " +
    "mode draft, show the user the text, and only after consent mode send. A sent e-mail cannot be called back, so " +
    `never repeat a call whose outcome is unknown. ${SLUG_LIMITS} mode: draft (previews, sends nothing) or send. ` +
    "template_name: as list_email_templates tells it. variables: object of texts by the template's variable names. " +
    "to_email: address of who gets it, required by send. to_name: name of who gets it, required by send.",
  input: z.strictObject({
    project_slug: projectSlug,
    mode: oneOf(["draft", "send"], "draft previews and sends nothing."),
    template_name: text("Name of the template, as list_email_templates tells it.", 200),
    variables: z
      .record(z.string().min(1).max(200), z.string().max(10_000))
      .optional()
      .describe(
        "Values of the template's variables by their names; texts all of them, of at most 10000 characters.",
      ),
    to_email: email("E-mail address of who gets it; required by the mode send.").optional(),
    to_name: text("Name of who gets it; required by the mode send.", 200).optional(),
  }),
  run: async ({ project_slug: slug, mode, to_email, to_name, ...message }, { api }) => {
    if (mode === "draft") {
      const path = encodePath`/email/${slug}/render`;
      return askOnboarding(api, slug, {
        method: "POST",
        path,
        json: message,
        safe: true,
        operation: "draft email",
      });
    }
    const json = { ...addresseeOf(to_email, to_name), ...message };
    const path = encodePath`/email/${slug}/send`;
    return askOnboarding(api, slug, { method: "POST", path, json, operation: "send email" });
  },
});

export const EMAIL_TOOLS = [listTemplates, sendEmail];
