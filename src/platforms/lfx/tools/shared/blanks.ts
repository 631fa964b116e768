import * as z from "zod";
import type { JsonObject } from "../../../../shared/json.ts";
import { isObject } from "../../../../shared/json.ts";

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === "";

/** What is there; of an input that was checked, what was blank is still there by its name. */
export const withoutUndefined = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** What was given for a field; undefined where that is nothing. */
const givenFor = (field: unknown, value: unknown): unknown => {
  if (field instanceof z.ZodOptional) return isBlank(value) ? undefined : givenFor(field.unwrap(), value);
  if (!(field instanceof z.ZodObject && isObject(value))) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, givenFor(field.shape[name], part)]);
  return withoutUndefined(Object.fromEntries(parts));
};

/**
 * The same input, but that null and "" count as nothing wherever nothing need be given: many models name every
 * parameter, and mean by these that they leave it out. The JSON Schema stays the same, so that none is led to it.
 */
export const blanksAllowed = (input: z.ZodObject): z.ZodObject =>
  input.extend(
    Object.fromEntries(
      Object.entries(input.shape)
        .filter(([, field]) => field instanceof z.ZodOptional)
        .map(([name, field]) => [name, z.preprocess((value) => givenFor(field, value), field)]),
    ),
  );
