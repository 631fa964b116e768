import * as z from "zod";

// The published inputs and outputs of lightfast-mcp's tools, written by hand, so that responses have the same size.

/** @type {(values: readonly string[], meaning: string) => z.ZodString} */
function open(values, meaning) {
  return z.string().describe(`${meaning} One of: ${values.join(", ")}.`);
}

const status = open(
  ["queued", "processing", "classified", "failed"],
  "Processing status; classified and failed are final.",
);
const visibilityScope = open(
  ["user", "team", "needs_review"],
  "Who can see the signal: its creator, the team, or its creator until someone reviews it.",
);
const timestamp = z.string().describe("ISO 8601 date-time, UTC.");
const confidence = z.number().describe("0 to 1.");
const text = z.string();

export const createInput = z.strictObject({
  input: text
    .trim()
    .min(1)
    .max(4000)
    .describe(
      "The signal in plain words, self-contained: who, what, and why it may matter. Trimmed; 1-4000 characters.",
    ),
});

export const getInput = z.strictObject({
  id: text
    .regex(/^signal_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    .describe("Signal id as returned by lightfast_signals_create: signal_<uuid>, in lower case."),
});

export const health = z.looseObject({
  status: text.describe('"ok" when the service is reachable and the credentials are accepted.'),
  timestamp: timestamp.optional(),
  version: text.optional().describe("Version of the API."),
});

export const createdSignal = z.looseObject({
  id: text.min(1).describe("Id of the new signal; pass it to lightfast_signals_get."),
  status,
  visibilityScope: visibilityScope.optional(),
});

const people = z.looseObject({ shouldRun: z.boolean(), confidence, rationale: text }).partial();
const routing = z
  .looseObject({
    visibility: z.looseObject({ scope: visibilityScope, rationale: text }).partial(),
    review: z
      .looseObject({
        required: z.boolean().optional(),
        reason: text.nullish(),
        rationale: text.nullish(),
      })
      .describe("Whether a person must review the signal first, and why."),
    routes: z.looseObject({ people }).partial(),
  })
  .partial();

const classification = z
  .looseObject({
    disposition: open(["actionable", "needs_context", "not_actionable"], "Whether the signal needs action."),
    kind: open(
      ["engage", "follow_up", "review", "fix", "investigate", "remember", "other"],
      "Type of action.",
    ),
    priority: open(["low", "normal", "high", "urgent"], "Urgency."),
    title: text,
    summary: text,
    nextAction: text.describe("What to do next."),
    rationale: text,
    confidence,
    routing,
  })
  .partial()
  .describe("Null until the status is classified.");

const resolvedPerson = z.looseObject({
  id: text.optional(),
  displayName: text.nullish(),
  identityProvider: text.optional(),
  identityType: text.optional(),
  identityValue: text.optional(),
});

const entityLink = z
  .looseObject({
    targetType: text,
    localEntityKey: text,
    label: text,
    mentionKind: text,
    anchorText: text.describe("The exact part of the input that names the entity."),
    anchorOccurrence: z.number(),
    extractionMethod: text,
    rationale: text,
    confidence,
    resolvedPerson: resolvedPerson.nullish().describe("The matching person, if exactly one is known."),
  })
  .partial();

export const signal = z.looseObject({
  id: text.min(1),
  input: text.describe("The signal's text as stored."),
  status,
  classification: classification.nullish(),
  entityLinks: z
    .array(entityLink)
    .optional()
    .describe("People named in a team signal; added some time after classification."),
  visibilityScope: visibilityScope.optional(),
  createdAt: timestamp.optional(),
  updatedAt: timestamp.optional(),
});
