import { readFileSync, statSync } from "node:fs";
import { type Check, failed, ok, warning } from "../check.ts";
import { type DoctorContext, messagesAbout } from "../context.ts";
import { maskProxy } from "../proxy-route.ts";

const SETTINGS = ["http_proxy", "https_proxy", "no_proxy"];

const NOT_PASSED_ON =
  "MCP clients do not pass these variables to the server. Add them to its entry in each client.";

export const proxy: Check = {
  id: "proxy",
  title: "Proxy and certificates",
  failure: "usage",
  hint: "Correct the variable, or remove it.",
  run: (context) => {
    const [error, ...otherErrors] = messagesAbout(context.errors, SETTINGS);
    if (error) return failed(error, { details: otherErrors });
    const { host } = context.target.baseUrl;
    const summary = context.proxy
      ? `${host} is reached through ${maskProxy(context.proxy)}`
      : `${host} is reached directly`;
    const variables = listVariables(context);
    const details = variables.length > 0 ? [...variables, NOT_PASSED_ON] : [];
    const warnings = findWarnings(context);
    return warnings.length > 0
      ? warning(summary, { details: [...warnings, ...details] })
      : ok(summary, ...details);
  },
};

function listVariables({ env, settings: { proxies } }: DoctorContext): readonly string[] {
  const { http, https, none } = proxies;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["HTTPS_PROXY", https && maskProxy(https)],
    ["HTTP_PROXY", http && maskProxy(http)],
    ["NO_PROXY", none],
    ["NODE_EXTRA_CA_CERTS", env.NODE_EXTRA_CA_CERTS],
  ];
  return rows.flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
}

function findWarnings({ env, settings }: DoctorContext): readonly string[] {
  const file = env.NODE_EXTRA_CA_CERTS;
  const problem = file ? certificateFileProblem(file) : undefined;
  return [
    ...messagesAbout(settings.warnings, SETTINGS),
    ...(problem ? [`NODE_EXTRA_CA_CERTS: ${file} ${problem}, so it has no effect.`] : []),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === "0"
      ? [
          "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks, so others on the network can read the API key.",
        ]
      : []),
  ];
}

/** Node.js itself ignores an unusable file without an error. */
function certificateFileProblem(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return "is not a file";
    const hasCertificate = readFileSync(file, "utf8").includes("-----BEGIN ");
    return hasCertificate ? undefined : "contains no PEM certificate";
  } catch (error) {
    return `cannot be read (${error instanceof Error && "code" in error ? error.code : error})`;
  }
}
