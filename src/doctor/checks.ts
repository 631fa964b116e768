import type { Check } from "./check.ts";
import { clientChecks } from "./checks/clients.ts";
import { handshake } from "./checks/handshake.ts";
import { accepted, health, organization } from "./checks/lightfast.ts";
import { baseUrl, clock, key, node, packageVersion, settings } from "./checks/local.ts";
import { dns, proxy, tcp, tls } from "./checks/network.ts";
import type { DoctorContext } from "./context.ts";

/** In the order in which they run: each can depend on the ones before it. */
const CHECKS: readonly Check[] = [
  node,
  packageVersion,
  settings,
  key,
  baseUrl,
  proxy,
  dns,
  tcp,
  tls,
  health,
  accepted,
  organization,
  clock,
  handshake,
];

/** Returns all checks, including one for each MCP client on this machine. */
export function createChecks(context: DoctorContext): readonly Check[] {
  return [...CHECKS, ...clientChecks(context)];
}
