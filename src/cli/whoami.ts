import process from "node:process";
import { LOCAL_CALLER } from "../core/caller.ts";
import type { ToolResult } from "../core/protocol.ts";
import { callTool } from "../core/server.ts";
import { maskKey } from "../settings/api-key.ts";
import type { Flags } from "../settings/options.ts";
import { type Context, createContext, createServer } from "./context.ts";
import { exitCodeOf } from "./exit.ts";
import { print } from "./output.ts";

const check = (context: Context): Promise<ToolResult> => {
  const signal = new AbortController().signal;
  return callTool(createServer(context), "lightfast_system_health", {}, { caller: LOCAL_CALLER, signal });
};

/** Shows which key and address count here, where they came from, and whether Lightfast accepts them. */
export const whoami = async ({ json = false }: { json?: boolean }, flags: Flags): Promise<void> => {
  const context = await createContext(flags);
  const { credential, profile, baseUrl, baseUrlSource } = context.settings;
  const result = await check(context);
  process.exitCode = exitCodeOf(result);
  const facts = {
    profile,
    apiKey: credential.state === "ready" ? maskKey(credential.key) : null,
    apiKeySource: credential.state === "ready" ? credential.source : null,
    baseUrl: baseUrl.href,
    baseUrlSource,
    accepted: !result.isError,
    message: result.isError ? result.content.map((block) => block.text).join("\n") : "accepted by Lightfast",
  };
  if (json) {
    print(JSON.stringify(facts));
    return;
  }
  print(`API key   ${facts.apiKey ?? "none"}${facts.apiKeySource ? ` (from ${facts.apiKeySource})` : ""}`);
  print(`Base URL  ${facts.baseUrl} (from ${facts.baseUrlSource})`);
  print(`Check     ${facts.message}`);
};
