import type { EntryRules } from "../../clients/types.ts";
import type { Environment, GivenFlags, OptionRow } from "../../config/reader.ts";
import type { Runtime } from "../../doctor/context.ts";
import type { CheckReport } from "../../doctor/run.ts";
import type { ServerDefinition } from "../../mcp/server.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import type { ObserveRequest } from "../../shared/loopback-server.ts";

/** What the commands for people, such as `call`, need of a platform. */
export type CommandPlatform<Api> = {
  readonly tools: readonly ToolDefinition[];
  readonly entries: PlatformEntries;
  /** Returns the tools that a server with these flags offers. Needs no credentials. @throws SettingsError */
  listTools(flags: GivenFlags, env: Environment): readonly ToolDefinition[];
  /** Resolves the settings, logs their warnings, and returns the server for the local user. @throws SettingsError */
  openServer(flags: GivenFlags): Promise<ServerDefinition<Api, undefined>>;
  /** Prepares the checks of `doctor`. */
  diagnose(flags: GivenFlags, runtime: Runtime): Promise<RunDiagnosis>;
  startSandbox(options: SandboxOptions): Promise<RunningSandbox>;
};

/** What `install` needs to know. */
export type PlatformEntries = {
  readonly rules: EntryRules;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** The names of the options that an entry can contain. It cannot contain the credential. */
  readonly stored: readonly string[];
  /** Checks these options, because a server whose entry has an invalid one does not start. @throws SettingsError */
  checkStored(flags: GivenFlags): void;
  /** Whether the server finds a credential without the client's help. @param profile as the flag names it */
  hasStoredLogin(profile: string | undefined): boolean;
};

/** Runs checks, and calls its argument with each report. */
export type RunDiagnosis = (onReport?: (report: CheckReport) => void) => Promise<readonly CheckReport[]>;

type SandboxOptions = {
  readonly port: number;
  readonly corsOrigins: readonly string[];
  readonly observe?: ObserveRequest | undefined;
};

type RunningSandbox = {
  /** The settings of a server that uses it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that would keep a server from using it. */
  readonly conflicting: readonly string[];
  close(): Promise<void>;
};
