import type { Check } from "../check.ts";
import { ok } from "../finding.ts";
import { failedRequest } from "./refusals.ts";

/** Whether Lightfast takes the key. */
export const accepted: Check = {
  id: "accepted",
  title: "Key accepted",
  failure: "credentials",
  hint: "Create a key in Lightfast under Settings > API Keys.",
  needs: ["key", "health"],
  run: async ({ lightfast }, deadline) => {
    const { error } = await lightfast.health(deadline);
    return error ? failedRequest(error) : ok("Lightfast takes the key");
  },
};
