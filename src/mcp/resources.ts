import { createHash } from "node:crypto";
import { isObject, type JsonObject, sanitizeText } from "../shared/json.ts";
import type { Catalog } from "./catalog.ts";
import { ProtocolError, RPC, requireString } from "./json-rpc.ts";
import type { RequestContext } from "./server.ts";
import type { Caller } from "./tool.ts";
import type { ToolResult, WireTool } from "./types.ts";
import type { Caching } from "./versions.ts";

/** What clients read besides calling tools. Loaded on the first request for it. */
export type ServerResources = {
  readonly views?: readonly View[];
  readonly templates?: readonly ResourceTemplate[];
  readonly skills?: readonly Skill[];
};

/**
 * A page with which clients show a tool's results (MCP Apps). Those who are offered a tool that names it may read it. It is
 * not listed: clients without apps would offer it to their users.
 */
export type View = {
  /** As in `Tool`. */
  readonly uri: string;
  /** Loads its HTML. */
  load(): Promise<string>;
  /** What the page asks of the client (`UIResourceMeta`). */
  readonly ui: JsonObject;
};

/** A file of a skill. */
type SkillResource = {
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mimeType: string;
  readonly text: string;
};

/** Resources that a tool reads, with its access check, limits, and errors. The tool's JSON is their text. */
export type ResourceTemplate = {
  /** RFC 6570, level 1: each variable is an argument of the tool and matches one path segment. */
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tool: string;
};

/** Instructions for a task, in the format of https://agentskills.io/specification. */
export type Skill = {
  /** That of `SKILL.md`, with at least these fields. */
  readonly frontmatter: JsonObject & { readonly name: string; readonly description: string };
  /** Every file, `SKILL.md` first. */
  readonly files: readonly SkillFile[];
  /** The tools without which a caller neither sees nor reads it. */
  readonly requires: readonly string[];
};

export type SkillFile = {
  /** Relative to the skill's folder, such as `SKILL.md`. */
  readonly path: string;
  readonly text: string;
};

/** A result, and how long clients may keep it, if that differs from the server's lists. */
export type ResourceAnswer = { readonly result: JsonObject; readonly caching?: Caching };

/** Answers one request. @throws ProtocolError -32602 for an unknown URI, -32603 if a tool fails */
export type ResourceMethod<Identity> = (
  params: JsonObject,
  context: RequestContext<Identity>,
) => ResourceAnswer | Promise<ResourceAnswer>;

/** The methods of resources (MCP, server/resources) and of skills (SEP-2640). */
export type ResourceMethods<Identity> = Readonly<
  Record<
    | "resources/list"
    | "resources/templates/list"
    | "resources/read"
    | "resources/directory/read"
    | "skills/list"
    | "skills/get",
    ResourceMethod<Identity>
  >
>;

/** What the methods need of the server. */
export type ResourceDeps<Identity> = {
  readonly catalog: Pick<Catalog<unknown>, "list" | "has">;
  /** The `_meta` key of a failed result's details. */
  readonly errorMetaKey: string;
  callTool(name: string, args: JsonObject, context: RequestContext<Identity>): Promise<ToolResult>;
};

/** What a tool returned is the caller's, and may change at any time. */
const NOT_CACHED: Caching = { ttlMs: 0, cacheScope: "private" };

/** Failures of the URI; any other is one of the server or of the caller's access. */
const URI_ERRORS: ReadonlySet<unknown> = new Set(["invalid_input", "not_found"]);

