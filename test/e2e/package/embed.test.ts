import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";

/** A host's project, in which this package and the SDK are installed. */
function hostProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "lightfast-host-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  const modules = join(folder, "node_modules");
  symlinkSync(
    join(inject("installed"), "node_modules", "@lightfastai"),
    join(modules, "@lightfastai"),
    "junction",
  );
  const sdk = join(process.cwd(), "node_modules", "@modelcontextprotocol");
  symlinkSync(sdk, join(modules, "@modelcontextprotocol"), "junction");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("the documented example runs as it is", async () => {
  const page = readFileSync("docs/embed.md", "utf8");
  const example = /```js\n(.*?)```/s.exec(page)?.[1] ?? "";
  const folder = hostProject({ "example.mjs": example });
  const child = spawn(process.execPath, ["example.mjs"], {
    cwd: folder,
    env: { ...process.env, LIGHTFAST_API_KEY: "lf_test_0123456789" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n');
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  expect(JSON.parse(line).result.tools).toHaveLength(3);
  child.kill();
  await exited;
});

const CYCLES = 20_000;

/** Prints the heap growth of `CYCLES` connections, in bytes, of this package and of the SDK's server. */
const MEASURE = `
import { createLightfastServer } from "@lightfastai/mcp";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";

async function growth(server) {
  const cycle = async () => {
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(near);
    await far.close();
  };
  const heap = () => {
    gc();
    gc();
    return process.memoryUsage().heapUsed;
  };
  for (let warmup = 0; warmup < 1000; warmup += 1) await cycle();
  const before = heap();
  for (let count = 0; count < ${CYCLES}; count += 1) await cycle();
  return heap() - before;
}

const ours = await growth(createLightfastServer({ apiKey: "lf_test_0123456789" }));
const sdk = await growth(new McpServer({ name: "sdk", version: "1.0.0" }));
console.log(JSON.stringify({ ours, sdk }));
`;

test(`${CYCLES} connections leave less than 1 MB on the heap`, () => {
  const folder = hostProject({ "measure.mjs": MEASURE });
  const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "measure.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const growth = JSON.parse(stdout) as { ours: number; sdk: number };
  process.stdout.write(`Heap growth after ${CYCLES} connections, in bytes: ${stdout}`);
  expect(growth.ours).toBeLessThan(1_000_000);
});
