/** The address of `path` below `base`, whose own path stays in front of it. */
export function appendPath(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
  return url;
}

/** Whether a URL's host is this machine by itself, without asking a resolver: plain http may go there. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
