import process from "node:process";
import { parsePort } from "../../config/http.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { startSandbox } from "../../platforms/lightfast/sandbox/server.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { print } from "../output.ts";

/** Runs the emulator until a signal stops it, and prints its URL and a key. */
export async function sandbox({ port }: { port: string }): Promise<void> {
  const parsed = parsePort({ value: port, source: "--port" });
  if ("problem" in parsed) throw invalidSetting("--port", parsed.problem);
  const running = await startSandbox({ port: parsed.value });
  print(`LIGHTFAST_BASE_URL=${running.url.origin}\nLIGHTFAST_API_KEY=${running.readyKey}`);
  for (const signal of SIGNALS) {
    process.once(signal, () => void running.close().finally(() => process.exit(0)));
  }
}
