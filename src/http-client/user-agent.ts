import process from "node:process";
import type { ClientInfo } from "../mcp/types.ts";
import { version } from "../version.ts";

const MAX_PART = 64;

/** What a client calls itself, cut down to what may stand in a header's comment (RFC 9110, section 5.6.5). */
function part(text: string): string {
  return text.replaceAll(/[^\w.+-]+/g, "-").slice(0, MAX_PART);
}

/** `lightfast-mcp/<version> (<client name>/<version>; node/<version>)` */
export function userAgentFor(client: ClientInfo | undefined): string {
  const name = part(client?.name ?? "") || "unknown";
  const clientVersion = part(client?.version ?? "");
  const peer = clientVersion ? `${name}/${clientVersion}` : name;
  return `lightfast-mcp/${version} (${peer}; node/${process.versions.node})`;
}