export function createResourceMethods<Identity>(
  { views = [], templates = [], skills = [] }: ServerResources,
  { catalog, errorMetaKey, callTool }: ResourceDeps<Identity>,
): ResourceMethods<Identity> {
  const served = skills.map(toServedSkill);
  const offered = <T extends { readonly requires: readonly string[] }>(
    rows: readonly T[],
    caller: Caller,
  ): readonly T[] => {
    const tools = new Set(catalog.list(caller).map(({ name }) => name));
    return rows.filter(({ requires }) => requires.every((tool) => tools.has(tool)));
  };
  const readWithTool = async (
    uri: string,
    tool: string,
    args: JsonObject,
    context: RequestContext<Identity>,
  ): Promise<ResourceAnswer> => {
    const { content, isError, _meta } = await callTool(tool, args, context);
    const text = content[0]?.text ?? "";
    if (!isError) {
      return { result: { contents: [{ uri, mimeType: "application/json", text }] }, caching: NOT_CACHED };
    }
    const details = _meta?.[errorMetaKey];
    const { code, ...more } = isObject(details) ? details : {};
    const rpcCode = URI_ERRORS.has(code) ? RPC.invalidParams : RPC.internalError;
    throw new ProtocolError(rpcCode, text, { uri: uri.slice(0, MAX_URI), code, ...more });
  };

  return {
    "resources/list": (_, { caller }) => ({
      result: {
        resources: offered(served, caller).map(({ manifest }) => toWire(manifest)),
      },
    }),
    "resources/templates/list": (_, { caller }) => ({
      result: {
        resourceTemplates: offered(
          templates.map((template) => ({ ...template, requires: [template.tool] })),
          caller,
        ).map(({ uriTemplate, name, title, description }) => ({
          ...{ uriTemplate, name, title, description },
          mimeType: "application/json",
        })),
      },
    }),
    "resources/read": (params, context) => {
      const uri = requireString(params, "uri");
      const files = offered(served, context.caller).flatMap((skill) => skill.files);
      const found = files.find((resource) => resource.uri === uri);
      if (found) return { result: { contents: [{ uri, mimeType: found.mimeType, text: found.text }] } };
      const view = views.find((one) => one.uri === uri);
      if (view && catalog.list(context.caller).some((tool) => viewOf(tool) === uri)) return readView(view);
      for (const { uriTemplate, tool } of templates) {
        const args = catalog.has(tool) ? matchTemplate(uriTemplate, uri) : undefined;
        if (args) return readWithTool(uri, tool, args, context);
      }
      throw unknownUri("Resource", uri);
    },
    "resources/directory/read": (params, { caller }) => {
      const uri = requireString(params, "uri");
      const skill = offered(served, caller).find(({ root }) => `${uri}/`.startsWith(`${root}/`));
      const inside = skill?.files.filter((file) => file.uri.startsWith(`${uri}/`)) ?? [];
      if (inside.length === 0) throw unknownUri("Directory", uri);
      const children = inside.map((file) => {
        const [child = "", ...rest] = file.uri.slice(uri.length + 1).split("/");
        return rest.length === 0
          ? toWire(file)
          : { uri: `${uri}/${child}`, name: child, mimeType: "inode/directory" };
      });
      return { result: { resources: [...new Map(children.map((child) => [child.uri, child])).values()] } };
    },
    "skills/list": (_, { caller }) => ({
      result: { skills: offered(served, caller).map(({ entry }) => entry) },
    }),
    "skills/get": (params, { caller }) => {
      const uri = requireString(params, "uri");
      const found = offered(served, caller).find(({ manifest }) => manifest.uri === uri);
      if (!found) throw unknownUri("Skill", uri);
      return { result: { skill: found.entry } };
    },
  };
}

type ServedSkill = {
  /** The URI of its folder. */
  readonly root: string;
  readonly requires: readonly string[];
  readonly manifest: SkillResource;
  /** With the manifest. */
  readonly files: readonly SkillResource[];
  /** A `Skill` of SEP-2640. */
  readonly entry: JsonObject;
};

function toServedSkill({ frontmatter, files, requires }: Skill): ServedSkill {
  const { name, description } = frontmatter;
  const root = `skill://${name}`;
  const resources = files.map(({ path, text }): SkillResource => {
    const shown = path === MANIFEST ? { name, description } : { name: path.split("/").at(-1) ?? path };
    return { uri: `${root}/${path}`, ...shown, mimeType: "text/markdown", text };
  });
  const manifest = resources.find(({ uri }) => uri === `${root}/${MANIFEST}`);
  if (!manifest) throw new Error(`the skill ${name} has no ${MANIFEST}`);
  const entries = resources.map(({ uri, text }) => ({
    uri,
    digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    size: Buffer.byteLength(text),
  }));
  return {
    ...{ root, requires, manifest },
    files: resources,
    entry: { uri: manifest.uri, frontmatter, resources: entries },
  };
}

const MANIFEST = "SKILL.md";

/** A `Resource` of the protocol. */
function toWire({ text, ...resource }: SkillResource) {
  return { ...resource, size: Buffer.byteLength(text) };
}

function viewOf({ _meta = {} }: WireTool): unknown {
  return isObject(_meta.ui) ? _meta.ui.resourceUri : undefined;
}

async function readView({ uri, load, ui }: View): Promise<ResourceAnswer> {
  const text = await load();
  return { result: { contents: [{ uri, mimeType: "text/html;profile=mcp-app", text, _meta: { ui } }] } };
}

/** The values of the template's variables; undefined if the URI is not one of the template's. */
function matchTemplate(template: string, uri: string): JsonObject | undefined {
  const pattern = template.replaceAll(/[.*+?^$()[\]|\\]/g, "\\$&").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/?#]+)");
  const { groups } = new RegExp(`^${pattern}$`).exec(uri) ?? {};
  return groups && Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decode(text)]));
}

/** The text without percent-encoding, or as it is if that is malformed. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Limits of an echoed URI, in characters: in the data, and in the message. */
const MAX_URI = 2048;
const MAX_SHOWN = 100;

function unknownUri(what: string, uri: string): ProtocolError {
  const shown = sanitizeText(uri.slice(0, MAX_SHOWN));
  return new ProtocolError(RPC.invalidParams, `${what} not found: ${shown}`, { uri: uri.slice(0, MAX_URI) });
}
