import type * as z from "zod";
import type { Deadline } from "../shared/deadline.ts";

/** Who is calling. `Identity` is the platform's own type; the engine passes it on unread. */
export type Caller<Identity = unknown> = {
  /** Verified scopes and claims; `"all"` if the transport itself is trusted (stdio). */
  readonly grants: ReadonlySet<string> | "all";
  /** Verified identity; may appear in logs and audit events. */
  readonly identity: Identity;
  /** The caller's API key or token. Only the platform client reads it; never log or audit it. */
  readonly credential?: string;
};

/** What a tool asks of its caller: one of `anyOf`, and every one of `allOf`. */
export type Access = {
  readonly anyOf: readonly string[];
  readonly allOf?: readonly string[];
  /** What a caller who lacks it can do, where that is not to reconnect and grant it. */
  readonly advice?: string;
};

/** The local user, who started the program and holds its credentials. */
export const LOCAL_CALLER: Caller<undefined> = { grants: "all", identity: undefined };

/** The grants that `access` asks for and `caller` lacks; empty when the caller may pass. */
export function missingGrants(access: Access, caller: Caller): readonly string[] {
  const { grants } = caller;
  if (grants === "all") return [];
  const lacking = (access.allOf ?? []).filter((grant) => !grants.has(grant));
  const served = access.anyOf.length === 0 || access.anyOf.some((grant) => grants.has(grant));
  return served ? lacking : [...access.anyOf.slice(0, 1), ...lacking];
}

/**
 * What a tool does to the world: it looks, adds, sets a state that is given (twice is as once), or takes away and acts
 * for good. Everything that hints at safety follows from this one word.
 */
export type ToolKind = "read" | "write" | "update" | "destructive";

/** What a tool is given besides its input. `Api` is its platform's client; tools see no header, socket or argv. */
export type ToolContext<Api> = {
  readonly api: Api;
  readonly deadline: Deadline;
};

/** A tool as plain data plus one function. Wire form, docs and one-shot commands are projections of it. */
export type Tool<Api, Input extends z.ZodObject, Output extends z.ZodObject> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: ToolKind;
  readonly access: Access;
  readonly input: Input;
  /** Absent where the answer is a text for the reader, without fields. */
  readonly output?: Output | undefined;
  /** How long one call may take, in milliseconds, where it is not what the server gives every call. */
  readonly timeoutMs?: number | undefined;
  /**
   * Returns what the platform answered, which the boundary checks against `output`; without one, a text. Throws
   * `ToolError`.
   */
  run(input: z.output<Input>, context: ToolContext<Api>): Promise<unknown>;
};

/** A tool whose schemas are known only at run time, as the catalog holds it. */
export type AnyTool<Api> = Tool<Api, z.ZodObject, z.ZodObject>;

/** Identity that infers the schemas' types for `run`. */
export function defineTool<Api, Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Api, Input, Output>,
): AnyTool<Api> {
  return Object.freeze(tool) as AnyTool<Api>;
}
