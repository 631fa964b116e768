import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createCatalog } from "../../../src/mcp/catalog.ts";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import type { Interaction } from "../../../src/mcp/interaction.ts";
import { createStateSigner } from "../../../src/mcp/request-state.ts";
import type { ServerResources } from "../../../src/mcp/resources.ts";
import type { ObservedCall, RequestContext, ServerDefinition } from "../../../src/mcp/server.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { JsonRpcResponse } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import {
  callerWith,
  exchange,
  modernMeta,
  TINY_TOOLS,
  type TinyApi,
  tinyCatalog,
  tinyServer,
} from "../../support/tiny-server.ts";

const MANIFEST = "---\nname: tiny-notes\ndescription: Take notes. Ünïcode.\n---\n\nRead `references/a.md`.\n";

const RESOURCES: ServerResources = {
  views: [
    { uri: "ui://tiny/card.html", load: async () => "<p>hi</p>", ui: { prefersBorder: true } },
    { uri: "ui://tiny/orphan.html", load: async () => "<p>no tool names it</p>", ui: {} },
  ],
  templates: [
    {
      uriTemplate: "tiny://echoes/{text}",
      name: "echo",
      title: "Echo",
      description: "What was said.",
      tool: "tiny_echo",
    },
  ],
  skills: [
    {
      frontmatter: { name: "tiny-notes", description: "Take notes. Ünïcode." },
      files: [
        { path: "SKILL.md", text: MANIFEST },
        { path: "references/a.md", text: "a" },
        { path: "references/deep/b.md", text: "b" },
      ],
      requires: ["tiny_echo", "tiny_write"],
    },
    {
      frontmatter: { name: "tiny-drops", description: "Drop things." },
      files: [{ path: "SKILL.md", text: "---\nname: tiny-drops\ndescription: Drop things.\n---\n" }],
      requires: ["tiny_drop"],
    },
  ],
};

const READER = callerWith("tiny:read");
const WRITER = callerWith("tiny:read", "tiny:write");
const CARD = "ui://tiny/card.html" as const;
const NOTES = "skill://tiny-notes/SKILL.md";
const DROPS = "skill://tiny-drops/SKILL.md";

function serverWith(overrides: Partial<ServerDefinition<TinyApi>> = {}) {
  return tinyServer({ loadResources: async () => RESOURCES, ...overrides });
}

type Ask = {
  readonly server?: ReturnType<typeof tinyServer>;
  readonly context?: Partial<RequestContext<undefined>>;
  readonly isModern?: boolean;
};

function ask(method: string, params: JsonObject = {}, options: Ask = {}): Promise<JsonRpcResponse> {
  const { server = serverWith(), context, isModern } = options;
  const all = isModern ? { ...params, _meta: modernMeta() } : params;
  return createDispatch(server)({ id: 1, method, params: all }, exchange(context));
}

async function resultOf(...args: Parameters<typeof ask>): Promise<JsonObject> {
  const response = await ask(...args);
  if ("error" in response) throw new Error(JSON.stringify(response.error));
  return response.result;
}

async function urisOf(method: string, key: string, caller: RequestContext<undefined>["caller"]) {
  const rows = (await resultOf(method, {}, { context: { caller } }))[key] as readonly { uri: string }[];
  return rows.map(({ uri }) => uri);
}

describe("capabilities", () => {
  const SKILLS = { "io.modelcontextprotocol/skills": { directoryRead: true } };

  test.each([
    ["initialize", false],
    ["server/discover", true],
  ])("%s declares skills beside resources, and loads nothing", async (method, isModern) => {
    const loadResources = (): never => {
      throw new Error("loaded");
    };
    const { capabilities } = await resultOf(method, {}, { server: serverWith({ loadResources }), isModern });
    expect(capabilities).toEqual({ tools: {}, prompts: {}, resources: {}, extensions: SKILLS });
  });

  test("a server without resources declares and has no skills", async () => {
    const server = tinyServer();
    expect(await resultOf("initialize", {}, { server })).not.toHaveProperty("capabilities.extensions");
    for (const method of ["skills/list", "skills/get", "resources/directory/read"])
      expect(await ask(method, { uri: NOTES }, { server })).toMatchObject({ error: { code: -32601 } });
  });

  test("resources are loaded once, on the first request, and again after a failure", async () => {
    let loads = 0;
    const loadResources = async (): Promise<ServerResources> => {
      loads += 1;
      if (loads === 1) throw new Error("no such file");
      return RESOURCES;
    };
    const dispatch = createDispatch(serverWith({ loadResources }));
    const list = () => dispatch({ id: 1, method: "skills/list", params: {} }, exchange());
    expect(await list()).toMatchObject({ error: { code: -32603, message: "Internal error" } });
    expect(await list()).toHaveProperty("result");
    expect(await list()).toHaveProperty("result");
    expect(loads).toBe(2);
  });
});

