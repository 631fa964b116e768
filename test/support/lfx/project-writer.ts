import type { Replies } from "./tool-calls.ts";

/** The project by the slug `pytorch`, to which everybody who asks may write. */
export const WRITABLE_PROJECT: Replies = {
  "GET /lfx/query/resources": {
    body: { resources: [{ type: "project", id: "project:p-1", data: { uid: "p-1", slug: "pytorch" } }] },
  },
  "POST /lfx/access-check": { body: { results: ["project:p-1#writer@user:ada\ttrue"] } },
};
