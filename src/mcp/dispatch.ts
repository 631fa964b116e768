import { lazy } from "../shared/cache.ts";
import { type JsonObject, sanitizeText } from "../shared/json.ts";
import { InputRequired } from "./errors.ts";
import type { QuestionKind, Respondent } from "./interaction.ts";
import {
  errorResponse,
  ProtocolError,
  type Request,
  RPC,
  requireString,
  resultResponse,
  serializeOnce,
} from "./json-rpc.ts";
import type { ResourceMethods } from "./resources.ts";
import {
  callTool,
  createCallLimiter,
  type RequestContext,
  redactDeep,
  type ServerDefinition,
} from "./server.ts";
import type { JsonRpcResponse, WireTool } from "./types.ts";
import {
  type Caching,
  type ClientMeta,
  type Era,
  negotiateVersion,
  readEra,
  readQuestionKinds,
  SUPPORTED_VERSIONS,
  toModernResult,
} from "./versions.ts";

/** Answers one request. Rejects only if the client canceled it: then no response may be sent. */
export type Dispatch<Identity> = (
  request: Request,
  context: RequestContext<Identity>,
) => Promise<JsonRpcResponse>;

/** Limit of an echoed client value, in characters. */
const MAX_ECHO = 100;

/** Answers the requests of both protocol eras, over any transport. */
export function createDispatch<Api, Identity>(server: ServerDefinition<Api, Identity>): Dispatch<Identity> {
  const methods = createMethods(server);
  const { redact } = server;

  const run = async ({ method, params }: Request, context: RequestContext<Identity>): Promise<JsonObject> => {
    const { era, meta } = readEra(method, params);
    const handler = methods[era].get(method);
    if (handler) return handler(params, context, meta);
    const name = sanitizeText(method.slice(0, MAX_ECHO));
    throw new ProtocolError(RPC.methodNotFound, `Method not found: ${name}`);
  };

  return async (request, context) => {
    const { id } = request;
    try {
      return resultResponse(id, await run(request, context));
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof ProtocolError) {
        return errorResponse(id, error.rpcCode, redact(error.message), redactDeep(error.data, redact));
      }
      server.log.error(`${request.method} failed`, { cause: redact(String(error)) });
      return errorResponse(id, RPC.internalError, "Internal error");
    }
  };
}

type Method<Identity> = (
  params: JsonObject,
  context: RequestContext<Identity>,
  meta?: ClientMeta,
) => JsonObject | Promise<JsonObject>;

type Wrap = (result: JsonObject, caching?: Caching) => JsonObject;

/** Prompts and resources are declared although there are none: some clients ask for them and treat an error as fatal. */
const CAPABILITIES = { tools: {}, prompts: {}, resources: {} };

/** Those of a server with resources, which may include skills (SEP-2640). */
const RESOURCE_CAPABILITIES = {
  ...CAPABILITIES,
  extensions: { "io.modelcontextprotocol/skills": { directoryRead: true } },
};

type ResourceMethodName = keyof ResourceMethods<unknown>;

/** Every server has the methods of resources, and a server with resources those of skills. */
const RESOURCE_METHODS: readonly ResourceMethodName[] = [
  "resources/list",
  "resources/templates/list",
  "resources/read",
];
const SKILL_METHODS: readonly ResourceMethodName[] = [
  "resources/directory/read",
  "skills/list",
  "skills/get",
];

