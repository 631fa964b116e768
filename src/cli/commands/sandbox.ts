import process from "node:process";
import { parsePort } from "../../config/http.ts";
import { parseOrigins } from "../../config/parsers.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { print } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";

export type SandboxOptions = { readonly port: string; readonly cors?: readonly string[] };

/** Runs a platform's emulator until a signal stops it, and prints the variables with which a server uses it. */
export async function sandbox<Api>(
  { startSandbox }: CommandPlatform<Api>,
  { port, cors = [] }: SandboxOptions,
): Promise<void> {
  const parsed = parsePort({ value: port, source: "--port" });
  if ("problem" in parsed) throw invalidSetting("--port", parsed.problem);
  const origins = parseOrigins({ value: cors.join(","), source: "--cors" });
  if ("problem" in origins) throw invalidSetting("--cors", origins.problem);
  const { variables, close } = await startSandbox({ port: parsed.value, corsOrigins: origins.value });
  print(
    Object.entries(variables)
      .map((pair) => pair.join("="))
      .join("\n"),
  );
  for (const signal of SIGNALS) {
    process.once(signal, () => void close().finally(() => process.exit(0)));
  }
}
