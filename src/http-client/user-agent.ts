import process from "node:process";
import type { ClientInfo } from "../mcp/types.ts";
import { version } from "../version.ts";

const MAX_PART_LENGTH = 64;

/** `lightfast-mcp/<version> (<client name>/<version>; node/<version>)` */
export function userAgentFor(client: ClientInfo | undefined): string {
  const name = toToken(client?.name ?? "") || "unknown";
  const clientVersion = toToken(client?.version ?? "");
  const peer = clientVersion ? `${name}/${clientVersion}` : name;
  return `lightfast-mcp/${version} (${peer}; node/${process.versions.node})`;
}

/** Replaces what a header comment must not contain (RFC 9110, section 5.6.5). */
function toToken(text: string): string {
  return text.replaceAll(/[^\w.+-]+/g, "-").slice(0, MAX_PART_LENGTH);
}