/** A `Map` for each era, so that no request reaches a name of `Object.prototype`. */
function createMethods<Api, Identity>(
  server: ServerDefinition<Api, Identity>,
): Record<Era, ReadonlyMap<string, Method<Identity>>> {
  const { info, instructions, catalog, caching, program, loadResources } = server;
  const limit = createCallLimiter();
  const capabilities = loadResources ? RESOURCE_CAPABILITIES : CAPABILITIES;
  const resources = lazy(async () => {
    const { createResourceMethods } = await import("./resources.ts");
    return createResourceMethods<Identity>((await loadResources?.()) ?? {}, {
      catalog,
      errorMetaKey: program.errorMetaKey,
      callTool: (name, args, context) => callTool(server, name, args, context, limit),
    });
  });
  /** A method that may call a tool, and so may need an answer of the user. */
  const calling =
    (
      toResult: Wrap,
      run: (params: JsonObject, context: RequestContext<Identity>) => Promise<JsonObject>,
    ): Method<Identity> =>
    async (params, context, meta) => {
      const client = meta?.client ?? context.client;
      const user = meta && server.interaction ? repeatingUser(meta, params, context) : context.user;
      try {
        return await run(params, { ...context, client, user });
      } catch (error) {
        if (error instanceof InputRequired) return toResult(error.result);
        throw error;
      }
    };
  const { asksBefore, hidesUnasked } = server.interaction ?? {};
  const reduced = new WeakMap<readonly WireTool[], readonly WireTool[]>();
  /** Without the tools that need the user's answer, if the client can't ask for it. */
  const reduce = (tools: readonly WireTool[], kinds?: ReadonlySet<QuestionKind>): readonly WireTool[] => {
    if (kinds?.has("form")) return tools;
    const isListed = ({ name }: WireTool): boolean => !asksBefore?.has(catalog.kind(name) ?? "read");
    const rest = reduced.get(tools) ?? tools.filter(isListed);
    reduced.set(tools, rest);
    return rest;
  };
  /** The result is computed and serialized once for each list of tools. */
  const listTools = (toList: Wrap): Method<Identity> => {
    const results = new WeakMap<readonly WireTool[], JsonObject>();
    return (_, { caller, user }, meta) => {
      const all = catalog.list(caller);
      const tools = hidesUnasked
        ? reduce(all, meta ? readQuestionKinds(meta.capabilities) : user?.kinds)
        : all;
      const result = results.get(tools) ?? serializeOnce(toList({ tools }));
      results.set(tools, result);
      return result;
    };
  };
  const common = (toResult: Wrap, toList: Wrap): [string, Method<Identity>][] => [
    ["tools/list", listTools(toList)],
    [
      "tools/call",
      calling(toResult, async (params, context) => {
        const name = requireString(params, "name");
        return toResult(await callTool(server, name, params.arguments, context, limit));
      }),
    ],
    ...[...RESOURCE_METHODS, ...(loadResources ? SKILL_METHODS : [])].map(
      (name): [string, Method<Identity>] => [
        name,
        calling(toResult, async (params, context) => {
          const { result, caching } = await (await resources.get())[name](params, context);
          return toList(result, caching);
        }),
      ],
    ),
    ["prompts/list", () => toList({ prompts: [] })],
    ["prompts/get", rejectPrompt],
  ];
  const initialize: Method<Identity> = (params) => {
    const protocolVersion = negotiateVersion(params.protocolVersion);
    return { protocolVersion, capabilities, serverInfo: info, instructions };
  };
  const unchanged: Wrap = (result) => result;
  // Clients look for icons when they connect. Every other result would carry them, too.
  const { icons: _, ...plainInfo } = info;
  const toModern: Wrap = (result) => toModernResult(result, plainInfo);
  const toCacheable: Wrap = (result, own = caching) => toModern({ ...result, ...own });
  const discover = () =>
    toModernResult({ supportedVersions: SUPPORTED_VERSIONS, capabilities, instructions, ...caching }, info);
  return {
    legacy: new Map([["initialize", initialize], ["ping", () => ({})], ...common(unchanged, unchanged)]),
    modern: new Map([["server/discover", discover], ...common(toModern, toCacheable)]),
  };
}

/** The user of a client of the modern era, which repeats a call to bring an answer. */
function repeatingUser(
  { capabilities }: ClientMeta,
  { requestState, inputResponses }: JsonObject,
  { user }: RequestContext,
): Respondent {
  const repeated = { requestState, inputResponses };
  return { kinds: readQuestionKinds(capabilities), gone: user?.gone, repeated };
}

function rejectPrompt(params: JsonObject): never {
  const name = sanitizeText(requireString(params, "name").slice(0, MAX_ECHO));
  throw new ProtocolError(RPC.invalidParams, `Prompt not found: ${name}`);
}
