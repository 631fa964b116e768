import * as z from "zod";
import { type AnyTool, defineTool, type ToolContext } from "../../../../mcp/tool.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import { GATES, POLICY, type PolicyRow, type ToolName } from "../../policy.ts";

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** What is there; of an input that was checked, what was blank is still there by its name. */
function withoutUndefined(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** What was given for a field; undefined where that is nothing. */
function givenFor(field: unknown, value: unknown): unknown {
  if (field instanceof z.ZodOptional) return isBlank(value) ? undefined : givenFor(field.unwrap(), value);
  if (!(field instanceof z.ZodObject && isObject(value))) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, givenFor(field.shape[name], part)]);
  return withoutUndefined(Object.fromEntries(parts));
}

/**
 * The same input, but that null and "" count as nothing wherever nothing need be given: many models name every
 * parameter, and mean by these that they leave it out. The JSON Schema stays the same, so that none is led to it.
 */
function blanksAllowed(input: z.ZodObject): z.ZodObject {
  return input.extend(
    Object.fromEntries(
      Object.entries(input.shape)
        .filter(([, field]) => field instanceof z.ZodOptional)
        .map(([name, field]) => [name, z.preprocess((value) => givenFor(field, value), field)]),
    ),
  );
}

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
export function lfxTool<Input extends z.ZodObject>(
  name: ToolName,
  parts: LfxToolParts<Input>,
): AnyTool<LfxApi> {
  const { title, kind, gate }: PolicyRow = POLICY[name];
  return defineTool<LfxApi, z.ZodObject, z.ZodObject>({
    name,
    title,
    kind,
    access: GATES[gate],
    ...parts,
    input: blanksAllowed(parts.input),
    // What is left of it without its blanks is what the tool's own schema makes of it.
    run: (input, context) => parts.run(withoutUndefined(input) as z.output<Input>, context),
  });
}
