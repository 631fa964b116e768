import * as z from "zod";

const PAGE = /^https?:\/\/[^\s/$.?#]\S+$/;

/** The address of a page, with its scheme: the services take no other. */
export const webAddress = (description: string, pattern = PAGE, example = "https://example.org") =>
  z
    .string()
    .trim()
    .max(2000)
    .regex(pattern, `must be an address such as ${example}`)
    .refine((value) => URL.canParse(value), "must be a web address")
    .meta({ format: "uri" })
    .describe(description);
