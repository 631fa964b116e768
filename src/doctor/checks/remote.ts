import { normalizeIssuer } from "../../auth/jwt.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { version } from "../../version.ts";
import { type Check, type CheckResult, failed, ok, warning } from "../check.ts";
import { reach, type ServiceProbe, serverError, TWO_REQUESTS_MS } from "./services.ts";

const SETTING = "the URL in the entry";
const ASK_OPERATOR = "Ask the operator of the server.";

/** What a client sends first, without a token. */
const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "lightfast-mcp-doctor", version },
  },
});

/** What the earlier checks of a server found out for the later ones. */
type Findings = {
  /** Whether the server answers callers without a token. */
  isOpen?: boolean;
  /** The URL of the resource metadata, as the challenge names it. */
  metadataUrl?: URL | undefined;
  /** The first authorization server of the resource metadata. */
  issuer?: URL;
};

/**
 * Returns the checks of a server over HTTP that a client's entry names, as a client meets it that signs in: the
 * challenge, the metadata of the resource (RFC 9728), and those of its authorization server (RFC 8414).
 * @param text the URL as the entry has it
 * @param name distinguishes several servers in ids and titles; empty for the only one
 */
export function remoteChecks(text: string, name: string, probe: ServiceProbe): readonly Check<unknown>[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const identify = (id: string, title: string) =>
    name === "" ? { id, title } : { id: `${id}:${name}`, title: `${title} ${name}` };
  const endpoint = identify("remote", "Remote server");
  if (!url || !/^https?:$/.test(url.protocol)) {
    const hint = `Correct ${SETTING}: it begins with https://.`;
    return [{ ...endpoint, failure: "usage", hint, run: () => failed("The entry's URL is not valid.") }];
  }
  const findings: Findings = {};
  const resource = identify("remote-resource", "Sign-in");
  const common = { failure: "other", hint: ASK_OPERATOR } as const;
  const skip = () => (findings.isOpen ? "The server requires no sign-in." : undefined);
  return [
    {
      ...endpoint,
      ...common,
      run: (_, deadline) =>
        checkChallenge(url, findings, (to, options) => reach(to, SETTING, probe, deadline, options)),
    },
    {
      ...resource,
      ...common,
      needs: [endpoint.id],
      skip,
      run: (_, deadline) => checkResource(url, findings, (to) => reach(to, SETTING, probe, deadline)),
    },
    {
      ...identify("remote-issuer", "Authorization server"),
      ...common,
      needs: [resource.id],
      skip,
      limitMs: TWO_REQUESTS_MS,
      run: (_, deadline) => checkIssuer(findings, (to) => reach(to, SETTING, probe, deadline)),
    },
  ];
}

type Reached = Awaited<ReturnType<typeof reach>>;
type Send = (url: URL, options?: Parameters<typeof reach>[4]) => Promise<Reached>;

async function checkChallenge(url: URL, findings: Findings, send: Send): Promise<CheckResult> {
  const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  const reached = await send(url, { method: "POST", headers, body: INITIALIZE });
  if ("failure" in reached) return reached.failure;
  const { response, ms } = reached;
  const { status } = response;
  const place = describe(url);
  if (status >= 500) return serverError(url, status);
  if (status >= 300 && status < 400) {
    const to = response.header("location") ?? "";
    const target = URL.canParse(to, url.href) ? describe(new URL(to, url)) : "another URL";
    return failed(`${place} redirects to ${target}.`, {
      failure: "usage",
      hint: `Set ${SETTING} to that one.`,
    });
  }
  if (status === 200 && isMcp(response.body)) {
    findings.isOpen = true;
    return ok(`${place} responded in ${ms} ms, and requires no sign-in`);
  }
  if (status !== 401) {
    const what = `${place} is not an MCP endpoint (HTTP ${status}).`;
    return failed(what, { failure: "usage", hint: `Check the path in ${SETTING}.` });
  }
  const challenge = response.header("www-authenticate") ?? "";
  const metadata = /\bresource_metadata="?([^\s",]+)/i.exec(challenge)?.[1];
  if (!/\bbearer\b/i.test(challenge) || metadata === undefined) {
    return failed(`${place} requires a token, but does not say where to sign in.`, {
      failure: "credentials",
      hint: `Add an Authorization header with your token to the entry, if you have one. Otherwise, ask the operator of the server.`,
    });
  }
  findings.metadataUrl = URL.canParse(metadata) ? new URL(metadata) : undefined;
  return ok(`${place} responded in ${ms} ms, and asks to sign in`);
}

