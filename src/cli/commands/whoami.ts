import process from "node:process";
import { maskKey } from "../../platforms/lightfast/config/api-key.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import { createContext, createServer } from "../context.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { print } from "../output.ts";
import { callOnce, wordsOf } from "./one-call.ts";

/** Shows which key and address count here, where they came from, and whether Lightfast accepts them. */
export const whoami = async ({ json = false }: { json?: boolean }, flags: Flags): Promise<void> => {
  const context = await createContext(flags);
  const { credential, profile, baseUrl, baseUrlSource } = context.settings;
  const result = await callOnce(createServer(context), "lightfast_system_health", {});
  process.exitCode = exitCodeOf(result);
  const facts = {
    profile,
    apiKey: credential.state === "ready" ? maskKey(credential.key) : null,
    apiKeySource: credential.state === "ready" ? credential.source : null,
    baseUrl: baseUrl.href,
    baseUrlSource,
    accepted: !result.isError,
    message: result.isError ? wordsOf(result) : "accepted by Lightfast",
  };
  if (json) {
    print(JSON.stringify(facts));
    return;
  }
  print(`API key   ${facts.apiKey ?? "none"}${facts.apiKeySource ? ` (from ${facts.apiKeySource})` : ""}`);
  print(`Base URL  ${facts.baseUrl} (from ${facts.baseUrlSource})`);
  print(`Check     ${facts.message}`);
};
