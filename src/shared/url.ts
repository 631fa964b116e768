/** The URL of `path` below `base`, whose own path is kept. */
export function appendPath(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
  return url;
}

/** Whether a URL's hostname is a loopback address without name resolution. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a URL's hostname is one that only a Kubernetes cluster resolves: `*.svc` or `*.svc.cluster.local`. */
export function isClusterName(hostname: string): boolean {
  return /[^.]\.svc(?:\.cluster\.local)?\.?$/.test(hostname);
}

/** Whether requests can go through a proxy; a SOCKS proxy, for example, cannot be used. */
export function isSupportedProxy(address: string): boolean {
  return /^https?:/i.test(address);
}
