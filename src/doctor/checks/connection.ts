import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Deadline } from "../../shared/deadline.ts";
import { portOf } from "../proxy-route.ts";

/** The host of a URL as sockets want it: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/**
 * Opens a connection to where a URL points, and closes it when `use` is done.
 * @throws the system's error where it cannot be opened
 */
export const withConnection = async <T>(
  url: URL,
  { signal }: Deadline,
  use: (socket: Socket) => T | Promise<T>,
): Promise<T> => {
  const socket = connect({ host: hostOf(url), port: portOf(url) });
  // A fault after the one that is waited for has no reader.
  socket.on("error", () => {});
  try {
    await once(socket, "connect", { signal });
    return await use(socket);
  } finally {
    socket.destroy();
  }
};

/** Why checks of the connection itself do not apply: what stands between is not seen from here. */
export const behindProxy = ({ proxy }: { readonly proxy: string | undefined }): string | undefined =>
  proxy === undefined ? undefined : "Lightfast is reached through a proxy.";
