import * as z from "zod";

/**
 * Lightfast REST API v1: what its requests must be and what its answers may be. Requests are checked to the letter.
 * Answers are read leniently, because an older or newer API is normal: unknown fields pass through, enumerations stay
 * open, and only what a reader cannot do without is required.
 */

export const SIGNAL_STATUSES = ["queued", "processing", "classified", "failed"] as const;
export const VISIBILITY_SCOPES = ["user", "team", "needs_review"] as const;
export const DISPOSITIONS = ["actionable", "needs_context", "not_actionable"] as const;
export const KINDS = ["engage", "follow_up", "review", "fix", "investigate", "remember", "other"] as const;
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

export const MAX_INPUT_LENGTH = 4000;
const TOO_LONG = "must be at most 4000 characters after trimming (an emoji counts as two)";
export const SIGNAL_ID = /^signal_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Text of a signal: trimmed, then 1 to 4000 UTF-16 code units, of which an emoji takes two. */
export const signalInput = z
  .string()
  .trim()
  .min(1, "must not be empty or blank (1-4000 characters)")
  .max(MAX_INPUT_LENGTH, { error: TOO_LONG, abort: true })
  // zod counts characters, the API counts code units.
  .refine((text) => text.length <= MAX_INPUT_LENGTH, TOO_LONG)
  .describe(
    "The signal in plain words, self-contained: who, what, and why it may matter. Trimmed; 1-4000 characters.",
  );

/** Id of a signal; lower case only. */
export const signalId = z
  .string()
  .regex(SIGNAL_ID, "must have the form signal_<uuid>, in lower case")
  .describe("Signal id as returned by lightfast_signals_create: signal_<uuid>, in lower case.");

/** A string that today is one of `values` and may one day be another. */
function open(values: readonly string[], meaning: string) {
  return z
    .string()
    .describe(`${meaning} One of: ${values.join(", ")}.`)
    .meta({ examples: [...values] });
}

const status = open(SIGNAL_STATUSES, "Where the signal stands; classified and failed are final.");
const visibilityScope = open(
  VISIBILITY_SCOPES,
  "Who can see the signal: its creator, the whole team, or only its creator until somebody has reviewed it.",
);
const timestamp = z.string().describe("ISO 8601 date-time, UTC.");
const confidence = z.number().describe("0 to 1.");

export const health = z.looseObject({
  status: z.string().describe('"ok" when the service is reachable and the credentials are accepted.'),
  timestamp: timestamp.optional(),
  version: z.string().optional().describe("Version of the API."),
});

export const createdSignal = z.looseObject({
  id: z.string().min(1).describe("Id of the new signal; pass it to lightfast_signals_get."),
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
    .describe("Whether a person must look at the signal first, and why."),
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
    disposition: open(DISPOSITIONS, "Whether the signal asks for action.").optional(),
    kind: open(KINDS, "What sort of action.").optional(),
    priority: open(PRIORITIES, "How pressing it is.").optional(),
    title: z.string().optional(),
    summary: z.string().optional(),
    nextAction: z.string().optional().describe("What to do next about the signal."),
    rationale: z.string().optional(),
    confidence: confidence.optional(),
    routing: routing.optional(),
  })
  .describe("What Lightfast made of the signal; null until its status is classified.");

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
  resolvedPerson: resolvedPerson.nullish().describe("The person it stands for, where exactly one is known."),
});

export const signal = z.looseObject({
  id: z.string().min(1),
  input: z.string().describe("The signal's text as stored."),
  status,
  classification: classification.nullish(),
  entityLinks: z
    .array(entityLink)
    .optional()
    .describe("People named in a team signal; filled in some time after it is classified."),
  visibilityScope: visibilityScope.optional(),
  createdAt: timestamp.optional(),
  updatedAt: timestamp.optional(),
});
