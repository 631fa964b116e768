import { onTestFinished } from "vitest";
import { createMetadataClient, type FetchJson } from "../../../src/auth/jwks.ts";
import { createLogger } from "../../../src/shared/logger.ts";

/** A metadata fetcher, closed at the end of the test. */
export function createFetchJson(): FetchJson {
  const { fetchJson: read, close } = createMetadataClient(
    {},
    createLogger("silent", () => {}),
  );
  onTestFinished(close);
  return read;
}