describe("lists", () => {
  test("resources/list has the manifests of skills with their metadata", async () => {
    expect(await resultOf("resources/list")).toEqual({
      resources: [
        {
          ...{ uri: NOTES, name: "tiny-notes", description: "Take notes. Ünïcode." },
          ...{ mimeType: "text/markdown", size: Buffer.byteLength(MANIFEST) },
        },
        {
          ...{ uri: DROPS, name: "tiny-drops", description: "Drop things." },
          ...{ mimeType: "text/markdown", size: 51 },
        },
      ],
    });
  });

  test("resources/templates/list has the templates", async () => {
    expect(await resultOf("resources/templates/list")).toEqual({
      resourceTemplates: [
        {
          ...{ uriTemplate: "tiny://echoes/{text}", name: "echo", title: "Echo" },
          ...{ description: "What was said.", mimeType: "application/json" },
        },
      ],
    });
  });

  test("skills/list has each file with its digest and size in bytes", async () => {
    const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const { skills } = await resultOf("skills/list");
    expect((skills as unknown[])[0]).toEqual({
      uri: NOTES,
      frontmatter: { name: "tiny-notes", description: "Take notes. Ünïcode." },
      resources: [
        { uri: NOTES, digest: digest(MANIFEST), size: Buffer.byteLength(MANIFEST) },
        { uri: "skill://tiny-notes/references/a.md", digest: digest("a"), size: 1 },
        { uri: "skill://tiny-notes/references/deep/b.md", digest: digest("b"), size: 1 },
      ],
    });
  });

  test.each([
    ["without grants", callerWith(), []],
    ["who may read", READER, []],
    ["who may write, too", WRITER, [NOTES]],
  ])("a caller %s sees what needs no other tool", async (_, caller, skills) => {
    expect(await urisOf("skills/list", "skills", caller)).toEqual(skills);
    expect(await urisOf("resources/list", "resources", caller)).toEqual(skills);
  });

  test("a caller without the tool of a template does not see the template", async () => {
    const context = { caller: callerWith("tiny:write") };
    expect(await resultOf("resources/templates/list", {}, { context })).toEqual({ resourceTemplates: [] });
  });

  test.each(["resources/list", "resources/templates/list", "skills/list"])(
    "%s is cacheable in the modern era alone",
    async (method) => {
      expect(await resultOf(method, {}, { isModern: true })).toMatchObject({
        ...{ resultType: "complete", ttlMs: 60_000, cacheScope: "public" },
      });
      expect(await resultOf(method)).not.toHaveProperty("ttlMs");
    },
  );
});

describe("texts", () => {
  test.each([
    [NOTES, "text/markdown", MANIFEST],
    ["skill://tiny-notes/references/deep/b.md", "text/markdown", "b"],
  ])("%s is read as it is", async (uri, mimeType, text) => {
    expect(await resultOf("resources/read", { uri })).toEqual({ contents: [{ uri, mimeType, text }] });
  });

  test("a text is cacheable like the lists", async () => {
    expect(await resultOf("resources/read", { uri: NOTES }, { isModern: true })).toMatchObject({
      ...{ resultType: "complete", ttlMs: 60_000, cacheScope: "public" },
    });
  });

  test("skills/get returns the entry of the list", async () => {
    const { skills } = await resultOf("skills/list");
    expect(await resultOf("skills/get", { uri: DROPS })).toEqual({ skill: (skills as unknown[])[1] });
  });

  test.each([
    ["resources/read", NOTES],
    ["resources/read", "skill://tiny-notes/references/a.md"],
    ["skills/get", NOTES],
    ["resources/directory/read", "skill://tiny-notes"],
  ])("%s of %s is not found by a caller who lacks a tool of the skill", async (method, uri) => {
    expect(await ask(method, { uri }, { context: { caller: READER } })).toMatchObject({
      error: { code: -32602, data: { uri } },
    });
    expect(await ask(method, { uri }, { context: { caller: WRITER } })).toHaveProperty("result");
  });
});

