import type { Check } from "../check.ts";
import type { Subject } from "../context.ts";
import { accepted } from "./accepted.ts";
import { baseUrl } from "./base-url.ts";
import { clientChecks } from "./clients.ts";
import { clock } from "./clock.ts";
import { dns } from "./dns.ts";
import { key } from "./key.ts";
import { health } from "./lightfast.ts";
import { packageVersion } from "./local.ts";
import { tls } from "./network.ts";
import { node } from "./node.ts";
import { organization } from "./organization.ts";
import { handshake } from "./part-handshake.ts";
import { proxy } from "./proxy.ts";
import { settings } from "./settings.ts";
import { tcp } from "./tcp.ts";

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
export const checksFor = (subject: Subject): readonly Check[] => [...CHECKS, ...clientChecks(subject)];
