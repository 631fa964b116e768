import * as z from "zod";
import type { LfxApi, RestRequest } from "../api.ts";

/** It begins with a letter or a digit, as a path takes `.` and `..` for its own. */
const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export const projectSlug = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(200)
  .regex(SLUG, "must be a slug: letters, digits, - _ and . only, with a letter or a digit first")
  .describe("The project's slug, `pytorch` for instance; search_projects tells it.");

/** What tools say of it. */
export const SLUG_LIMITS = "project_slug: the project's slug, such as pytorch; you need write access to it.";

/** Asks Member Onboarding, once LFX has said that the caller may write to the project. Its answer is a text as it is. */
export const askOnboarding = async (
  api: LfxApi,
  slug: string,
  request: Pick<RestRequest, "method" | "path" | "json" | "safe" | "doing">,
): Promise<string> => {
  const onboarding = await api.onboarding(slug);
  const answer = await onboarding.send({ ...request, path: `/member-onboarding/tools${request.path}` });
  return answer.text;
};
