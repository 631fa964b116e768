import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { fakeLfx } from "../fakes/lfx/start.ts";
import { startFakeApp } from "../fakes/lightfast-app/server.ts";
import { type Hosted, ISSUER, RESOURCE, SECRET, tokenOf, untilListening } from "../support/http-program.ts";
import { tokenUntil } from "../support/lfx/environments.ts";
import { API_KEY, expectNoSecrets, upstreamEnvironment } from "../support/lfx/program.ts";
import type { Environment } from "../support/program.ts";
import { buildImage, type Image } from "./image-tools.ts";

let image: Image;
beforeAll(() => {
  image = buildImage();
});
afterAll(() => image?.remove());

/** Runs a command in the image until it exits. */
async function run(command: readonly string[], env: Environment = {}) {
  const child = image.start(command, env);
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code, stdout, stderr };
}

/** A container of the image without command and arguments, as the original's chart runs it. */
async function serve(env: Environment): Promise<Hosted & { readonly pid: number }> {
  const child: ChildProcessWithoutNullStreams = image.start(image.config.Entrypoint, env);
  onTestFinished(() => void child.kill("SIGKILL"));
  return { ...(await untilListening(child)), pid: child.pid ?? 0 };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

async function listTools(port: string, bearer: string): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${bearer}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}

/** The health check of the image, as Docker runs it in the container. */
async function isHealthy(env: Environment): Promise<boolean> {
  const [kind, ...command] = image.config.Healthcheck.Test;
  expect(kind).toBe("CMD");
  return (await run(command, env)).code === 0;
}

describe("the image", () => {
  test("runs as a user by number who is not root, with a read-only root", async () => {
    expect(image.config.User).toBe("1000:1000");
    const script =
      "console.log(process.getuid(), process.getgid()); require('fs').writeFileSync('/app/x', '')";
    const { code, stdout, stderr } = await run(["node", "-e", script]);
    expect([code, stdout]).toEqual([1, "1000 1000\n"]);
    expect(stderr).toContain("EROFS");
  });

  test("has the program, its licenses, and nothing that built it", () => {
    const app = join(image.root, "app");
    expect(readdirSync(app).sort()).toEqual(["LICENSE", "bin", "deploy", "dist", "package.json"]);
    expect(readdirSync(join(app, "deploy")).sort()).toEqual(["image", "telemetry"]);
    const notices = readFileSync(join(app, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const name of ["zod", "undici", "jose"]) expect(notices).toMatch(new RegExp(`^${name} \\d`, "m"));
  });

  test("has a license of every package of the OpenTelemetry SDK", () => {
    const root = join(image.root, "app/deploy/telemetry/node_modules");
    const lock = JSON.parse(readFileSync(join(root, ".package-lock.json"), "utf8"));
    const packages = Object.entries<{ license?: string }>(lock.packages);
    expect(packages.length).toBeGreaterThan(10);
    const unlicensed = packages.filter(
      ([path, { license }]) => license === undefined || !existsSync(join(root, "..", path, "package.json")),
    );
    expect(unlicensed).toEqual([]);
  });

  test("prints the version of the program", async () => {
    expect(await run([...image.config.Entrypoint, "--version"])).toEqual({
      code: 0,
      stdout: `${packageJson.version}\n`,
      stderr: "",
    });
  });

  test("serves Lightfast without settings of a platform, and is healthy", async () => {
    const app = await startFakeApp({ secret: SECRET, resource: RESOURCE });
    onTestFinished(() => app.stop().catch(() => {}));
    app.grants.set("mcp_grant_1", {
      clientId: "mcp_client_1",
      orgId: "org_1",
      userId: "user_1",
      active: true,
    } as never);
    const port = await freePort();
    const env = {
      LIGHTFAST_MCP_PORT: port,
      MCP_RESOURCE_URL: RESOURCE,
      MCP_AUTH_ISSUER: ISSUER,
      APP_INTERNAL_URL: app.url.origin,
      SERVICE_JWT_SECRET: SECRET,
    };
    expect(await isHealthy(env)).toBe(false);
    const server = await serve(env);
    expect(await isHealthy(env)).toBe(true);
    expect(await listTools(port, await tokenOf())).toEqual(
      expect.arrayContaining(["lightfast_signals_create", "lightfast_signals_get"]),
    );
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    // No capability is left.
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(readFileSync(`/proc/${server.pid}/mountinfo`, "utf8")).toMatch(/^\d+ \d+ \S+ \S+ \/ ro[, ]/m);
    expect(await server.stop()).toBe(0);
  });

  test("serves LFX with the environment of the original's chart, and is healthy", async () => {
    const lfx = await fakeLfx();
    const port = await freePort();
    const env = {
      ...upstreamEnvironment(lfx),
      LFXMCP_MODE: "http",
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_HTTP_PORT: port,
      LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.lfx.test/mcp",
      LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer,
      "LFXMCP_API_CREDENTIALS_NIGHTLY-JOB": API_KEY,
    };
    const server = await serve(env);
    expect(await isHealthy(env)).toBe(true);
    expect(await listTools(port, API_KEY)).toContain("search_projects");
    expect(await server.stop()).toBe(0);
    expectNoSecrets(server.log());
  });

  test("serves LFX on stdio with LFXMCP_MODE=stdio, and needs no health check then", async () => {
    const env = {
      LFXMCP_MODE: "stdio",
      LFXMCP_LFX_API_URL: "https://lfx.test",
      LFXMCP_LFX_TOKEN: tokenUntil(Date.now() / 1000 + 600),
    };
    const child = image.start(image.config.Entrypoint, env);
    child.stdin.end(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })}\n`);
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
    expect(JSON.parse(stdout).result.tools.length).toBeGreaterThan(20);
    expect(await isHealthy(env)).toBe(true);
  });

  test("sends traces to a collector if an exporter is chosen", async () => {
    const received: [path: string | undefined, bytes: number][] = [];
    const collector = createServer(async (request, response) => {
      received.push([request.url, (await buffer(request)).length]);
      response.end();
      collector.emit("export");
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    onTestFinished(() => void collector.close());
    const lfx = await fakeLfx();
    const port = await freePort();
    const server = await serve({
      ...upstreamEnvironment(lfx),
      LFXMCP_MODE: "http",
      LFXMCP_HTTP_PORT: port,
      LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.lfx.test/mcp",
      LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer,
      LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY,
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    });
    const exported = once(collector, "export");
    await listTools(port, API_KEY);
    await exported;
    expect(received[0]).toEqual(["/v1/traces", expect.any(Number)]);
    expect(received[0]?.[1]).toBeGreaterThan(100);
    expect(await server.stop()).toBe(0);
  });

  test("reports invalid settings, each on a line of stderr", async () => {
    const { code, stdout, stderr } = await run(image.config.Entrypoint, {
      LFXMCP_MODE: "http",
      LFXMCP_LFX_API_URL: "lfx.test",
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("LFXMCP_LFX_API_URL");
    expect(stderr).toContain("LFXMCP_MCP_API_PUBLIC_URL");
  });
});
