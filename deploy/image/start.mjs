// Entry point of the image: picks the platform, registers the OpenTelemetry SDK if OTEL_* ask for it, and runs the program.
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { argumentsFor } from "./platform.mjs";

const program = fileURLToPath(new URL("../../bin/lightfast-mcp.js", import.meta.url));
try {
  process.argv.splice(1, process.argv.length, program, ...argumentsFor(process.argv.slice(2), process.env));
  // Loads nothing without an exporter.
  await import("../telemetry/register.mjs");
  createRequire(program)(program);
} catch (error) {
  process.stderr.write(`lightfast-mcp: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
