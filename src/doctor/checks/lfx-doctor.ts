import { SettingsError } from "../../config/resolve.ts";
import { type LfxSettings, openSandbox, resolveLfxSettings } from "../../platforms/lfx/config/resolve.ts";
import { type Check, failed, ok } from "../check.ts";
import type { LocalContext } from "../context.ts";
import { whyNoKeyNeeded } from "../entry.ts";
import { clientChecks } from "./clients.ts";
import { installedCopy, newestVersion } from "./copy.ts";
import { handshake } from "./handshake.ts";
import { lfxChecks } from "./lfx.ts";
import { node, packageVersion } from "./local.ts";
import { clockCheck, createServiceProbe, invalidSettings, validSettings } from "./services.ts";

/** The checks of the LFX server on stdio: this machine, the settings, every service that they name, and the clients. */
export async function lfxDoctorChecks(context: LocalContext): Promise<readonly Check<LocalContext>[]> {
  return [
    node,
    packageVersion,
    installedCopy,
    ...(await listServiceChecks(context)),
    handshake,
    newestVersion,
    ...clientChecks(context),
  ];
}

async function listServiceChecks({
  flags,
  env,
  server,
}: LocalContext): Promise<readonly Check<LocalContext>[]> {
  try {
    const settings = await openSandbox(resolveLfxSettings(flags, env));
    const { upstream, proxies, warnings } = settings;
    const probe = createServiceProbe(proxies);
    const services = lfxChecks({ upstream, auth: "none", apiKeys: [] }, probe);
    const after = services.map(({ id }) => id);
    return [
      validSettings(describe(settings), warnings),
      credentialCheck(server.readSettings(flags, env)),
      ...services,
      clockCheck(after, probe),
    ];
  } catch (error) {
    if (error instanceof SettingsError) return [invalidSettings(error)];
    throw error;
  }
}

function describe({ sandbox, upstream, tools, timeoutMs, logLevel }: LfxSettings): string {
  const api = sandbox ? "sandbox: the built-in emulator" : (upstream.lfx?.url.href ?? "no LFX API");
  return `${api}, ${tools.length} tools, timeout ${timeoutMs} ms, log level ${logLevel}`;
}

function credentialCheck({
  sandbox,
  credential,
}: ReturnType<LocalContext["server"]["readSettings"]>): Check<LocalContext> {
  return {
    id: "key",
    title: "Credential",
    failure: "usage",
    hint: "",
    skip: whyNoKeyNeeded,
    run: () => {
      if (sandbox) return ok("built-in sandbox token");
      return credential.state === "ready"
        ? ok(`from ${credential.source}`)
        : failed(`${credential.problem}.`, { hint: credential.hint });
    },
  };
}
