import * as z from "zod";

/** An e-mail address as browsers take it. */
export const email = (description: string) =>
  z
    .string()
    .trim()
    .max(254)
    .check(z.email({ pattern: z.regexes.html5Email, error: "must be an e-mail address" }))
    .describe(description);
