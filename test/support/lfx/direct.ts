import type { HttpRequest } from "../../../src/http-client/types.ts";
import type { LfxApi } from "../../../src/platforms/lfx/api.ts";
import { checkAccess } from "../../../src/platforms/lfx/client/access-check.ts";
import { createRestClient } from "../../../src/platforms/lfx/client/rest.ts";
import { TOOLS } from "../../../src/platforms/lfx/tools.ts";
import { type Deadline, withDeadline } from "../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createRequestCheck, SERVICES, type SentRequest } from "../../fakes/lfx/interfaces/check.ts";

export type DirectReply = { readonly status?: number; readonly body?: unknown; readonly etag?: string };

const checkRequest = createRequestCheck(SERVICES.lfx, { prefix: "/lfx", anyIds: true });

/** A request of the program as a fake service would receive it. */
export function toSentRequest({ method, url, headers, body }: HttpRequest): SentRequest {
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

/** LFX as a function, without sockets: for tests of thousands of calls. An invalid request ends the call. */
function connectTo(reply: (request: HttpRequest) => DirectReply, deadline: Deadline): LfxApi {
  const send = async (request: HttpRequest) => {
    const { errors } = checkRequest(toSentRequest(request));
    if (errors.length > 0) throw new Error(`invalid request: ${errors.join("; ")}`);
    const { status = 200, body, etag } = reply(request);
    const text = body === undefined ? "" : JSON.stringify(body);
    return { status, body: text, header: (name: string) => (name === "etag" ? etag : undefined) };
  };
  const lfx = createRestClient({
    http: { send, close: async () => {} },
    baseUrl: new URL("http://127.0.0.1/lfx"),
    tokens: { token: async () => "a-token", invalidate: () => {} },
    tokenOwner: "caller",
    deadline,
    headers: {},
  });
  const unused = () => {
    throw new Error("only the LFX API is connected");
  };
  return {
    lfx,
    checkAccess: (relations) => checkAccess(lfx, relations),
    subject: "ada",
    viewer: { fullView: true },
    lens: { send: unused },
    onboarding: unused,
    userInfo: unused,
  };
}

/** Validates the arguments and runs a tool of LFX. @throws ToolError */
export function callDirectly(
  name: string,
  args: JsonObject,
  reply: (request: HttpRequest) => DirectReply,
): Promise<unknown> {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return withDeadline(5000, new AbortController().signal, (deadline) =>
    tool.run(tool.input.parse(args), {
      api: connectTo(reply, deadline),
      deadline,
      progress: () => {},
      advise: (text) => text,
    }),
  );
}
