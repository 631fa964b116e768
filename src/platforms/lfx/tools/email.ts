import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { pathOf } from "../path.ts";
import { askOnboarding, projectSlug, SLUG_LIMITS } from "./part-onboarding.ts";
import { lfxTool } from "./shared/define.ts";
import { text, word } from "./shared/fields.ts";
import { email } from "./shared/people.ts";

const listTemplates = lfxTool("list_email_templates", {
  description:
    "List the e-mail templates of a project, with the variables that each takes. Use it before send_email. " +
    SLUG_LIMITS,
  input: z.strictObject({ project_slug: projectSlug }),
  run: ({ project_slug: slug }, { api }) =>
    askOnboarding(api, slug, {
      method: "GET",
      path: pathOf`/email/${slug}/templates`,
      doing: "list email templates",
    }),
});

/** @throws ToolError `invalid_input` where nobody is named */
const addresseeOf = (to_email: string | undefined, to_name: string | undefined) => {
  if (to_email !== undefined && to_name !== undefined) return { to_email, to_name };
  throw new ToolError("invalid_input", "The mode `send` needs `to_email` and `to_name`", {
    hint: "Nothing was sent. Give both, or use the mode `draft`.",
  });
};

const sendEmail = lfxTool("send_email", {
  description:
    "Preview or send an e-mail made of one of a project's templates. Use it in this order: list_email_templates, then " +
    "mode draft, show the user the text, and only after consent mode send. A sent e-mail cannot be called back, so " +
    `never repeat a call whose outcome is unknown. ${SLUG_LIMITS} mode: draft (previews, sends nothing) or send. ` +
    "template_name: as list_email_templates tells it. variables: object of texts by the template's variable names. " +
    "to_email: address of who gets it, required by send. to_name: name of who gets it, required by send.",
  input: z.strictObject({
    project_slug: projectSlug,
    mode: word(["draft", "send"], "draft previews and sends nothing."),
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
      const path = pathOf`/email/${slug}/render`;
      return askOnboarding(api, slug, {
        method: "POST",
        path,
        json: message,
        safe: true,
        doing: "draft email",
      });
    }
    const json = { ...addresseeOf(to_email, to_name), ...message };
    const path = pathOf`/email/${slug}/send`;
    return askOnboarding(api, slug, { method: "POST", path, json, doing: "send email" });
  },
});

export const EMAIL_TOOLS = [listTemplates, sendEmail];