describe("views", () => {
  const tools = TINY_TOOLS.map((tool) => (tool.name === "tiny_echo" ? { ...tool, view: CARD } : tool));
  const server = () => serverWith({ catalog: createCatalog(tools.map(toToolDefinition), async () => tools) });

  test.each([false, true])(
    "the page of a tool is read with its metadata (modern era: %s)",
    async (isModern) => {
      const result = await resultOf("resources/read", { uri: CARD }, { server: server(), isModern });
      expect(result).toMatchObject({
        contents: [
          {
            ...{ uri: CARD, mimeType: "text/html;profile=mcp-app", text: "<p>hi</p>" },
            _meta: { ui: { prefersBorder: true } },
          },
        ],
      });
    },
  );

  test.each([
    ["a caller without the tool", CARD, callerWith("tiny:write")],
    ["anyone, if no tool names it", "ui://tiny/orphan.html", WRITER],
  ])("a page is not found by %s", async (_, uri, caller) => {
    expect(await ask("resources/read", { uri }, { server: server(), context: { caller } })).toMatchObject({
      error: { code: -32602, data: { uri } },
    });
  });

  test("a page is not listed", async () => {
    expect(JSON.stringify(await resultOf("resources/list", {}, { server: server() }))).not.toContain("ui://");
  });
});

describe("directories", () => {
  const namesOf = async (uri: string) =>
    (await resultOf("resources/directory/read", { uri })).resources as readonly JsonObject[];

  test("a skill's folder has its files and folders, each once", async () => {
    expect(await namesOf("skill://tiny-notes")).toMatchObject([
      { uri: NOTES, name: "tiny-notes", mimeType: "text/markdown" },
      { uri: "skill://tiny-notes/references", name: "references", mimeType: "inode/directory" },
    ]);
  });

  test("a folder in it has its own", async () => {
    expect(await namesOf("skill://tiny-notes/references")).toMatchObject([
      { uri: "skill://tiny-notes/references/a.md", name: "a.md" },
      { uri: "skill://tiny-notes/references/deep", mimeType: "inode/directory" },
    ]);
  });

  test.each([NOTES, "skill:/", "skill://tiny", "skill://tiny-notes/", "skill://tiny-notes/ref", CARD])(
    "%s is not one",
    async (uri) => {
      expect(await ask("resources/directory/read", { uri })).toMatchObject({
        error: { code: -32602, message: `Directory not found: ${uri}`, data: { uri } },
      });
    },
  );
});

