import type { HttpRequest } from "../../../src/http-client/types.ts";
import type { AnyTool, ToolContext, ToolQuestion } from "../../../src/mcp/tool.ts";
import type { LfxApi, Viewer } from "../../../src/platforms/lfx/api.ts";
import { checkAccess } from "../../../src/platforms/lfx/client/access-check.ts";
import { createRestClient } from "../../../src/platforms/lfx/client/rest.ts";
import { TOOLS } from "../../../src/platforms/lfx/tools.ts";
import { type Deadline, withDeadline } from "../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createRequestCheckOfAll, type SentRequest } from "../../fakes/lfx/interfaces/check.ts";

export type DirectReply = { readonly status?: number; readonly body?: unknown; readonly etag?: string };

const check = createRequestCheckOfAll({ anyIds: true });

/** A request of the program as a fake service would receive it. */
export function toSentRequest({ method, url, headers, body }: HttpRequest): SentRequest {
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

const TOKEN_OWNERS = { lfx: "server", lens: "service", onboarding: "service" } as const;

export type DirectOptions = {
  /** Receives every request. An answer that throws ends the call. */
  readonly reply: (request: HttpRequest) => DirectReply;
  /** Default: a caller with full view. */
  readonly viewer?: Viewer;
};

/** The services as functions, without sockets: for tests of thousands of calls. An invalid request ends the call. */
function connectTo({ reply, viewer = { fullView: true } }: DirectOptions, deadline: Deadline): LfxApi {
  const send = async (request: HttpRequest) => {
    const { errors } = check(toSentRequest(request));
    if (errors.length > 0) throw new Error(`invalid request: ${errors.join("; ")}`);
    const { status = 200, body, etag } = reply(request);
    const text = body === undefined ? "" : JSON.stringify(body);
    return { status, body: text, header: (name: string) => (name === "etag" ? etag : undefined) };
  };
  const client = (service: keyof typeof TOKEN_OWNERS) =>
    createRestClient({
      http: { send, close: async () => {} },
      baseUrl: new URL(`http://127.0.0.1/${service}`),
      tokens: { token: async () => "a-token", invalidate: () => {} },
      tokenOwner: TOKEN_OWNERS[service],
      deadline,
      headers: {},
    });
  const lfx = client("lfx");
  return {
    lfx,
    checkAccess: (relations) => checkAccess(lfx, relations),
    subject: "ada",
    viewer,
    lens: client("lens"),
    onboarding: async () => client("onboarding"),
    userInfo: () => {
      throw new Error("no profile");
    },
  };
}

/** Validates the arguments and runs a tool of LFX. @throws ToolError */
export function callDirectly(
  name: string,
  args: JsonObject,
  options: DirectOptions | DirectOptions["reply"],
): Promise<unknown> {
  return useTool(name, args, options, ({ run }, ...rest) => run(...rest));
}

/** Validates the arguments and asks a tool of LFX what the call would change. @throws ToolError */
export function describeDirectly(
  name: string | AnyTool<LfxApi> | undefined,
  args: JsonObject,
  options: DirectOptions | DirectOptions["reply"],
): Promise<ToolQuestion | undefined> {
  return useTool(name, args, options, async ({ question }, ...rest) => question?.(...rest));
}

/** The same as text. */
export async function askDirectly(...args: Parameters<typeof describeDirectly>): Promise<string | undefined> {
  const question = await describeDirectly(...args);
  return typeof question === "object" ? question.text : question;
}

function useTool<Result>(
  name: string | AnyTool<LfxApi> | undefined,
  args: JsonObject,
  options: DirectOptions | DirectOptions["reply"],
  use: (tool: AnyTool<LfxApi>, input: JsonObject, context: ToolContext<LfxApi>) => Promise<Result>,
): Promise<Result> {
  const tool = typeof name === "string" ? TOOLS.find((one) => one.name === name) : name;
  if (!tool) throw new Error(`no tool ${name}`);
  const connection = typeof options === "function" ? { reply: options } : options;
  return withDeadline(5000, new AbortController().signal, (deadline) =>
    use(tool, tool.input.parse(args), {
      api: connectTo(connection, deadline),
      deadline,
      progress: () => {},
      advise: (text) => text,
    }),
  );
}
