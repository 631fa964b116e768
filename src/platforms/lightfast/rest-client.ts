import type { HttpClient, HttpRequest } from "../../http-client/types.ts";
import type { Deadline } from "../../shared/deadline.ts";
import { createRedactor } from "../../shared/redact.ts";
import { below } from "../../shared/url.ts";
import type { LightfastApi } from "./api.ts";
import { apiError, jsonOf } from "./rest-api.ts";

export type RestConnection = {
  readonly http: HttpClient;
  /** Where Lightfast is, without `/api/v1`; no trailing slash in its path but the root's own. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly userAgent: string;
};

const endpoint = (baseUrl: URL, path: string): URL => below(baseUrl, `/api/v1${path}`);

/** Lightfast through its REST API v1 with an API key, for the time of one call. */
export const createRestApi = (connection: RestConnection, deadline: Deadline): LightfastApi => {
  const { http, baseUrl, apiKey, userAgent } = connection;
  const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json", "user-agent": userAgent };

  const withoutKey = createRedactor([apiKey]);

  const send = async (request: HttpRequest, finds: boolean): Promise<unknown> => {
    const received = await http.send(request, deadline);
    // At the source, before anything is cut or parsed: whatever echoes the key must not carry it on.
    const answer = { ...received, body: withoutKey(received.body) };
    if (answer.status < 200 || answer.status > 299) throw apiError(request, answer, finds);
    return jsonOf(request, answer);
  };
  const get = (path: string, finds = false) =>
    send({ method: "GET", url: endpoint(baseUrl, path), headers }, finds);
  const post = (path: string, body: unknown) =>
    send(
      {
        method: "POST",
        url: endpoint(baseUrl, path),
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      },
      false,
    );

  return {
    health: () => get("/system/health"),
    createSignal: (input) => post("/signals", { input }),
    getSignal: (id) => get(`/signals/${encodeURIComponent(id)}`, true),
  };
};
