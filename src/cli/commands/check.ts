import process from "node:process";
import { createLocalUrl } from "../../config/http.ts";
import type { GivenFlags, SettingProblem } from "../../config/reader.ts";
import { SettingsError } from "../../config/resolve.ts";
import type { Check } from "../../doctor/check.ts";
import { issuerChecks, lfxChecks } from "../../doctor/checks/lfx.ts";
import { appCheck } from "../../doctor/checks/lightfast-app.ts";
import {
  clockCheck,
  createServiceProbe,
  incompleteSettings,
  invalidSettings,
  issuerCheck,
  keySetCheck,
  type ServiceProbe,
  serviceCheck,
  validSettings,
} from "../../doctor/checks/services.ts";
import { runChecks } from "../../doctor/run.ts";
import type { ProxySettings } from "../../http-client/types.ts";
import { resolveLfxHttpSettings } from "../../platforms/lfx/config/http.ts";
import { openSandbox } from "../../platforms/lfx/config/resolve.ts";
import {
  type LightfastHttpSettings,
  resolveLightfastHttpSettings,
} from "../../platforms/lightfast/config/http.ts";
import type { LightfastHttpFlags } from "../../platforms/lightfast/config/http-options.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { resolveTarget } from "../../platforms/lightfast/config/upstream.ts";
import { appendPath } from "../../shared/url.ts";
import { installOutputRedactor, keysIn } from "../context.ts";
import { printChecks } from "./doctor.ts";

type CheckFlags = { readonly json?: boolean };

/** Checks the settings of the Lightfast HTTP server, and reaches every service that it calls. Binds no port. */
export function checkLightfast(flags: LightfastHttpFlags & LightfastFlags & CheckFlags): Promise<void> {
  return check(
    flags,
    () => resolveLightfastHttpSettings(flags, process.env),
    listLightfastChecks,
    ({ auth }) => auth === "oauth",
  );
}

/** Checks the settings of the LFX HTTP server, and reaches every service that it calls. Binds no port. */
export function checkLfx(flags: GivenFlags & CheckFlags): Promise<void> {
  return check(
    flags,
    () => openSandbox(resolveLfxHttpSettings(flags, process.env)),
    async (settings, probe) => [
      ...(settings.auth === "oauth" ? issuerChecks(settings.issuers, probe) : []),
      ...lfxChecks(settings, probe),
    ],
  );
}

async function listLightfastChecks(
  settings: LightfastHttpSettings,
  probe: ServiceProbe,
): Promise<readonly Check<unknown>[]> {
  const { oauth, lightfast, auth, host, port } = settings;
  if (oauth) {
    const { issuer, jwksUrl, appUrl, secret } = oauth;
    const resource = (settings.resourceUrl ?? createLocalUrl(host, port)).href;
    const { pathname } = new URL(issuer);
    // The issuer's own path comes last (RFC 8414, section 3.1).
    const path = `/.well-known/oauth-authorization-server${pathname.replace(/\/$/, "")}`;
    const metadataUrl = new URL(path, issuer);
    return [
      issuerCheck({ name: "", issuer, metadataUrl, setting: "--issuer (MCP_AUTH_ISSUER)" }, probe),
      ...(jwksUrl
        ? [keySetCheck({ name: "", source: jwksUrl, setting: "--jwks-url (MCP_JWKS_URL)" }, probe)]
        : []),
      appCheck({ appUrl, secret, resource }, probe),
    ];
  }
  if (!lightfast) return [];
  installOutputRedactor(...keysIn(lightfast));
  const { baseUrl, apiKey } = await resolveTarget(lightfast);
  return [
    serviceCheck(
      {
        id: "api",
        title: "Lightfast API",
        url: appendPath(baseUrl, "/api/v1/system/health"),
        setting: "--base-url (LIGHTFAST_BASE_URL)",
        // With --auth api-key, the callers have the keys.
        token: async () => (auth === "none" ? apiKey : undefined),
        rejectedHint: "Create a key in Lightfast under Settings > API Keys, and set LIGHTFAST_API_KEY to it.",
      },
      probe,
    ),
  ];
}

type CheckedSettings = Pick<LightfastHttpSettings, "auth" | "host" | "port" | "resourceUrl" | "warnings"> & {
  readonly proxies: ProxySettings;
  /** As in `LfxSettings`. */
  readonly incomplete?: readonly SettingProblem[];
};

async function check<Settings extends CheckedSettings>(
  { json }: CheckFlags,
  resolve: () => Settings | Promise<Settings>,
  list: (settings: Settings, probe: ServiceProbe) => Promise<readonly Check<unknown>[]>,
  hasTokens: (settings: Settings) => boolean = () => true,
): Promise<void> {
  installOutputRedactor();
  const checks = await listChecks(resolve, list, hasTokens);
  await printChecks((onReport) => runChecks(checks, undefined, { onReport, isConcurrent: true }), json);
}

async function listChecks<Settings extends CheckedSettings>(
  resolve: () => Settings | Promise<Settings>,
  list: (settings: Settings, probe: ServiceProbe) => Promise<readonly Check<unknown>[]>,
  hasTokens: (settings: Settings) => boolean,
): Promise<readonly Check<unknown>[]> {
  try {
    const settings = await resolve();
    const { auth, host, port, resourceUrl, warnings, proxies, incomplete = [] } = settings;
    const probe = createServiceProbe(proxies);
    const services = await list(settings, probe);
    const summary = `auth ${auth}, port ${port} of ${host}, public URL ${(resourceUrl ?? createLocalUrl(host, port)).href}`;
    const after = services.map(({ id }) => id);
    const validity = incomplete.length > 0 ? incompleteSettings(warnings) : validSettings(summary, warnings);
    return [validity, ...services, clockCheck(after, probe, hasTokens(settings))];
  } catch (error) {
    if (error instanceof SettingsError) return [invalidSettings(error)];
    throw error;
  }
}
