import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type Rollup } from "vite";
import { install } from "../contract/packages.ts";

/** The page's policy as the reference host makes it of an empty `_meta.ui.csp` (ext-apps, examples/basic-host/src/csp.ts). */
const POLICY = [
  "default-src 'self' 'unsafe-inline'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
  "style-src 'self' 'unsafe-inline' blob: data:",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
].join("; ");

/** The proxy between the host and a page, of an origin of its own (MCP Apps, "Sandbox proxy"), as in the reference host. */
const PROXY = `<!doctype html><html lang="en"><title>Sandbox</title><style>html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block}</style><body><script>
const host = new URL(document.referrer).origin;
const inner = document.createElement("iframe");
inner.title = "Page";
inner.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
document.body.append(inner);
addEventListener("message", ({ source, origin, data }) => {
  if (source === parent && origin === host) {
    if (data?.method !== "ui/notifications/sandbox-resource-ready") return inner.contentWindow.postMessage(data, "*");
    const page = inner.contentDocument;
    page.open();
    page.write(data.params.html);
    page.close();
  } else if (source === inner.contentWindow) parent.postMessage(data, host);
});
parent.postMessage({ jsonrpc: "2.0", method: "ui/notifications/sandbox-proxy-ready", params: {} }, host);
</script></body></html>`;

const HOST = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>
<style>body{margin:0}iframe{display:block;width:100%;height:300px;border:0}</style><body><script type="module" src="/host.js"></script></body></html>`;

export type AppsHost = {
  /** The host's page, and the proxy's. */
  readonly page: string;
  readonly sandbox: string;
  /** The source of axe-core. */
  readonly axe: string;
  close(): void;
};

/** Serves a client with MCP Apps on two origins. Installs the extension's package with the first call. */
export async function serveAppsHost(): Promise<AppsHost> {
  const { modules } = install("apps", [
    "@modelcontextprotocol/ext-apps@2.0.4",
    "@modelcontextprotocol/client@2.4.0",
    "axe-core@4.14.1",
  ]);
  const script = await bundleHost(modules);
  const host = await serve((path) =>
    path === "/host.js" ? ["text/javascript", script] : ["text/html", HOST],
  );
  const sandbox = await serve(() => ["text/html", PROXY], { "content-security-policy": POLICY });
  return {
    page: host.url,
    sandbox: sandbox.url,
    axe: join(modules, "axe-core", "axe.min.js"),
    close: () => {
      host.close();
      sandbox.close();
    },
  };
}

async function bundleHost(modules: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    resolve: {
      alias: [
        {
          find: "@modelcontextprotocol/ext-apps/app-bridge",
          replacement: join(modules, "@modelcontextprotocol/ext-apps/dist/src/app-bridge.js"),
        },
        {
          find: /^@modelcontextprotocol\/client$/,
          replacement: join(modules, "@modelcontextprotocol/client"),
        },
      ],
    },
    build: {
      write: false,
      minify: false,
      rollupOptions: { input: join(import.meta.dirname, "apps-host.mjs") },
    },
  });
  const [{ output }] = [built].flat() as [Rollup.RollupOutput];
  return output[0].code;
}

async function serve(respond: (path: string) => readonly [string, string], headers = {}) {
  const server = createServer(({ url = "" }, response) => {
    const [type, body] = respond(url);
    response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers }).end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
