/** A call of send_email that sends. */
export const EMAIL = {
  project_slug: "tlf",
  mode: "send",
  template_name: "welcome",
  to_email: "dora@company.test",
  to_name: "Dora",
};

/** The question whether somebody may write to the project with the slug `tlf`. */
export function askedWhether(who: string) {
  return [`mcp > lfx: GET /query/resources as ${who}`, `mcp > lfx: POST /access-check as ${who}`];
}

/** What is sent once that is answered with yes. */
export const SENT_EMAIL = [
  "mcp > auth: client credentials for onboarding as itself, by private_key_jwt",
  "mcp > onboarding: POST /member-onboarding/tools/email/tlf/send as itself",
];
