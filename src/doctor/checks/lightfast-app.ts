import { createAppConnection } from "../../platforms/lightfast/hosted/app-connection.ts";
import { isObject, parseJson } from "../../shared/json.ts";
import { type Check, type CheckResult, failed, ok } from "../check.ts";
import { connectionFailed, REQUEST_MS, type ServiceProbe, serverError } from "./services.ts";

export type AppOptions = {
  readonly appUrl: URL;
  readonly secret: string;
  /** The audience of the tokens, which the app must know. */
  readonly resource: string;
};

const SETTING = "--app-url (APP_INTERNAL_URL)";

/** A grant that does not exist, so that the app's normal answer to it is 403. */
const NO_GRANT = { clientId: "check", grantId: "check", orgId: "check", userId: "check" };

/** Whether the Lightfast app responds to a grant check, accepts this server's secret, and serves the same resource. */
export function appCheck({ resource, ...connection }: AppOptions, probe: ServiceProbe): Check<unknown> {
  const { appUrl } = connection;
  return {
    id: "app",
    title: "Lightfast app",
    failure: "unreachable",
    hint: `Check ${SETTING}.`,
    run: async (_, { signal }) => {
      const started = performance.now();
      const body = JSON.stringify({ ...NO_GRANT, resource });
      const options = { timeoutMs: REQUEST_MS, signal, safe: true };
      try {
        const response = await createAppConnection({ post: probe.post, ...connection }).post(
          "/auth/validate",
          body,
          options,
        );
        const answer = parseJson(response.body);
        const code = isObject(answer) ? String(answer.error) : "";
        const error = /^\w{1,60}$/.test(code) ? code : "";
        return judge(response.status, error, Math.round(performance.now() - started), appUrl, resource);
      } catch (error) {
        signal.throwIfAborted();
        return connectionFailed(error, appUrl, SETTING);
      }
    },
  };
}

function judge(status: number, error: string, ms: number, appUrl: URL, resource: string): CheckResult {
  const { host } = appUrl;
  if (error === "mcp_grant_invalid") return ok(`${host} responded in ${ms} ms, accepts this server's secret`);
  if (error === "service_not_configured")
    return failed(`${host} has no secret for service tokens.`, {
      failure: "credentials",
      hint: "Set SERVICE_JWT_SECRET in the Lightfast app, to the value that this server has.",
    });
  if (status === 401)
    return failed(`${host} rejects this server's service token (HTTP 401).`, {
      failure: "credentials",
      hint: "Give this server and the Lightfast app the same SERVICE_JWT_SECRET, and check the clocks of both.",
    });
  if (status === 403)
    return failed(`${host} does not admit this server (HTTP 403${error && ` ${error}`}).`, {
      failure: "credentials",
      hint: "Allow the service mcp in the Lightfast app.",
    });
  if (status === 400)
    return failed(`${host} does not serve the resource ${resource} (HTTP 400).`, {
      failure: "usage",
      hint: "Set MCP_RESOURCE_URL to the same URL in this server and in the Lightfast app.",
    });
  if (status >= 500) return serverError(appUrl, status);
  return failed(`${appUrl.href} is not a Lightfast app (HTTP ${status}).`, {
    failure: "usage",
    hint: `Set ${SETTING} to the address of the app. The default is the issuer.`,
  });
}
