/** Signals by which a client, a shell or an operating system asks a server to go. */
export const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
