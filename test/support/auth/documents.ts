import { onTestFinished } from "vitest";
import { createMetadataClient, type FetchJson } from "../../../src/auth/jwks.ts";
import { createLogger } from "../../../src/shared/logger.ts";

/** Reads documents as the servers do, until the test is over. */
export function documents(): FetchJson {
  const { fetchJson: read, close } = createMetadataClient(
    {},
    createLogger("silent", () => {}),
  );
  onTestFinished(close);
  return read;
}
