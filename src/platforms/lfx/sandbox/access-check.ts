import * as z from "zod";
import { type Route, V1 } from "./routes.ts";

/** The relations of each type that tools ask about. */
const RELATIONS: Readonly<Record<string, string>> = {
  project: "writer",
  committee: "writer|auditor|member",
  v1_meeting: "organizer",
  v1_past_meeting: "organizer|host|invitee|attendee",
};

const request = z.string().regex(
  new RegExp(
    `^(?:${Object.entries(RELATIONS)
      .map(([type, names]) => `${type}:[\\w-]+#(?:${names})`)
      .join("|")})$`,
  ),
);

/** @param isGranted whether a subject has a relation, `<type>:<id>#<relation>` */
export function accessCheckRoutes(
  isGranted: (subject: string, relation: string) => boolean,
): readonly Route[] {
  return [
    {
      at: "POST /access-check",
      query: V1,
      json: z.strictObject({ requests: z.array(request).min(1).max(100) }),
      answer: ({ body, bearer: { subject } }) => ({
        body: {
          results: (body.requests as string[]).map(
            (one) => `${one}@user:${subject}\t${isGranted(subject, one)}`,
          ),
        },
      }),
    },
  ];
}