async function checkResource(url: URL, findings: Findings, send: Send): Promise<CheckResult> {
  const metadataUrl = findings.metadataUrl ?? wellKnown(url, "oauth-protected-resource");
  const reached = await readDocument(metadataUrl, send);
  if ("failure" in reached) return reached.failure;
  const { resource, authorization_servers: servers } = reached.document;
  if (typeof resource !== "string" || !URL.canParse(resource)) {
    return failed(`${describe(metadataUrl)} names no resource, so clients reject it.`);
  }
  if (!isWithin(url, new URL(resource))) {
    return failed(
      `The server is for ${sanitizeText(resource)}, so tokens for ${describe(url)} are rejected.`,
      {
        failure: "usage",
        hint: `Set ${SETTING} to ${sanitizeText(resource)}, if that is the right server.`,
      },
    );
  }
  const issuer = Array.isArray(servers)
    ? servers.find((one) => typeof one === "string" && URL.canParse(one))
    : undefined;
  if (issuer === undefined) return failed(`${describe(metadataUrl)} names no authorization server.`);
  findings.issuer = new URL(String(issuer));
  return ok(`sign in at ${findings.issuer.host}`);
}

async function checkIssuer({ issuer }: Findings, send: Send): Promise<CheckResult> {
  if (!issuer) return failed("There is no authorization server.");
  const metadataUrl = wellKnown(issuer, "oauth-authorization-server");
  const reached = await readDocument(metadataUrl, send);
  if ("failure" in reached) return reached.failure;
  const { document, ms } = reached;
  const named = typeof document.issuer === "string" ? document.issuer : "";
  if (normalizeIssuer(named) !== normalizeIssuer(issuer.href)) {
    return failed(`The authorization server names itself "${sanitizeText(named)}", so clients reject it.`);
  }
  const missing = ["authorization_endpoint", "token_endpoint"].filter(
    (field) => typeof document[field] !== "string",
  );
  if (missing.length > 0) return failed(`${describe(metadataUrl)} has no ${missing.join(" and no ")}.`);
  const methods = document.code_challenge_methods_supported;
  if (!Array.isArray(methods) || !methods.includes("S256")) {
    return failed(`${issuer.host} does not announce PKCE with S256, so clients refuse to sign in.`);
  }
  if (!document.registration_endpoint && document.client_id_metadata_document_supported !== true) {
    return warning(
      `${issuer.host} does not register clients automatically, so only clients it already knows can sign in.`,
    );
  }
  return ok(`${issuer.host} responded in ${ms} ms`);
}

async function readDocument(
  url: URL,
  send: Send,
): Promise<
  | { readonly document: Readonly<Record<string, unknown>>; readonly ms: number }
  | { readonly failure: CheckResult }
> {
  const reached = await send(url);
  if ("failure" in reached) return reached;
  const { status, body } = reached.response;
  if (status >= 500) return { failure: serverError(url, status) };
  const document = parseJson(body);
  if (status !== 200 || !isObject(document)) {
    return {
      failure: failed(`${describe(url)} has no metadata (HTTP ${status}), so clients cannot sign in.`),
    };
  }
  return { document, ms: reached.ms };
}

/** The path of the resource or issuer comes last (RFC 8414, section 3.1; RFC 9728, section 3.1). */
function wellKnown({ origin, pathname }: URL, name: string): URL {
  return new URL(`/.well-known/${name}${pathname.replace(/\/$/, "")}`, origin);
}

/** Whether tokens for a resource are for an endpoint in it, as the SDK compares them. */
function isWithin(endpoint: URL, resource: URL): boolean {
  const pathOf = ({ pathname }: URL): string => `${pathname.replace(/\/$/, "")}/`;
  return endpoint.origin === resource.origin && pathOf(endpoint).startsWith(pathOf(resource));
}

/** A response to a request, as JSON or as an event of a stream. */
function isMcp(body: string): boolean {
  const text = /^data: ?(.*)$/m.exec(body)?.[1] ?? body;
  const message = parseJson(text);
  return isObject(message) && message.jsonrpc === "2.0";
}

/** A URL without what may be secret in it. */
function describe({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
