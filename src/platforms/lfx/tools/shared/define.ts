import * as z from "zod";
import { type AnyTool, defineTool, type ToolContext } from "../../../../mcp/tool.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import { GATES, POLICY, type PolicyRow, type ToolName } from "../../policy.ts";

/** What an LFX tool adds to its policy row. */
export type LfxToolParts<Input extends z.ZodObject> = {
  readonly description: string;
  readonly input: Input;
  /** Absent if the result is text. */
  readonly output?: z.ZodObject | undefined;
  readonly timeoutMs?: number | undefined;
  run(input: z.output<Input>, context: ToolContext<LfxApi>): Promise<unknown>;
};

/** Defines an LFX tool from its policy row and its own parts. */
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
    input: allowBlanks(parts.input),
    // Without the undefined fields, the input has the shape that the tool's own schema infers.
    run: (input, context) => parts.run(omitUndefined(input) as z.output<Input>, context),
  });
}

/**
 * Treats null and "" as absent in optional fields: many models send every parameter and use these to omit one. The JSON
 * Schema does not change, so that it does not encourage them.
 */
function allowBlanks(input: z.ZodObject): z.ZodObject {
  return input.extend(
    Object.fromEntries(
      Object.entries(input.shape)
        .filter(([, field]) => field instanceof z.ZodOptional)
        .map(([name, field]) => [name, z.preprocess((value) => omitBlanks(field, value), field)]),
    ),
  );
}

function omitBlanks(field: unknown, value: unknown): unknown {
  if (field instanceof z.ZodOptional) return isBlank(value) ? undefined : omitBlanks(field.unwrap(), value);
  if (!(field instanceof z.ZodObject && isObject(value))) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, omitBlanks(field.shape[name], part)]);
  return omitUndefined(Object.fromEntries(entries));
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function omitUndefined(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
