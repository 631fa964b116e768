/** UIDs of the public projects by slug. */
export const PROJECTS: Readonly<Record<string, string>> = {
  tlf: "a0000000-0000-4000-8000-000000000001",
  pytorch: "a0000000-0000-4000-8000-000000000002",
};

export function slugOf(uid: string | undefined): string | undefined {
  return Object.entries(PROJECTS).find(([, known]) => known === uid)?.[0];
}
