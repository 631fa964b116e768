import type { Check } from "../check.ts";
import type { ServiceProbe } from "./services.ts";

/**
 * Returns the checks of a server over HTTP that a client's entry names, as a client without a token meets it.
 * @param _url as the entry has it
 * @param _name distinguishes several servers in ids and titles; empty for the only one
 */
export function remoteChecks(_url: string, _name: string, _probe: ServiceProbe): readonly Check<unknown>[] {
  return [];
}
