import * as z from "zod";

/**
 * Schemas of Lightfast REST API v1. Requests are validated strictly. Responses are validated leniently, because the API
 * may be older or newer: unknown fields pass, enumerations are open, and only essential fields are required.
 */

export const SIGNAL_STATUSES = ["queued", "processing", "classified", "failed"] as const;
export const VISIBILITY_SCOPES = ["user", "team", "needs_review"] as const;
const DISPOSITIONS = ["actionable", "needs_context", "not_actionable"] as const;
export const KINDS = ["engage", "follow_up", "review", "fix", "investigate", "remember", "other"] as const;
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

/** The longest page of a list. */
export const MAX_PAGE = 100;
export const MAX_INPUT_LENGTH = 4000;
const TOO_LONG = "must be at most 4000 characters after trimming (an emoji counts as two)";
export const SIGNAL_ID = /^signal_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Trimmed, then 1 to 4000 UTF-16 code units. */
export const signalInput = z
  .string()
  .trim()
  .min(1, "must not be empty or blank (1-4000 characters)")
  .max(MAX_INPUT_LENGTH, { error: TOO_LONG, abort: true })
  // zod counts an emoji once, the API twice.
  .refine((text) => text.length <= MAX_INPUT_LENGTH, TOO_LONG)
  .describe(
    "Plain words, self-contained: who, what, and why it may matter. 1-4000 characters after trimming.",
  );

export const signalId = z
  .string()
  .regex(SIGNAL_ID, "must have the form signal_<uuid>, in lower case")
  .describe("The signal's id: signal_<uuid>, in lower case.");

/** A string with known values, to which the API may add others. */
function openEnum(values: readonly string[], description: string) {
  return z.string().describe(`${description} One of: ${values.join(", ")}.`);
}

const status = openEnum(SIGNAL_STATUSES, "Processing status; classified and failed are final.");
const visibilityScope = openEnum(
  VISIBILITY_SCOPES,
  "Who can see the signal: its creator, the team, or its creator until someone reviews it.",
);
const timestamp = z.string().describe("ISO 8601 date-time, UTC.");
const confidence = z.number().describe("0 to 1.");

export const health = z.looseObject({
  status: z.string().describe('"ok" when the service is reachable and the credentials are accepted.'),
  timestamp: timestamp.optional(),
  version: z.string().optional().describe("Version of the API."),
});

export const createdSignal = z.looseObject({
  id: z.string().min(1).describe("Id of the new signal."),
  status,
  visibilityScope: visibilityScope.optional(),
});

const routing = z.looseObject({
  visibility: z
    .looseObject({ scope: visibilityScope.optional(), rationale: z.string().optional() })
    .optional(),
  review: z
    .looseObject({
      required: z.boolean().optional(),
      reason: z.string().nullish(),
      rationale: z.string().nullish(),
    })
    .optional()
    .describe("Whether a person must review the signal first, and why."),
  routes: z
    .looseObject({
      people: z
        .looseObject({
          shouldRun: z.boolean().optional(),
          confidence: confidence.optional(),
          rationale: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
});

const classification = z
  .looseObject({
    disposition: openEnum(DISPOSITIONS, "Whether the signal needs action.").optional(),
    kind: openEnum(KINDS, "Type of action.").optional(),
    priority: openEnum(PRIORITIES, "Urgency.").optional(),
    title: z.string().optional(),
    summary: z.string().optional(),
    nextAction: z.string().optional().describe("What to do next."),
    rationale: z.string().optional(),
    confidence: confidence.optional(),
    routing: routing.optional(),
  })
  .describe("Null until the status is classified.");

const resolvedPerson = z.looseObject({
  id: z.string().optional(),
  displayName: z.string().nullish(),
  identityProvider: z.string().optional(),
  identityType: z.string().optional(),
  identityValue: z.string().optional(),
});

const entityLink = z.looseObject({
  targetType: z.string().optional(),
  localEntityKey: z.string().optional(),
  label: z.string().optional(),
  mentionKind: z.string().optional(),
  anchorText: z.string().optional().describe("The exact part of the input that names the entity."),
  anchorOccurrence: z.number().optional(),
  extractionMethod: z.string().optional(),
  rationale: z.string().optional(),
  confidence: confidence.optional(),
  resolvedPerson: resolvedPerson.nullish().describe("The matching person, if exactly one is known."),
});

export const signal = z.looseObject({
  id: z.string().min(1),
  input: z.string().describe("The signal's text as stored."),
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

export const signalPage = z.looseObject({
  items: z.array(signal),
  nextCursor: z.string().nullish(),
});
