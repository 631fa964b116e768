import { TOOL_SCOPES } from "../../platforms/lightfast/scopes.ts";
import { pageOf } from "../../transports/http/landing-page.ts";

const NAME = "Lightfast MCP server";
const DOCUMENTATION = "https://lightfast.ai/docs/integrate/mcp";

/** What every client is told, however it proves who it is. */
export const front = (resourceUrl: URL, entry: string) => ({
  challengeScope: TOOL_SCOPES.join(" "),
  page: pageOf(resourceUrl, {
    name: "lightfast",
    heading: NAME,
    purpose: "it lets an AI client record signals in Lightfast and follow how they are classified.",
    entry,
    documentation: DOCUMENTATION,
  }),
});

/** Protected resource metadata (RFC 9728, section 2). */
export const metadataOf = (resourceUrl: URL, issuer: string) => ({
  resource: resourceUrl.href,
  authorization_servers: [issuer],
  scopes_supported: TOOL_SCOPES,
  bearer_methods_supported: ["header"],
  resource_name: NAME,
  resource_documentation: DOCUMENTATION,
});
