import process from "node:process";
import { resolveHttpSettings } from "../../platforms/lightfast/config/http.ts";
import type { HttpFlags } from "../../platforms/lightfast/config/options.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import { serveHttp } from "../../transports/http/serve.ts";
import { createContext } from "../context.ts";
import { createJsonLogger } from "../http-log.ts";
import { apiKeyWay, oauthWay, openWay } from "./http.ts";

/** Serves Lightfast to remote clients, over Streamable HTTP. */
export const http = async (own: HttpFlags, flags: Flags): Promise<void> => {
  const context = await createContext(flags);
  const settings = resolveHttpSettings(own, process.env, context.settings);
  const log = createJsonLogger(
    flags.logLevel || process.env.LIGHTFAST_LOG_LEVEL ? context.settings.logLevel : "info",
  );
  for (const notice of settings.notices) log.warn(notice);
  const { auth, oauth } = settings;
  await serveHttp(settings, log, (resourceUrl, metrics) => {
    const surroundings = { context, log, metrics, resourceUrl };
    if (oauth) return oauthWay(oauth, surroundings);
    return auth === "none" ? openWay(surroundings) : apiKeyWay(surroundings);
  });
};
