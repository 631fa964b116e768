import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** @import { AddressInfo } from "node:net" */
/** @import { Server } from "../stdio/servers.mjs" */

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const NAME = "@lightfastai/mcp";
const NPM_MS = 120_000;
/** Its file contains the entry as plain JSON. */
const CLIENT = "cursor";

const run = promisify(execFile);

/**
 * Packs the built program, and installs it as a user does: once as it is, once with `--npx`, from a registry on loopback.
 * @param {string} folder for everything that is written
 * @returns {Promise<{ installed: Server, npx: Server }>} what the entries start, with a warm cache of npm
 */
export async function installedServers(folder) {
  const npm = { npm_config_cache: join(folder, "cache"), npm_config_update_notifier: "false" };
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: ROOT,
    timeout: NPM_MS,
  });
  const tarball = join(folder, JSON.parse(stdout)[0].filename);
  const home = join(folder, "home");
  mkdirSync(join(home, `.${CLIENT}`), { recursive: true });
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--prefix", folder, tarball], {
    env: { ...process.env, ...npm },
    timeout: NPM_MS,
  });
  const program = join(folder, "node_modules", NAME, "bin", "lightfast-mcp.js");
  const entry = async (/** @type {readonly string[]} */ ...flags) => {
    const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home };
    await run(process.execPath, [program, "install", CLIENT, "--yes", ...flags], { env });
    const file = JSON.parse(readFileSync(join(home, `.${CLIENT}`, "mcp.json"), "utf8"));
    const { command, args } = file.mcpServers.lightfast;
    return /** @type {[string, ...string[]]} */ ([command, ...args]);
  };
  const env = { HOME: home, USERPROFILE: home, LIGHTFAST_API_KEY: "lf_bench_key" };
  return {
    installed: { label: "as installed", command: await entry(), env },
    npx: {
      label: "install --npx",
      command: await entry("--npx"),
      env: { ...env, ...npm, npm_config_registry: await serveRegistry(tarball) },
    },
  };
}

/** A registry with one package. @param {string} tarball @returns {Promise<string>} its URL */
async function serveRegistry(tarball) {
  const bytes = readFileSync(tarball);
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const server = createServer(({ method, url }, response) => {
    // npm also asks for security advisories.
    if (method !== "GET") return response.writeHead(404).end();
    if (url?.endsWith(".tgz")) return response.end(bytes);
    const { port } = /** @type {AddressInfo} */ (server.address());
    const dist = {
      tarball: `http://127.0.0.1:${port}/mcp.tgz`,
      integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    };
    response.setHeader("content-type", "application/json");
    // As the public registry: npm revalidates after five minutes.
    response.setHeader("cache-control", "public, max-age=300");
    const { version, bin, engines } = manifest;
    const published = { name: NAME, version, bin, engines, dist };
    response.end(
      JSON.stringify({ name: NAME, "dist-tags": { latest: version }, versions: { [version]: published } }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}/`;
}
