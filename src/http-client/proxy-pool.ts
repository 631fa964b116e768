import { Pool } from "undici";

/** A proxy closed the connection instead of opening a tunnel. */
class ProxyClosed extends Error {
  override readonly name = "ProxyClosed";
  readonly code = "PROXY_CLOSED";
}

const named = (cause: unknown): never => {
  const closed = cause instanceof Error && "code" in cause && cause.code === "UND_ERR_SOCKET";
  throw closed ? new ProxyClosed("the proxy closed the connection", { cause }) : cause;
};

/**
 * Connections to a proxy. undici takes a socket that the proxy closes for a passing fault and asks for the tunnel
 * again, at once and without end; an error under a name of our own stops that.
 */
export const createProxyPool = (origin: URL, options: object): Pool => {
  const pool = new Pool(origin, options);
  const open: Pool["connect"] = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (target: Parameters<Pool["connect"]>[0]) => open(target).catch(named),
  });
};
