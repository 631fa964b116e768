import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** How long a client may take, in milliseconds. */
export type Patience = {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For the whole request, its body included; at least as long as for its headers. */
  readonly requestMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
};

export const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, checkMs: 1000 };

/** What is in flight at shutdown may take so long. */
const FINISH_MS = 10_000;

export type Listening = {
  readonly port: number;
  /** Stops listening, lets what is in flight finish, and cuts what is left after ten seconds. */
  stop(): Promise<void>;
};

/**
 * Listens, and hands every request to the listener that `app` makes of the port. Slow headers and slow bodies are cut.
 * @throws Error that says what to do where the address cannot be used
 */
export const listen = async (
  host: string,
  port: number,
  app: (port: number) => RequestListener,
  { headersMs, requestMs, checkMs }: Patience = PATIENCE,
): Promise<Listening> => {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 65_000,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(describe(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  server.on("request", app(bound));
  return { port: bound, stop: () => stop(server) };
};

const describe = ({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error => {
  if (code === "EADDRINUSE")
    return new Error(`Port ${port} of ${host} is in use. Choose another with --port; 0 takes any free one.`);
  if (code === "EADDRNOTAVAIL")
    return new Error(`${host} is no address of this machine. Give one with --host.`);
  if (code === "EACCES")
    return new Error(`Port ${port} may not be used by this user. Choose one above 1023 with --port.`);
  return new Error(`${host}:${port} cannot be listened on: ${message}`);
};

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), FINISH_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
    // A kept-alive connection turns idle only when its answer is out.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.once("close", () => clearInterval(sweep));
  });
