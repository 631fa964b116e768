import type { DoctorContext } from "../context.ts";
import type { Check } from "../run.ts";
import { clientChecks } from "./clients.ts";
import { handshake } from "./handshake.ts";
import { accepted, health, organization } from "./lightfast.ts";
import { baseUrl, clock, key, node, packageVersion, settings } from "./local.ts";
import { dns, tcp, tls } from "./network.ts";
import { proxy } from "./proxy.ts";

/** In the order in which they are carried out and shown: each stands on those before it. */
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

/** Every check that there is to carry out: the same for everybody, then one for each MCP client of this machine. */
export function checksFor(subject: DoctorContext): readonly Check[] {
  return [...CHECKS, ...clientChecks(subject)];
}
