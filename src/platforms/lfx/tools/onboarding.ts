import * as z from "zod";
import { pathOf } from "../path.ts";
import { askOnboarding, projectSlug, SLUG_LIMITS } from "./part-onboarding.ts";
import { lfxTool } from "./shared/define.ts";
import { id, text } from "./shared/fields.ts";
import { email } from "./shared/people.ts";

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
      path: pathOf`/discord/${slug}/roles`,
      doing: "list Discord roles",
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
      path: pathOf`/discord/${slug}/roles/${name}`,
      doing: "find Discord role",
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
      path: pathOf`/discord/${slug}/find-user`,
      json: person,
      doing: "find Discord user",
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
      path: pathOf`/discord/${slug}/users/${user}/roles/${role}`,
      doing: "check Discord user role",
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
      path: pathOf`/discord/${slug}/assign-role`,
      json: assignment,
      doing: "assign Discord role",
    }),
});

export const DISCORD_TOOLS = [listRoles, findRole, findUser, checkRole, assignRole];
