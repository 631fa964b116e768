import process from "node:process";
import { SettingsError } from "../../config/resolve.ts";
import { startSandbox } from "../../platforms/lightfast/sandbox/server.ts";
import { SIGNALS } from "../../transports/shutdown.ts";
import { print } from "../output.ts";

const MAX_PORT = 65_535;

/** Runs the emulator until it is told to stop, and prints where it is and the key it takes. */
export async function sandbox({ port }: { port: string }): Promise<void> {
  if (!/^\d+$/.test(port) || Number(port) > MAX_PORT) {
    throw new SettingsError([`--port must be a whole number from 0 to ${MAX_PORT}.`]);
  }
  const running = await startSandbox({ port: Number(port) });
  print(`LIGHTFAST_BASE_URL=${running.url.origin}\nLIGHTFAST_API_KEY=${running.readyKey}`);
  for (const signal of SIGNALS) {
    process.once(signal, () => void running.close().finally(() => process.exit(0)));
  }
}
