import process from "node:process";
import { parsePort } from "../../config/http.ts";
import { parseOrigins } from "../../config/parsers.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { startSandbox } from "../../platforms/lightfast/sandbox/server.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { print } from "../output.ts";

/** Runs the emulator until a signal stops it, and prints its URL and a key. */
export async function sandbox({
  port,
  cors = [],
}: {
  port: string;
  cors?: readonly string[];
}): Promise<void> {
  const parsed = parsePort({ value: port, source: "--port" });
  if ("problem" in parsed) throw invalidSetting("--port", parsed.problem);
  const origins = parseOrigins({ value: cors.join(","), source: "--cors" });
  if ("problem" in origins) throw invalidSetting("--cors", origins.problem);
  const running = await startSandbox({ port: parsed.value, corsOrigins: origins.value });
  print(`LIGHTFAST_BASE_URL=${running.url.origin}\nLIGHTFAST_API_KEY=${running.readyKey}`);
  for (const signal of SIGNALS) {
    process.once(signal, () => void running.close().finally(() => process.exit(0)));
  }
}
