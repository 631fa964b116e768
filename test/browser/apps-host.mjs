// @ts-nocheck
// The page of a client with MCP Apps, made of the extension's own `AppBridge` and the SDK's client. It shows one tool call at a
// time. The test bundles it, and calls `openApp` and `bridge`.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  AppBridge,
  getToolUiResourceUri,
  PostMessageTransport,
} from "@modelcontextprotocol/ext-apps/app-bridge";

const HOST = { name: "Test Host", version: "1.0.0" };

/**
 * Calls a tool of the server and shows its page.
 * @param options `url` of the server, `sandbox` of the proxy, `tool`, `args`, `context` of the host, `canCall` whether pages may
 * call tools, `result` instead of the server's
 */
globalThis.openApp = async ({ url, sandbox, tool, args, context, canCall = true, result }) => {
  const extensions = { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } };
  const client = new Client(HOST, { capabilities: { extensions } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  const uri = getToolUiResourceUri(tools.find(({ name }) => name === tool));
  const { contents } = await client.readResource({ uri });
  const [{ text: html, mimeType, _meta }] = contents;
  if (mimeType !== "text/html;profile=mcp-app") throw new Error(mimeType);

  document.querySelector("iframe")?.remove();
  const frame = document.createElement("iframe");
  frame.title = "App";
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
  const ready = new Promise((resolve) => {
    addEventListener("message", function listen({ source, data }) {
      if (source !== frame.contentWindow || data?.method !== "ui/notifications/sandbox-proxy-ready") return;
      removeEventListener("message", listen);
      resolve();
    });
  });
  frame.src = `${sandbox}?csp=${encodeURIComponent(JSON.stringify(_meta.ui.csp ?? {}))}`;
  document.body.append(frame);
  await ready;

  const capabilities = canCall ? { serverTools: {} } : {};
  const bridge = new AppBridge(client, HOST, capabilities, { hostContext: context });
  globalThis.bridge = bridge;
  globalThis.client = client;
  bridge.onsizechange = ({ height }) => {
    frame.style.height = `${height}px`;
  };
  const initialized = new Promise((resolve) => {
    bridge.oninitialized = resolve;
  });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  await bridge.sendSandboxResourceReady({ html, csp: _meta.ui.csp });
  await initialized;
  await bridge.sendToolInput({ arguments: args });
  if (result !== "none")
    await bridge.sendToolResult(result ?? (await client.callTool({ name: tool, arguments: args })));
};
