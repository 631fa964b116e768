import type { Check } from "../check.ts";
import { ok, warning } from "../finding.ts";
import { failedRequest } from "./refusals.ts";

/** Asks for a signal that does not exist: only an organization that is set up gets to hear that. */
export const organization: Check = {
  id: "organization",
  title: "Organization set up",
  failure: "credentials",
  hint: "An admin must finish the organization's setup in Lightfast.",
  needs: ["accepted"],
  run: async ({ lightfast }, deadline) => {
    const { error } = await lightfast.noSignal(deadline);
    if (!error || error.code === "not_found") return ok("signals can be read");
    // The API looks at the setup before it looks at the permission.
    if (error.code === "insufficient_scope") {
      return warning("The setup is finished, but this key may not read signals.", { hint: error.hint });
    }
    return failedRequest(error);
  },
};
