import * as z from "zod";
import { type AnyTool, defineTool } from "../../mcp/tool.ts";
import type { LightfastApi } from "./api.ts";
import { POLICY } from "./policy.ts";
import { createdSignal, health, signal, signalId, signalInput } from "./schemas.ts";

/** The row of a tool: the part of it that the policy decides. */
function row({ tool, kind, access }: (typeof POLICY)[ExposedName]) {
  return { name: tool, kind, access };
}

type ExposedName = {
  [P in keyof typeof POLICY]: (typeof POLICY)[P] extends { exposed: true } ? P : never;
}[keyof typeof POLICY];

const systemHealth = defineTool<LightfastApi, z.ZodObject, typeof health>({
  ...row(POLICY["system.health"]),
  title: "Check the Lightfast connection",
  description:
    "Check that Lightfast is reachable and accepts the configured credentials. Use it once when another Lightfast " +
    "tool fails, or when the user asks whether Lightfast is connected; not before every call. Takes no parameters.",
  // Not strict: some clients invent an argument for tools without parameters, and there is none to misspell.
  input: z.object({}),
  output: health,
  run: (_, { api }) => api.health(),
});

const createInput = z.strictObject({ input: signalInput });

const signalsCreate = defineTool<LightfastApi, typeof createInput, typeof createdSignal>({
  ...row(POLICY["signals.create"]),
  title: "Create a signal",
  description:
    "Record a signal in the connected Lightfast organization: a piece of free text that may deserve action, such as " +
    "customer feedback, a promise, a blocker, an idea or a reminder. Use it when the user asks to record, capture, " +
    "note or send something to Lightfast. Returns at once with the id and status queued; classification takes " +
    "seconds to minutes, so follow it with lightfast_signals_get only if the outcome is wanted. Every call makes a " +
    "new signal, so never repeat a call that succeeded or whose outcome is unknown. " +
    "input: 1-4000 characters after trimming.",
  input: createInput,
  output: createdSignal,
  run: ({ input }, { api }) => api.createSignal(input),
});

const getInput = z.strictObject({ id: signalId });

const signalsGet = defineTool<LightfastApi, typeof getInput, typeof signal>({
  ...row(POLICY["signals.get"]),
  title: "Get a signal",
  description:
    "Read one signal of the connected Lightfast organization by its id: its text, status (queued, processing, " +
    "classified or failed), classification and the people it names. Use it to see what became of a signal. While the " +
    "status is queued or processing, wait 2-3 seconds between calls and stop after two minutes; classified and " +
    "failed are final. id: signal_<uuid>, in lower case.",
  input: getInput,
  output: signal,
  run: ({ id }, { api }) => api.getSignal(id),
});

/** The Lightfast tools, as far as the policy exposes them. */
export const TOOLS: readonly AnyTool<LightfastApi>[] = [signalsCreate, signalsGet, systemHealth];
