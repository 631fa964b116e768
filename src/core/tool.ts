import type * as z from "zod";
import type { Access, Caller } from "./caller.ts";
import type { Deadline } from "./deadline.ts";

/** What a tool does to the world. Everything that hints at safety follows from this one word. */
export type ToolKind = "read" | "write" | "destructive";

/** What a tool is given besides its input. `Api` is its platform's client; tools see no header, socket or argv. */
export type ToolContext<Api> = {
  readonly api: Api;
  readonly caller: Caller;
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
  readonly output: Output;
  /** Returns what the platform answered; the boundary checks it against `output`. Throws `ToolError`. */
  run(input: z.output<Input>, context: ToolContext<Api>): Promise<unknown>;
};

/** A tool whose schemas are known only at run time, as the catalog holds it. */
export type AnyTool<Api> = Tool<Api, z.ZodObject, z.ZodObject>;

/** Identity that infers the schemas' types for `run`. */
export const defineTool = <Api, Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Api, Input, Output>,
): AnyTool<Api> => Object.freeze(tool) as AnyTool<Api>;
