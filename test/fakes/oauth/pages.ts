import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Interaction, Provider } from "oidc-provider";

/** A consent that a person gave. */
export type Consent = { readonly grantId: string; readonly clientId: string; readonly account: string };

function form(inside: string): string {
  return `<!doctype html><title>Authorization</title><form method="post">${inside}<button>Continue</button></form>`;
}

function checkbox(scope: string): string {
  return `<label><input type="checkbox" name="scope" value="${scope}">${scope}</label>`;
}

function renderPage({ prompt }: Interaction): string {
  if (prompt.name === "login") return form(`<input name="login">`);
  const scopes = Object.values(prompt.details.missingResourceScopes ?? {}).flat();
  return form(`<input type="hidden" name="consent" value="yes">${scopes.map(checkbox).join("")}`);
}

/**
 * The login page, which accepts any name, and the consent page, where no ticked scope means a denial. Scopes without a
 * resource (`openid` and the like) are always granted.
 */
export function createPages(
  provider: Provider,
  onConsent: (consent: Consent) => void,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const saveConsent = async ({ prompt, params, session }: Interaction, ticked: readonly string[]) => {
    const resources = Object.entries(prompt.details.missingResourceScopes ?? {});
    if (resources.length > 0 && ticked.length === 0) return { error: "access_denied" };
    const account = session?.accountId ?? "";
    const grant = new provider.Grant({ accountId: account, clientId: params.client_id });
    grant.addOIDCScope(prompt.details.missingOIDCScope?.join(" ") ?? "");
    for (const [resource, scopes] of resources) {
      const refused = scopes.filter((scope) => !ticked.includes(scope));
      grant.addResourceScope(resource, scopes.join(" "));
      if (refused.length > 0) grant.rejectResourceScope(resource, refused.join(" "));
    }
    const grantId = await grant.save();
    onConsent({ grantId, clientId: params.client_id, account });
    return { consent: { grantId } };
  };

  return async (request, response) => {
    const interaction = await provider.interactionDetails(request, response);
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(renderPage(interaction));
      return;
    }
    const fields = new URLSearchParams(await text(request));
    const result =
      interaction.prompt.name === "login"
        ? { login: { accountId: fields.get("login") } }
        : await saveConsent(interaction, fields.getAll("scope"));
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  };
}
