import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as send } from "node:http";

export type Visit = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

export type VisitOptions = {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
};

/** Requests a page with any headers, also `Host` and `Origin`, which fetch sets itself. @throws if nothing listens */
export function visit(
  url: string,
  { method = "GET", headers = {}, body }: VisitOptions = {},
): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.on("error", reject);
    });
    request.on("error", reject).end(body);
  });
}

/** Submits the form of a page, as a browser does it for a page that sends no referrer. */
export function submitKey(url: string, key: string, headers: OutgoingHttpHeaders = {}): Promise<Visit> {
  return visit(url, {
    method: "POST",
    headers: {
      origin: "null",
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    body: new URLSearchParams({ key }).toString(),
  });
}
