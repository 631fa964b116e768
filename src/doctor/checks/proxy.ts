import { readFileSync, statSync } from "node:fs";
import { type DoctorContext, messagesAbout } from "../context.ts";

import { failed, ok, warning } from "../finding.ts";
import { maskProxy } from "../proxy-route.ts";
import type { Check } from "../run.ts";

const NAMES = ["http_proxy", "https_proxy", "no_proxy"];

/** What is wrong with the file of additional authorities; Node.js itself would ignore it without a word. */
function faultOf(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return "is no file";
    return readFileSync(file, "utf8").includes("-----BEGIN ")
      ? undefined
      : "holds no certificate in PEM form";
  } catch (error) {
    return `cannot be read (${error instanceof Error && "code" in error ? error.code : error})`;
  }
}

/** What Node.js does not do as the settings seem to ask, one line each. */
function doubtsAbout({ env, settings: { warnings } }: DoctorContext): readonly string[] {
  const file = env.NODE_EXTRA_CA_CERTS;
  const fault = file ? faultOf(file) : undefined;
  return [
    ...messagesAbout(warnings, NAMES),
    ...(fault ? [`NODE_EXTRA_CA_CERTS: ${file} ${fault}, so it has no effect.`] : []),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === "0"
      ? ["NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody between here and Lightfast read the API key."]
      : []),
  ];
}

function inForce({ env, settings: { proxies } }: DoctorContext): readonly string[] {
  const { http, https, none } = proxies;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["HTTPS_PROXY", https && maskProxy(https)],
    ["HTTP_PROXY", http && maskProxy(http)],
    ["NO_PROXY", none],
    ["NODE_EXTRA_CA_CERTS", env.NODE_EXTRA_CA_CERTS],
  ];
  return rows.flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
}

const NOT_PASSED_ON =
  "MCP clients do not pass these variables on: the server needs them in its entry in the client as well.";

/** What stands between this machine and Lightfast, as far as it is set here. */
export const proxy: Check = {
  id: "proxy",
  title: "Proxy and certificates",
  failure: "usage",
  hint: "Correct the variable, or remove it.",
  run: (subject) => {
    const [problem, ...others] = messagesAbout(subject.errors, NAMES);
    if (problem) return failed(problem, { details: others });
    const summary = subject.proxy
      ? `${subject.target.baseUrl.host} is reached through ${maskProxy(subject.proxy)}`
      : `${subject.target.baseUrl.host} is reached directly`;
    const settings = inForce(subject);
    const details = settings.length > 0 ? [...settings, NOT_PASSED_ON] : [];
    const doubts = doubtsAbout(subject);
    return doubts.length > 0
      ? warning(summary, { details: [...doubts, ...details] })
      : ok(summary, ...details);
  },
};
