import type { Environment, GivenFlags } from "../../config/reader.ts";
import type { ServerDefinition } from "../../mcp/server.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";

/** What the commands for people, such as `call`, need of a platform. */
export type CommandPlatform<Api> = {
  /** Returns the tools that a server with these flags offers. Needs no credentials. @throws SettingsError */
  listTools(flags: GivenFlags, env: Environment): readonly ToolDefinition[];
  /** Resolves the settings, logs their warnings, and returns the server for the local user. @throws SettingsError */
  openServer(flags: GivenFlags): Promise<ServerDefinition<Api, undefined>>;
  startSandbox(options: SandboxOptions): Promise<RunningSandbox>;
};

type SandboxOptions = { readonly port: number; readonly corsOrigins: readonly string[] };

type RunningSandbox = {
  /** The settings of a server that uses it. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
};
