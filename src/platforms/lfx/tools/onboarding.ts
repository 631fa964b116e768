import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { ToolContext } from "../../../mcp/tool.ts";
import { isObject, parseJson, quotePart } from "../../../shared/json.ts";
import { encodePath, type LfxApi, type RestClient, type RestRequest } from "../api.ts";
import { textWithoutSecrets } from "../client/secrets.ts";
import { email, id, lfxTool, nonEmpty, oneOf, text } from "./shared/define.ts";
import { askTo, describeEmail, describeTarget, IRREVERSIBLE, quoteName } from "./shared/questions.ts";

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
    question: async ({ project_slug: slug, ...ids }, { api }) => {
      const onboarding = await api.onboarding(slug);
      const find = (operation: string, path: string, request?: OnboardingRequest) =>
        sendTo(onboarding, { operation, path, ...request });
      const roles = await find("list Discord roles", encodePath`/discord/${slug}/roles`);
      const users = await find("find Discord user", encodePath`/discord/${slug}/find-user`, {
        method: "POST",
        safe: true,
        json: { name: ids.user_name },
      });
      const user = nameDiscord(users, ids.user_id, ids.user_name);
      const role = nameDiscord(roles, ids.role_id, ids.role_name);
      const action = `Give the Discord user ${user} the role ${role} on the server of the project ${quoteName(slug)}`;
      return askTo(api, { action });
    },
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
    question: async ({ project_slug: slug, mode, to_email, to_name, ...message }, { api }) => {
      if (mode === "draft") return undefined;
      const to = requireRecipient({ to_email, to_name });
      const rendered = await sendTo(await api.onboarding(slug), {
        ...render(slug, message),
        operation: "draft email",
      });
      const recipient = `${quoteName(to.to_name)} (${describeEmail(to.to_email)})`;
      const source = `the template ${quoteName(message.template_name)} of the project ${quoteName(slug)}`;
      const texts = listTexts(rendered);
      const links = describeLinks(texts);
      const text = await askTo(api, {
        action: `Email ${recipient} from ${source}`,
        variables: message.variables,
        notes: [
          IRREVERSIBLE,
          ...(links ? [`Links: ${links}.`] : []),
          `The email reads: ${quotePart(texts.map(toPlainText).join(" | "), MAX_EXCERPT_CHARS)}.`,
        ],
      });
      return { text, basis: [links, ...texts.map(omitVolatile)].join(" ") };
    },
    run: async ({ project_slug: slug, mode, to_email, to_name, ...message }, context) => {
      if (mode === "draft") {
        const { path, ...request } = render(slug, message);
        return callOnboarding(context, slug, "draft email", path, request);
      }
      const json = { ...requireRecipient({ to_email, to_name }), ...message };
      const request = { method: "POST", json } as const;
      return callOnboarding(context, slug, "send email", encodePath`/email/${slug}/send`, request);
    },
  }),
];

type OnboardingRequest = Pick<RestRequest, "method" | "json" | "safe">;

/** Calls Member Onboarding after LFX has confirmed write access to the project. @returns the response body, without join credentials */
async function callOnboarding(
  { api, progress }: ToolContext<LfxApi>,
  slug: string,
  operation: string,
  path: string,
  request?: OnboardingRequest,
): Promise<string> {
  progress({ message: "Checking the caller's access to the project", done: 0, total: 2 });
  const onboarding = await api.onboarding(slug);
  progress({ message: "Waiting for Member Onboarding", done: 1, total: 2 });
  return sendTo(onboarding, { operation, path, ...request });
}

async function sendTo(
  onboarding: RestClient,
  { path, method = "GET", ...request }: Partial<OnboardingRequest> & Pick<RestRequest, "path" | "operation">,
): Promise<string> {
  const response = await onboarding.send({ ...request, method, path: `/member-onboarding/tools${path}` });
  return textWithoutSecrets(response.text);
}

type Message = {
  readonly template_name: string;
  readonly variables?: Readonly<Record<string, string>> | undefined;
};

function render(slug: string, json: Message) {
  return { path: encodePath`/email/${slug}/render`, method: "POST", safe: true, json } as const;
}

type Recipient<Value> = { readonly to_email: Value; readonly to_name: Value };

function requireRecipient({ to_email, to_name }: Recipient<string | undefined>): Recipient<string> {
  if (to_email !== undefined && to_name !== undefined) return { to_email, to_name };
  throw new ToolError("invalid_input", 'Mode "send" requires "to_email" and "to_name"', {
    hint: 'Nothing was sent. Give both, or use mode "draft".',
  });
}

/** Limits of what a question shows of an email: of its text in characters, and of the targets of its links. */
const MAX_EXCERPT_CHARS = 300;
const MAX_LINKS = 5;

/** The texts of a rendered email, whose format the service does not document, in their order. */
function listTexts(rendered: string): readonly string[] {
  return listValues(parseJson(rendered) ?? rendered).filter((value) => typeof value === "string");
}

/** How a text in HTML starts. Elsewhere, what is between < and > is read as it is. */
const HTML_START = /^\s*<(?:!doctype|html|head|body|style|table|div|p|span|center|h[1-6])(?=[\s>])/i;

/** What a browser shows none of, and nothing else: entities and comments stay, because some clients show what is in them. */
const HTML_TAG =
  /<style[^<>]*>[^<]*<\/style>|<!doctype[^<>]*>|<\/?[a-z][\w:-]*(?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'`=<>]+))?)*\s*\/?>/gi;

function toPlainText(text: string): string {
  return HTML_START.test(text) ? text.replaceAll(HTML_TAG, " ") : text;
}

const LINK = /\b(?:https?|mailto|tel|sms):[^\s"'<>]+/gi;

/** Where the links of an email lead, whatever their texts say. */
function describeLinks(texts: readonly string[]): string {
  const links = texts.flatMap((text) => text.match(LINK) ?? []);
  const targets = [...new Set(links.map((link) => describeTarget(link.replace(/[.,;:!?)\]]+$/, ""))))];
  const more = targets.length - MAX_LINKS;
  return `${targets.slice(0, MAX_LINKS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The words that a template renders each time: a time or an id has a digit. */
function omitVolatile(text: string): string {
  const words = text.split(/[\s<>"'&;:?#,]+/);
  return words.filter((word) => !/\d/.test(word)).join(" ");
}

/** The name that a response gives a Discord id, or else the given one, marked as such. */
function nameDiscord(response: string, id: string, given: string): string {
  const found = listValues(parseJson(response)).find(
    (value) => isObject(value) && ID_FIELDS.some((field) => String(value[field]) === id),
  );
  const names = isObject(found)
    ? NAME_FIELDS.map((field) => found[field]).filter((name) => typeof name === "string")
    : [];
  return names.length > 0
    ? quoteName([...new Set(names)].join(", "))
    : `${quoteName(given)} (id ${id}; name not confirmed)`;
}

/** The service documents no fields. */
const ID_FIELDS = ["id", "user_id", "role_id"];
const NAME_FIELDS = ["display_name", "name", "username", "user_name", "role_name"];

/** A parsed JSON value and all values in it, in their order. */
function listValues(value: unknown): readonly unknown[] {
  const parts = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return [value, ...parts.flatMap(listValues)];
}
