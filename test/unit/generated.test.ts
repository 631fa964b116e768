import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import packageJson from "../../package.json" with { type: "json" };
import { generateFiles } from "../../scripts/generate/files.ts";
import type { WireTool } from "../../src/mcp/types.ts";

const FILES = generateFiles(".");
const read = (path: string) => JSON.parse(FILES[path] ?? "null");

describe("generated files", () => {
  test.each(Object.keys(FILES))('%s is up to date (otherwise run "npm run generate")', (path) => {
    expect(readFileSync(path, "utf8")).toBe(FILES[path]);
  });

  test.each([
    ["lightfast", ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"]],
    ["lfx", ["search_projects", "search_committees", "search_members", "search_meetings"]],
  ])("clients that defer tools load these of %s at once", (platform, tools) => {
    const definitions: { wire: WireTool }[] = read(
      `src/platforms/${platform}/tool-definitions.generated.json`,
    );
    const loaded = definitions.filter(({ wire }) => wire._meta?.["anthropic/alwaysLoad"] === true);
    expect(loaded.map(({ wire }) => wire.name).sort()).toEqual(tools.sort());
  });

  test("nothing but generated files is in the plugins and in Docker's entries", () => {
    const files = ["plugins", "deploy/docker-catalog"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).replaceAll("\\", "/")),
    );
    expect(files.filter((path) => FILES[path] === undefined)).toEqual([]);
  });

  describe("the plugin", () => {
    const launch = ["npx", "--prefix=/", "-y", `@lightfastai/mcp@${packageJson.version}`];
    const MANIFESTS = [
      ".claude-plugin/plugin.json",
      ".codex-plugin/plugin.json",
      ".cursor-plugin/plugin.json",
      "gemini-extension.json",
      "plugin.json",
    ];

    test.each(MANIFESTS)("has the version of the package in %s", (path) => {
      const { name, version } = read(`plugins/lightfast/${path}`);
      expect([name, version]).toEqual(["lightfast", packageJson.version]);
    });

    test.each([...MANIFESTS.slice(1, 4), ".mcp.json", "mcp.json"])("starts that version in %s", (path) => {
      const { command, args } = read(`plugins/lightfast/${path}`).mcpServers.lightfast;
      expect([command, ...args]).toEqual(launch);
    });

    test.each([".claude-plugin", ".cursor-plugin"])("is where the marketplace in %s says", (folder) => {
      const [{ name, source }] = read(`${folder}/marketplace.json`).plugins;
      expect(read(join(source, folder, "plugin.json").replaceAll("\\", "/")).name).toBe(name);
    });

    test("has the skills of Lightfast and no others", () => {
      const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);
      const ours = namesIn("skills").filter((name) => name.startsWith("lightfast-"));
      expect(namesIn("plugins/lightfast/skills")).toEqual(ours);
    });

    test("contains no key", () => {
      const texts = Object.entries(FILES).filter(([path]) => path.startsWith("plugins/"));
      expect(texts.filter(([, text]) => /\blf_\w+/.test(text)).map(([path]) => path)).toEqual([]);
    });
  });

  test("the icon in the server's info is the one of the documentation, below 400 characters", () => {
    const uri: string = read("src/platforms/lightfast/icon.generated.json");
    expect(uri.length).toBeLessThan(400);
    const [, data = ""] = uri.split("data:image/svg+xml,");
    const plain = (text: string) => text.replaceAll("'", '"').trim();
    expect(plain(decodeURIComponent(data))).toBe(readFileSync("docs/images/icon.svg", "utf8").trim());
  });

  test("the picture of the icon is a PNG of 512 x 512 pixels, as the registry entry says", () => {
    const png = readFileSync("docs/images/icon.png");
    expect([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      "PNG",
      512,
      512,
    ]);
    expect(read("server.json").icons[0].sizes).toEqual(["512x512"]);
  });

  test("no published entry requires a key: a login is enough", () => {
    const { packages } = read("server.json");
    const keys = packages.flatMap(({ environmentVariables }: { environmentVariables: { name: string }[] }) =>
      environmentVariables.filter(({ name }) => name === "LIGHTFAST_API_KEY"),
    );
    expect(keys).toHaveLength(packages.length);
    for (const key of keys) expect(key).toMatchObject({ isRequired: false, isSecret: true });
    const { user_config } = read("mcpb/manifest.json");
    expect(user_config.api_key).toMatchObject({ required: false, default: "", sensitive: true });
  });

  test("Docker's entries have the variable of the key and every argument of the tools", () => {
    const local = parse(FILES["deploy/docker-catalog/lightfast/server.yaml"] ?? "");
    expect(local.config.secrets[0].env).toBe("LIGHTFAST_API_KEY");
    expect(local.run.command).toEqual(["stdio"]);
    const tools: { name: string; arguments: { name: string; type: string }[] }[] = read(
      "deploy/docker-catalog/lightfast/tools.json",
    );
    expect(tools.flatMap(({ name, arguments: all }) => all.map((one) => [name, one.name, one.type]))).toEqual(
      [
        ["lightfast_signals_create", "input", "string"],
        ["lightfast_signals_get", "id", "string"],
      ],
    );
  });

  test("the registry entry keeps the registry's limits", () => {
    const { name, description } = read("server.json");
    expect(description.length).toBeLessThanOrEqual(100);
    expect(name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  });

  test("the registry entry has the hosted server beside the package", () => {
    expect(read("server.json").remotes).toEqual([
      { type: "streamable-http", url: "https://mcp.lightfast.ai/mcp" },
    ]);
  });

  test("the bundle's manifest marks the API key as sensitive", () => {
    expect(read("mcpb/manifest.json").user_config.api_key.sensitive).toBe(true);
  });
});
