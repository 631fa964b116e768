import type { HttpClient } from "../../../http-client/types.ts";
import type { Logger } from "../../../shared/logger.ts";
import { createRedactor } from "../../../shared/redact.ts";

const BEARER = /^Bearer /;

/** The same client, with every request and its answer told at debug level; the token stands in neither. */
export const logTraffic = (http: HttpClient, log: Logger): HttpClient => ({
  ...http,
  send: async (request, deadline) => {
    const { method, url, body } = request;
    const redact = createRedactor([(request.headers.authorization ?? "").replace(BEARER, "")]);
    log.debug("request", { method, url: url.href, body: redact(body ?? "") });
    const answer = await http.send(request, deadline);
    log.debug("answer", { method, url: url.href, status: answer.status, body: redact(answer.body) });
    return answer;
  },
});
