import { createDocuments } from "../../auth/documents.ts";
import { TokenInvalid } from "../../auth/errors.ts";
import { createHttpClient } from "../../http-client/client.ts";
import { createPoster, type Post } from "../../http-client/internal.ts";
import { observed, timed } from "../../http-client/observed.ts";
import { userAgentOf } from "../../http-client/user-agent.ts";
import { LOCAL_CALLER } from "../../mcp/caller.ts";
import type { LightfastApi } from "../../platforms/lightfast/api.ts";
import { lightfastSurface } from "../../platforms/lightfast/catalog.ts";
import { credentialOf } from "../../platforms/lightfast/config/api-key.ts";
import type { OauthSettings } from "../../platforms/lightfast/config/http.ts";
import { appEndpoint } from "../../platforms/lightfast/hosted/app.ts";
import { createServiceSigner } from "../../platforms/lightfast/hosted/app-connection.ts";
import { MAX_CONCURRENCY } from "../../platforms/lightfast/hosted/audit-pace.ts";
import { createAuditQueue } from "../../platforms/lightfast/hosted/audit-queue.ts";
import { createGrantCheck } from "../../platforms/lightfast/hosted/auth.ts";
import { createAuthenticator } from "../../platforms/lightfast/hosted/authenticator.ts";
import { defineHostedServer } from "../../platforms/lightfast/hosted/server.ts";
import { createVerifier } from "../../platforms/lightfast/hosted/verifier.ts";
import { createRestApi } from "../../platforms/lightfast/rest-client.ts";
import { KNOWN_SCOPES } from "../../platforms/lightfast/scopes.ts";
import type { Logger } from "../../shared/logger.ts";
import type { ServerMetrics } from "../../transports/http/metrics.ts";
import type { Way } from "../../transports/http/serve.ts";
import { type Context, createServer } from "../context.ts";
import { front, metadataOf } from "./http-front.ts";

/** What may be in the audit queue at shutdown gets so long to be delivered. */
const DRAIN_MS = 10_000;

type LightfastWay = Way<LightfastApi>;

type Surroundings = {
  readonly context: Context;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** The public address of the endpoint. */
  readonly resourceUrl: URL;
};

/** The same way, with the time of each request told to the metrics. */
const measured =
  (post: Post, metrics: ServerMetrics): Post =>
  (request, ...rest) =>
    timed(
      (outcome, seconds) => metrics.upstream(request.url.pathname, outcome, seconds),
      () => post(request, ...rest),
    );

/** Remote callers with tokens of the authorization server; tools call the app in their name. */
export const oauthWay = (oauth: OauthSettings, surroundings: Surroundings): LightfastWay => {
  const { context, log, metrics, resourceUrl } = surroundings;
  const calls = createPoster();
  const documents = createDocuments(context.settings.proxies, log);
  // A way of its own, so that a slow audit never keeps a caller waiting.
  const audits = createPoster(MAX_CONCURRENCY);
  const post = measured(calls.post, metrics);
  const sign = createServiceSigner(oauth.secret);
  const { appUrl, issuer, secret, jwksUrl, grantCacheSeconds: cacheSeconds } = oauth;
  const audit = createAuditQueue({
    post: measured(audits.post, metrics),
    sign,
    url: appEndpoint(appUrl, "/audit"),
    log,
    onChange: (size, lost) => {
      metrics.auditQueue(size);
      if (lost > 0) metrics.auditLost(lost);
    },
  });
  const verify = createAuthenticator({
    verify: createVerifier({
      issuer,
      resource: resourceUrl.href,
      knownScopes: KNOWN_SCOPES,
      secret,
      jwksUrl,
      document: documents.read,
      log,
    }),
    checkGrant: createGrantCheck({ appUrl, resource: resourceUrl.href, sign, cacheSeconds, post }),
    callerOf: ({ scopes, userId, orgId, clientId, grantId }) => ({
      grants: new Set(scopes),
      identity: { userId, orgId, clientId, grantId },
    }),
  });
  const { timeoutMs } = context.settings;
  return {
    ...front(resourceUrl, "You will be asked to sign in."),
    metadata: metadataOf(resourceUrl, issuer),
    access: { kind: "bearer", verify },
    server: defineHostedServer({ post, appUrl, sign, audit, timeoutMs, redact: context.redact, log }),
    close: async () => {
      const left = await audit.drain(DRAIN_MS);
      if (left > 0) log.error("audit events were not delivered", { left });
      await Promise.all([calls.close(), audits.close(), documents.close()]);
    },
  };
};

/** Remote callers with Lightfast API keys of their own; tools call REST v1 with them. */
export const apiKeyWay = ({ context, log, metrics, resourceUrl }: Surroundings): LightfastWay => {
  const { redact, settings, upstream } = context;
  const { timeoutMs, proxies } = settings;
  // The sandbox has an address of its own.
  const baseUrl = "baseUrl" in upstream ? upstream.baseUrl : settings.baseUrl;
  const http = observed(createHttpClient(proxies, log), (outcome, seconds) =>
    metrics.upstream("/api/v1", outcome, seconds),
  );
  return {
    ...front(resourceUrl, "Give it your Lightfast API key as the bearer token."),
    metadata: undefined,
    access: {
      kind: "bearer",
      verify: async (token) => {
        const credential = credentialOf({ value: token, source: "the Authorization header" });
        if (credential.state !== "ready") throw new TokenInvalid(credential.problem);
        return { grants: "all", identity: { apiKey: credential.key } };
      },
    },
    server: {
      ...lightfastSurface(),
      timeoutMs,
      redact,
      log,
      close: () => http.close(),
      connect: ({ caller, client }, deadline) =>
        createRestApi(
          { http, baseUrl, apiKey: caller.identity?.apiKey ?? "", userAgent: userAgentOf(client) },
          deadline,
        ),
    },
    close: () => http.close(),
  };
};

/** Anybody who reaches the port, on this machine alone; tools call with this server's own key. */
export const openWay = ({ context, log, resourceUrl }: Surroundings): LightfastWay => {
  const server = createServer({ ...context, log });
  return {
    ...front(resourceUrl, "It asks nobody who he is, and is for this machine alone."),
    metadata: undefined,
    access: { kind: "open", caller: LOCAL_CALLER },
    server,
    close: () => server.close(),
  };
};
