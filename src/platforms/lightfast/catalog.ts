import { createCatalog } from "../../mcp/catalog.ts";
import type { Implementation } from "../../mcp/types.ts";
import { version } from "../../version.ts";
import { CARDS } from "./cards.generated.ts";
import { INSTRUCTIONS } from "./instructions.ts";

const SERVER_INFO: Implementation = {
  name: "lightfast",
  title: "Lightfast",
  version,
  description: "Record signals and follow how they are classified and routed.",
  websiteUrl: "https://lightfast.ai",
};

/** The list changes only with the version, and is the same for all who may do the same. */
const CACHING = { ttlMs: 300_000, cacheScope: "public" } as const;

/** What every client sees of Lightfast, whichever way it comes in. The tools' code is loaded at the first call of one. */
export const lightfastSurface = () => ({
  info: SERVER_INFO,
  instructions: INSTRUCTIONS,
  caching: CACHING,
  catalog: createCatalog(CARDS, async () => (await import("./tools.ts")).TOOLS),
});
