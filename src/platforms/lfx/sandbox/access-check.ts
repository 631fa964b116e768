import * as z from "zod";
import { type Route, V1 } from "./routes.ts";

const request = z.string().regex(/^project:[0-9a-f-]{36}#writer$/);

/** @param isWriter whether a subject may write to projects */
export function accessCheckRoutes(isWriter: (subject: string) => boolean): readonly Route[] {
  return [
    {
      at: "POST /access-check",
      query: V1,
      json: z.strictObject({ requests: z.array(request).min(1) }),
      answer: ({ body, bearer: { subject } }) => ({
        body: {
          results: (body.requests as string[]).map((one) => `${one}@user:${subject}\t${isWriter(subject)}`),
        },
      }),
    },
  ];
}
