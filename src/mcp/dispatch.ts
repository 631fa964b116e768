import type { JsonObject } from "../shared/json.ts";
import { errorResponse, ProtocolError, type Request, RPC, resultResponse } from "./json-rpc.ts";
import { callTool, type RequestContext, redactDeep, type ServerDefinition } from "./server.ts";
import type { ClientInfo, JsonRpcResponse } from "./types.ts";
import { type Era, MODERN_VERSIONS, negotiateVersion, readEra, stamp } from "./versions.ts";

type Method<Identity> = (
  params: JsonObject,
  exchange: RequestContext<Identity>,
  client?: ClientInfo,
) => JsonObject | Promise<JsonObject>;

/** Answers one request. Rejects only when the client cancelled it: then nothing may be sent. */
export type Dispatch<Identity> = (
  request: Request,
  exchange: RequestContext<Identity>,
) => Promise<JsonRpcResponse>;

const CAPABILITIES = { tools: {} };

/** The methods of each era, for one server. A `Map`, so that no request reaches a name of `Object.prototype`. */
function methodsOf<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
): Record<Era, ReadonlyMap<string, Method<Identity>>> {
  const { info, instructions, catalog, caching } = server;
  const cached = (result: JsonObject) => ({ ...result, ...caching });
  const common = (list: (result: JsonObject) => JsonObject): [string, Method<Identity>][] => [
    ["tools/list", (_, { caller }) => list({ tools: catalog.list(caller) })],
    ["tools/call", (params, exchange, client) => call(server, params, exchange, client)],
    // Not declared as capabilities, but some clients ask regardless and take an error for a broken server.
    ["resources/list", () => list({ resources: [] })],
    ["resources/templates/list", () => list({ resourceTemplates: [] })],
    ["prompts/list", () => list({ prompts: [] })],
  ];
  return {
    legacy: new Map<string, Method<Identity>>([
      [
        "initialize",
        ({ protocolVersion }) => ({
          protocolVersion: negotiateVersion(protocolVersion),
          capabilities: CAPABILITIES,
          serverInfo: info,
          instructions,
        }),
      ],
      ["ping", () => ({})],
      ...common((result) => result),
    ]),
    modern: new Map<string, Method<Identity>>([
      [
        "server/discover",
        () => cached({ supportedVersions: MODERN_VERSIONS, capabilities: CAPABILITIES, instructions }),
      ],
      ...common(cached),
    ]),
  };
}

function call<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
  params: JsonObject,
  exchange: RequestContext<Identity>,
  client = exchange.client,
) {
  if (typeof params.name !== "string") {
    throw new ProtocolError(RPC.invalidParams, 'Invalid params: "name" must be the name of a tool');
  }
  return callTool(server, params.name, params.arguments, { ...exchange, client });
}

/** The one dispatch behind every transport and both eras of the protocol. */
export function createDispatch<Api, Identity>(server: ServerDefinition<Api, Identity>): Dispatch<Identity> {
  const methods = methodsOf(server);
  const { redact } = server;

  const answer = async (
    { method, params }: Request,
    exchange: RequestContext<Identity>,
  ): Promise<JsonObject> => {
    const { era, client } = readEra(method, params);
    const run = methods[era].get(method);
    if (!run) throw new ProtocolError(RPC.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    const result = await run(params, exchange, client);
    return era === "modern" ? stamp(result, server.info) : result;
  };

  return async (request, exchange) => {
    try {
      return resultResponse(request.id, await answer(request, exchange));
    } catch (error) {
      exchange.signal.throwIfAborted();
      if (error instanceof ProtocolError) {
        return errorResponse(
          request.id,
          error.rpcCode,
          redact(error.message),
          redactDeep(error.data, redact),
        );
      }
      server.log.error(`${request.method} failed`, { cause: redact(String(error)) });
      return errorResponse(request.id, RPC.internalError, "Internal error");
    }
  };
}
