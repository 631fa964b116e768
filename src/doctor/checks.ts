import type { Check } from "./check.ts";
import { accepted } from "./checks/accepted.ts";
import { baseUrl } from "./checks/base-url.ts";
import { clientChecks } from "./checks/clients.ts";
import { clock } from "./checks/clock.ts";
import { dns } from "./checks/dns.ts";
import { handshake } from "./checks/handshake.ts";
import { health } from "./checks/health.ts";
import { key } from "./checks/key.ts";
import { node } from "./checks/node.ts";
import { organization } from "./checks/organization.ts";
import { packageVersion } from "./checks/package.ts";
import { proxy } from "./checks/proxy.ts";
import { settings } from "./checks/settings.ts";
import { tcp } from "./checks/tcp.ts";
import { tls } from "./checks/tls.ts";
import type { Subject } from "./subject.ts";

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
