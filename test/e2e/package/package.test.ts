import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { build } from "vite";
import { expect, inject, test } from "vitest";

/** What TypeScript parsed of its standard library, which every host shares. */
const libraries = new Map<string, ts.SourceFile>();

function root() {
  return join(inject("installed"), "node_modules", "@lightfastai", "mcp");
}
function manifest() {
  return JSON.parse(readFileSync(join(root(), "package.json"), "utf8"));
}

test("the tarball is small and installs one package", () => {
  expect(statSync(inject("tarball")).size).toBeLessThan(450 * 1024);
  expect(
    readdirSync(join(inject("installed"), "node_modules")).filter((name) => !name.startsWith(".")),
  ).toEqual(["@lightfastai"]);
});

test("the manifest has one program, no runtime dependency and the registry name", () => {
  const { bin, dependencies, mcpName, engines, license } = manifest();
  expect(bin).toEqual({ "lightfast-mcp": "bin/lightfast-mcp.js" });
  expect(dependencies).toBeUndefined();
  expect({ mcpName, engines, license }).toEqual({
    mcpName: "ai.lightfast/mcp",
    engines: { node: ">=20.18.1" },
    license: "MIT",
  });
});

test("the package contains no source and no tests", () => {
  const top = readdirSync(root()).sort();
  expect(top).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json"]);
});

test("the package contains the license of every bundled package", () => {
  const notices = readFileSync(join(root(), "dist", "THIRD-PARTY-NOTICES.txt"), "utf8");
  for (const name of ["@modelcontextprotocol/sdk", "commander", "undici", "zod"]) {
    const { version } = createRequire(import.meta.url)(
      join(process.cwd(), "node_modules", name, "package.json"),
    );
    expect(notices).toContain(`${name} ${version} (MIT)`);
  }
  for (const text of [
    "\nCopyright (c) Matteo Collina and Undici contributors\n",
    "\nCopyright 2015 Simon Nyberg\n",
    "\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software",
    "\nRedistribution and use in source and binary forms, with or without\nmodification,",
    "\nTERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION\n",
  ])
    expect(notices).toContain(text);
});

test("the installed program runs by its name", () => {
  const windows = process.platform === "win32";
  const bin = join(
    inject("installed"),
    "node_modules",
    ".bin",
    windows ? "lightfast-mcp.cmd" : "lightfast-mcp",
  );
  expect(execFileSync(bin, ["--version"], { encoding: "utf8", shell: windows }).trim()).toBe(
    manifest().version,
  );
});

test("an old Node.js gets one sentence with the required version", () => {
  const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.0" } });`;
  const preload = join(inject("installed"), "old.cjs");
  writeFileSync(preload, old);
  const run = () =>
    execFileSync(process.execPath, ["--require", preload, join(root(), "bin", "lightfast-mcp.js")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  expect(run).toThrowError(
    expect.objectContaining({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^lightfast-mcp: Node\.js 20\.18\.1 or newer is required, but this is 18\.20\.0 \(.+\)\. .+\n$/,
      ),
    }),
  );
});

test("a host can import the library and connect it to a transport of the SDK", async () => {
  const library = (await import(
    pathToFileURL(join(root(), "dist", "index.js")).href
  )) as typeof import("../../../src/index.ts");
  expect(Object.keys(library).sort()).toEqual([
    "ERROR_CODES",
    "ERROR_META_KEY",
    "POLICY",
    "TOOL_CARDS",
    "createLightfastServer",
    "version",
  ]);
  const { InMemoryTransport } = await import("@modelcontextprotocol/sdk/inMemory.js");
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await library
    .createLightfastServer({ apiKey: "lf_test_0123456789", baseUrl: "http://127.0.0.1:1" })
    .connect(ours);
  const client = new Client({ name: "host", version: "1" });
  await client.connect(theirs);
  expect((await client.listTools()).tools).toHaveLength(3);
  expect(await client.callTool({ name: "lightfast_system_health" })).toMatchObject({ isError: true });
  await client.close();
  expect(() => library.createLightfastServer({ apiKey: "secret-key" })).toThrowError(
    /does not start with "lf_"/,
  );
  expect(() => library.createLightfastServer({ apiKey: "lf_x", baseUrl: "http://example.com" })).toThrowError(
    /must use https/,
  );
});

test("the published types need no other package", () => {
  const types = readFileSync(join(root(), "dist", "index.d.ts"), "utf8");
  expect(types).not.toMatch(/^(?:import|export)\b.*\bfrom ['"]/m);
  expect(types).toContain("createLightfastServer");
  expect(existsSync(join(root(), "dist", "metafile-esm.json"))).toBe(false);
});

test.each([
  ["Node16", "Node16"],
  ["NodeNext", "NodeNext"],
  ["ESNext", "Bundler"],
] as const)("a strict host compiles with module %s and moduleResolution %s", (module, moduleResolution) => {
  const host = join(inject("installed"), `host-${moduleResolution}.mts`);
  writeFileSync(
    host,
    'import { createLightfastServer, type LightfastServer, version } from "@lightfastai/mcp";\n' +
      'export const server: LightfastServer = createLightfastServer({ apiKey: "lf_" + version });\n',
  );
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    typeRoots: ["none"],
    module: ts.ModuleKind[module],
    moduleResolution: ts.ModuleResolutionKind[moduleResolution],
  };
  const compiler = ts.createCompilerHost(options);
  const read = compiler.getSourceFile;
  compiler.getSourceFile = (name, ...how) => {
    if (dirname(name) !== compiler.getDefaultLibLocation?.()) return read(name, ...how);
    const file = libraries.get(name) ?? read(name, ...how);
    if (file) libraries.set(name, file);
    return file;
  };
  const program = ts.createProgram([host], options, compiler);
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
  expect(problems).toEqual([]);
  expect(program.getSourceFile(host)?.statements).toHaveLength(2);
});

test("a host can bundle the library", async () => {
  const folder = inject("installed");
  const host = join(folder, "bundled-host.mjs");
  writeFileSync(
    host,
    'import { TOOL_CARDS } from "@lightfastai/mcp";\nprocess.stdout.write(String(TOOL_CARDS.length));\n',
  );
  await build({
    root: folder,
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: { ssr: host, outDir: "bundled" },
  });
  expect(
    execFileSync(process.execPath, [join(folder, "bundled", "bundled-host.mjs")], { encoding: "utf8" }),
  ).toBe("3");
});
