import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * A `fetch` for a server that stands behind a proxy on this machine: what is meant for its public address goes to its
 * port, with the host's name, as the proxy would pass it on. Anything else goes where it is meant for.
 */
export function throughPort(publicUrl: string, port: number) {
  const { host } = new URL(publicUrl);
  return async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const target = new URL(url);
    if (target.host !== host) return fetch(url, init);
    const headers = { ...Object.fromEntries(new Headers(init.headers).entries()), host };
    const { method = "GET", body } = init;
    const path = `${target.pathname}${target.search}`;
    const sent = request({ host: "127.0.0.1", port, path, method, headers });
    sent.end(typeof body === "string" ? body : undefined);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const content = await buffer(answer);
    const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const status = answer.statusCode ?? 0;
    return new Response([202, 204].includes(status) ? null : content, { status, headers: fields });
  };
}
