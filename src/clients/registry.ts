import { AGENTS } from "./rows/agents.ts";
import { APPS } from "./rows/apps.ts";
import { EDITORS } from "./rows/editors.ts";
import type { Client, System } from "./types.ts";

/** Every supported client, in the order in which `install` offers them. To add a client, add a row. */
export const CLIENTS: readonly Client[] = [...APPS, ...AGENTS, ...EDITORS];

export function findClient(id: string): Client | undefined {
  return CLIENTS.find((client) => client.id === id);
}

/** Returns the client as it reads the user's files: once for each file with servers of its own. */
export function withProfiles(client: Client, system: System): readonly Client[] {
  const profiles = client.profiles?.(system) ?? [];
  return [
    client,
    ...profiles.map(({ name, file }) => ({
      ...client,
      title: `${client.title}, profile ${name}`,
      userFiles: () => [file],
    })),
  ];
}

/** Returns the client as it reads a project's file. */
export function forProject(client: Client): Client {
  return { ...client, ...client.inProject };
}
