import type * as z from "zod";
import { type AnyTool, defineTool, type ToolContext } from "../../../../mcp/tool.ts";
import type { LfxApi } from "../../api.ts";
import { GATES, POLICY, type PolicyRow, type ToolName, titleOf } from "../../policy.ts";
import { blanksAllowed, withoutUndefined } from "./blanks.ts";

/** What a tool of LFX adds to its row in the policy. */
export type LfxToolParts<Input extends z.ZodObject> = {
  readonly description: string;
  readonly input: Input;
  /** Absent where the answer is text. */
  readonly output?: z.ZodObject | undefined;
  readonly timeoutMs?: number | undefined;
  run(input: z.output<Input>, context: ToolContext<LfxApi>): Promise<unknown>;
};

/** A tool of LFX: its row in the policy, and its own parts. */
export const lfxTool = <Input extends z.ZodObject>(
  name: ToolName,
  parts: LfxToolParts<Input>,
): AnyTool<LfxApi> => {
  const { kind, gate }: PolicyRow = POLICY[name];
  return defineTool<LfxApi, z.ZodObject, z.ZodObject>({
    name,
    title: titleOf(name),
    kind,
    access: GATES[gate],
    ...parts,
    input: blanksAllowed(parts.input),
    // What is left of it without its blanks is what the tool's own schema makes of it.
    run: (input, context) => parts.run(withoutUndefined(input) as z.output<Input>, context),
  });
};
