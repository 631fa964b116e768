import { notFound, type Route } from "./routes.ts";

/** UIDs of the public projects by slug. */
export const PROJECTS: Readonly<Record<string, string>> = {
  tlf: "a0000000-0000-4000-8000-000000000001",
  pytorch: "a0000000-0000-4000-8000-000000000002",
};

function slugOf(uid: string | undefined): string | undefined {
  return Object.entries(PROJECTS).find(([, known]) => known === uid)?.[0];
}

export const PROJECT_ROUTES: readonly Route[] = [
  {
    at: "GET /projects/:uuid",
    answer: ({ ids: [uid], bearer }) => {
      const slug = slugOf(uid);
      if (!slug) return notFound;
      return { body: { uid, slug, description: `As ${bearer.subject} sees it.` }, headers: { etag: "3" } };
    },
  },
  {
    at: "GET /projects/:uuid/settings",
    answer: ({ ids: [uid] }) =>
      slugOf(uid) ? { body: { uid, mission_statement: "Open." }, headers: { etag: "3" } } : notFound,
  },
];
