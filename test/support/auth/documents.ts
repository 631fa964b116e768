import { onTestFinished } from "vitest";
import { createDocuments, type ReadDocument } from "../../../src/auth/jwks.ts";
import { createLogger } from "../../../src/shared/logger.ts";

/** Reads documents as the servers do, until the test is over. */
export function documents(): ReadDocument {
  const { read, close } = createDocuments(
    {},
    createLogger("silent", () => {}),
  );
  onTestFinished(close);
  return read;
}
