/** Arguments of a send_email call in mode send. */
export const EMAIL = {
  project_slug: "tlf",
  mode: "send",
  template_name: "welcome",
  to_email: "dora@company.test",
  to_name: "Dora",
};

/** The requests that check write access to the project `tlf`. */
export function accessCheckAs(who: string) {
  return [`mcp > lfx: GET /query/resources as ${who}`, `mcp > lfx: POST /access-check as ${who}`];
}

/** The requests that follow a successful check. */
export const SENT_EMAIL = [
  "mcp > auth: client credentials for onboarding as itself, by private_key_jwt",
  "mcp > onboarding: POST /member-onboarding/tools/email/tlf/send as itself",
];
