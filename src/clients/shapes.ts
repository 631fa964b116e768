import type { Entry, Server } from "./types.ts";

/** The variables of an entry, where there are any. */
export const variables = (field: string, { env }: Server): Entry =>
  Object.keys(env).length > 0 ? { [field]: env } : {};

/** The entry that most clients take, `extra` coming first. */
export const standard =
  (extra: Entry = {}) =>
  (server: Server): Entry => ({
    ...extra,
    command: server.command,
    args: server.args,
    ...variables("env", server),
  });