describe("what a tool reads", () => {
  const ECHO = "tiny://echoes/hello%20world";

  test("is the tool's JSON, decoded arguments included, and is not kept", async () => {
    const contents = [{ uri: ECHO, mimeType: "application/json", text: '{"text":"hello world"}' }];
    expect(await resultOf("resources/read", { uri: ECHO })).toEqual({ contents });
    expect(await resultOf("resources/read", { uri: ECHO }, { isModern: true })).toMatchObject({
      ...{ contents, ttlMs: 0, cacheScope: "private" },
    });
  });

  test("malformed percent-encoding is taken as it is", async () => {
    const { contents } = await resultOf("resources/read", { uri: "tiny://echoes/100%" });
    expect(contents).toMatchObject([{ text: '{"text":"100%"}' }]);
  });

  test("goes through the boundary: observed, logged, with the caller and the client", async () => {
    const calls: ObservedCall[] = [];
    const seen: RequestContext["client"][] = [];
    const server = serverWith({
      observe: (call) => void calls.push(call),
      connect: ({ client }) => {
        seen.push(client);
        return (input) => input;
      },
    });
    const client = { name: "session", version: "1" };
    await ask("resources/read", { uri: ECHO }, { server, context: { client, caller: READER } });
    expect(calls).toMatchObject([{ tool: "tiny_echo", outcome: "ok", context: { caller: READER } }]);
    expect(seen).toEqual([client]);
    expect(server.logged).toEqual([expect.stringContaining('call tool="tiny_echo" outcome="ok"')]);
  });

  test("has no secret", async () => {
    const redact = (text: string) => text.replaceAll("lf_secret", "[redacted]");
    const { contents } = await resultOf(
      "resources/read",
      { uri: "tiny://echoes/lf_secret" },
      { server: serverWith({ redact }) },
    );
    expect(contents).toMatchObject([{ text: '{"text":"[redacted]"}' }]);
  });

  const failing = (error: ToolError) =>
    serverWith({
      connect: () => () => {
        throw error;
      },
    });

  test.each([
    ["not_found", -32602],
    ["invalid_input", -32602],
    ["invalid_token", -32603],
    ["org_access_denied", -32603],
    ["upstream_error", -32603],
  ] as const)("the tool's %s is the error %i with its text and code", async (code, rpcCode) => {
    const error = new ToolError(code, "It failed", { hint: "Do this.", status: 404, requestId: "r1" });
    expect(await ask("resources/read", { uri: ECHO }, { server: failing(error) })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: {
        code: rpcCode,
        message: `${code}: It failed. Do this.`,
        data: { uri: ECHO, code, status: 404, retryable: false, requestId: "r1" },
      },
    });
  });

  test("a caller without the tool gets its error", async () => {
    const context = { caller: callerWith("tiny:write") };
    expect(await ask("resources/read", { uri: ECHO }, { context })).toMatchObject({
      error: { code: -32603, data: { code: "insufficient_scope" } },
    });
  });

  test("arguments that the tool rejects are -32602", async () => {
    const catalog = tinyCatalog();
    const renamed: ServerResources = {
      templates: [{ uriTemplate: "tiny://{id}", name: "n", title: "t", description: "d", tool: "tiny_echo" }],
    };
    const server = serverWith({ catalog, loadResources: async () => renamed });
    expect(await ask("resources/read", { uri: "tiny://x" }, { server })).toMatchObject({
      error: { code: -32602, data: { uri: "tiny://x", code: "invalid_input" } },
    });
  });

  test("a read that needs the user asks, and goes on when it is repeated with the answer", async () => {
    let hasKey = false;
    const noKey = new ToolError("missing_token", "No key", { hint: "Log in." });
    const interaction: Interaction<TinyApi> = {
      recoverable: ["missing_token"],
      load: async () => ({
        state: createStateSigner(),
        recover: async (_, { answer }) => {
          hasKey = answer?.action === "accept";
          if (hasKey) return "retry";
          return { kind: "form", purpose: "key", message: "Go on?", requestedSchema: { type: "object" } };
        },
      }),
    };
    const connect = () => {
      if (!hasKey) throw noKey;
      return (input: JsonObject) => input;
    };
    const loaded = await interaction.load();
    const dispatch = createDispatch(
      serverWith({ interaction: { ...interaction, load: async () => loaded }, connect }),
    );
    const read = async (more: JsonObject = {}) => {
      const capabilities = { elicitation: { form: {} } };
      const _meta = modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities });
      const params = { uri: ECHO, _meta, ...more };
      const response = await dispatch({ id: 1, method: "resources/read", params }, exchange());
      return "result" in response ? response.result : {};
    };
    const asked = await read();
    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: { key: { method: "elicitation/create" } },
    });
    expect(asked).not.toHaveProperty("ttlMs");
    const inputResponses = { key: { action: "accept" } };
    expect(await read({ requestState: asked.requestState, inputResponses })).toMatchObject({
      resultType: "complete",
      contents: [{ uri: ECHO, text: '{"text":"hello world"}' }],
    });
  });

  test("a canceled read gets no response", async () => {
    const controller = new AbortController();
    const server = serverWith({
      connect: () => (input) => {
        controller.abort(new Error("canceled"));
        return input;
      },
    });
    const reading = ask("resources/read", { uri: ECHO }, { server, context: { signal: controller.signal } });
    await expect(reading).rejects.toThrow("canceled");
  });
});

describe("an unknown URI", () => {
  test.each([
    "tiny://echoes/",
    "tiny://echoes/a/b",
    "tiny://echoes/a?b",
    "xtiny://echoes/a",
    "tiny://echoes",
    "skill://tiny-notes",
    "skill://tiny-notes/NOTES.md",
    "skill://TINY-NOTES/SKILL.md",
    "",
  ])('"%s" is -32602 with the URI', async (uri) => {
    for (const isModern of [true, false])
      expect(await ask("resources/read", { uri }, { isModern })).toMatchObject({
        error: { code: -32602, message: `Resource not found: ${uri}`, data: { uri } },
      });
  });

  test("a tool that is not offered has no resources", async () => {
    const templates = RESOURCES.templates?.map((template) => ({ ...template, tool: "tiny_none" })) ?? [];
    const server = serverWith({ loadResources: async () => ({ templates }) });
    const uri = "tiny://echoes/a";
    expect(await ask("resources/read", { uri }, { server })).toMatchObject({
      error: { code: -32602, message: `Resource not found: ${uri}` },
    });
    expect(server.logged).toEqual([]);
  });

  test("is shortened in the error", async () => {
    const uri = `tiny://nothing/${"x".repeat(5000)}`;
    const response = await ask("resources/read", { uri });
    expect(response).toMatchObject({ error: { data: { uri: uri.slice(0, 2048) } } });
    expect(JSON.stringify(response).length).toBeLessThan(2400);
  });

  test.each(["resources/read", "resources/directory/read", "skills/get"])(
    "%s without a URI names the parameter",
    async (method) => {
      expect(await ask(method)).toMatchObject({
        error: { code: -32602, message: 'Invalid params: "uri" must be a string' },
      });
    },
  );
});
