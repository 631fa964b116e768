import { createCatalog } from "../core/catalog.ts";
import type { Implementation } from "../core/protocol.ts";
import { version } from "../version.ts";
import { CARDS } from "./cards.generated.ts";
import { INSTRUCTIONS } from "./instructions.ts";

const SERVER_INFO: Implementation = {
  name: "lightfast",
  title: "Lightfast",
  version,
  description: "Record signals and follow how they are classified and routed.",
  websiteUrl: "https://lightfast.ai",
};

/** What every client sees of Lightfast, whichever way it comes in. The tools' code is loaded at the first call of one. */
export const lightfastSurface = () => ({
  info: SERVER_INFO,
  instructions: INSTRUCTIONS,
  catalog: createCatalog(CARDS, async () => (await import("./tools.ts")).TOOLS),
});
