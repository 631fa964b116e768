import * as z from "zod";
import { type AnyTool, defineTool, type FollowUp, LARGE_RESULT_CHARS } from "../../mcp/tool.ts";
import type { LightfastApi, RestApi } from "./api.ts";
import { type ExposedProcedure, POLICY } from "./policy.ts";
import {
  createdSignal,
  health,
  MAX_PAGE,
  SIGNAL_STATUSES,
  signal,
  signalId,
  signalInput,
  signalPage,
} from "./schemas.ts";

const systemHealth = defineTool<LightfastApi, z.ZodObject, typeof health>({
  ...fromPolicy(POLICY["system.health"]),
  title: "Check the Lightfast connection",
  description:
    "Check that Lightfast is reachable and accepts the configured credentials. Use it once if another Lightfast " +
    "tool fails, or if the user asks whether Lightfast is connected.",
  // Not strict, because some clients invent an argument for tools without parameters.
  input: z.object({}),
  output: health,
  run: (_, { api }) => api.health(),
});

const FOLLOW_UP: FollowUp = {
  tool: POLICY["signals.get"].tool,
  id: "id",
  status: "status",
  done: ["classified"],
  failed: ["failed"],
  failedHint: "Lightfast gives no reason and does not retry it. Create it again if it still matters.",
};

const createInput = z.strictObject({ input: signalInput });

const signalsCreate = defineTool<LightfastApi, typeof createInput, typeof createdSignal>({
  ...fromPolicy(POLICY["signals.create"]),
  title: "Create a signal",
  description:
    "Record a signal in the connected Lightfast organization: free text that may need action, such as customer " +
    "feedback, a promise, a blocker, an idea or a reminder. Use it when the user asks to record, capture, note or " +
    "send something to Lightfast. Returns the id at once; classification takes seconds to minutes. " +
    "lightfast_signals_get follows it, if the result is needed. Every call creates a new signal, so never repeat a " +
    "call that succeeded or whose outcome is unknown.",
  input: createInput,
  output: createdSignal,
  followUp: FOLLOW_UP,
  run: ({ input }, { api }) => api.createSignal(input),
});

const getInput = z.strictObject({ id: signalId });

const signalsGet = defineTool<LightfastApi, typeof getInput, typeof signal>({
  ...fromPolicy(POLICY["signals.get"]),
  title: "Get a signal",
  description:
    "Read a signal of the connected Lightfast organization: text, status, classification and the people it names. " +
    "Use it to see how a signal was classified. While the status is queued or processing, wait 2-3 seconds between " +
    "calls and stop after two minutes; classified and failed are final.",
  input: getInput,
  output: signal,
  // A text of 4000 characters can name hundreds of people, each with a rationale.
  resultLimit: { maxChars: LARGE_RESULT_CHARS },
  followUp: FOLLOW_UP,
  run: ({ id }, { api }) => api.getSignal(id),
});

const listInput = z.strictObject({
  limit: z.int().min(1).max(MAX_PAGE),
  statuses: z.array(z.enum(SIGNAL_STATUSES)).optional(),
  cursor: z.string().min(1).optional(),
});

/** Lists signals for the command line. It is no tool of the server, see `POLICY`. */
export const signalsList = defineTool<RestApi, typeof listInput, typeof signalPage>({
  name: "signal list",
  kind: "read",
  access: { anyOf: [] },
  title: "List signals",
  description: "List the signals that the API key's user can see, from new to old.",
  input: listInput,
  output: signalPage,
  run: (query, { api }) => api.listSignals(query),
});

/** All Lightfast tools, in the order of their names. */
export const TOOLS: readonly AnyTool<LightfastApi>[] = [signalsCreate, signalsGet, systemHealth];

/** The fields of a tool that the policy decides. */
function fromPolicy({ tool, kind, access, alwaysLoad, view }: ExposedProcedure) {
  return { name: tool, kind, access, alwaysLoad, view };
}
