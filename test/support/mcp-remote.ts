import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { onTestFinished } from "vitest";
import { type Person, visit } from "../fakes/oauth/browser.ts";
import { clientEnvironment } from "./program.ts";

const require = createRequire(import.meta.url);
const PROXY = require.resolve("mcp-remote/dist/proxy.js");

const ADDRESS = /authorize this client by visiting:\s+(http\S+)\s/;

/** The address at which mcp-remote asks its user to sign in. */
function shownAddress(stderr: Readable): Promise<URL> {
  return new Promise((resolve, reject) => {
    let printed = "";
    stderr.on("data", (chunk) => {
      printed += chunk;
      const [, address] = ADDRESS.exec(printed) ?? [];
      if (address !== undefined) resolve(new URL(address));
    });
    stderr.once("end", () => reject(new Error(`mcp-remote asked for no sign-in: ${printed}`)));
  });
}

/** A local client of stdio servers, connected by mcp-remote, for which somebody signs in. No browser is opened. */
export async function connectThroughMcpRemote(url: string, person: Person): Promise<Client> {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-remote-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROXY, url, "--transport", "http-only", "--host", "127.0.0.1"],
    // Without a path it finds no browser.
    env: clientEnvironment({ HOME: folder, MCP_REMOTE_CONFIG_DIR: folder, PATH: folder, BROWSER: "true" }),
    stderr: "pipe",
  });
  const client = new Client({ name: "a local client", version: "1.0.0" });
  onTestFinished(() => client.close());
  const connected = client.connect(transport);
  const address = await Promise.race([
    shownAddress(transport.stderr as Readable),
    connected.then(() => Promise.reject(new Error("mcp-remote connected without a sign-in"))),
  ]);
  const page = await fetch(await visit(address, person));
  if (!page.ok) throw new Error(`mcp-remote refused its callback: ${await page.text()}`);
  await connected;
  return client;
}
