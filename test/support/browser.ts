import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** The command that starts Chromium. */
    chromium: string;
  }
}

type Reply = {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
};

/** One tab of Chromium, controlled by its DevTools protocol over a pipe. */
export type BrowserPage = {
  /** Sends a command of the protocol and returns its result. */
  send<T = unknown>(method: string, params?: object): Promise<T>;
  /** Opens a URL and waits until it is loaded. */
  open(url: string): Promise<void>;
  /** The value of a JavaScript expression in the page; a promise is awaited. */
  evaluate<T>(expression: string): Promise<T>;
  press(key: "Tab" | "Enter"): Promise<void>;
  /** What the console showed since the page was opened, blocked resources included. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

/** Starts Chromium without a window. */
export async function openBrowser(): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), "lightfast-mcp-chromium-"));
  const child = spawn(
    inject("chromium"),
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const closed = once(child, "close");
  const toBrowser = child.stdio[3] as Writable;
  const fromBrowser = child.stdio[4] as Readable;
  const waiting = new Map<number, (reply: Reply) => void>();
  const listeners = new Map<string, () => void>();
  const complaints: string[] = [];
  let buffered = "";
  let lastId = 0;

  fromBrowser.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (buffered + chunk).split("\0");
    buffered = messages.pop() ?? "";
    for (const message of messages) {
      const reply: Reply = JSON.parse(message);
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
      else if (reply.method === "Log.entryAdded" || reply.method === "Runtime.exceptionThrown")
        complaints.push(JSON.stringify(reply.params));
      else listeners.get(reply.method ?? "")?.();
    }
  });

  const send = async <T>(method: string, params: object = {}, sessionId?: string): Promise<T> => {
    lastId += 1;
    const id = lastId;
    const reply = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const ended = closed.then((): Reply => ({ error: { message: "Chromium ended" } }));
    const { result, error } = await Promise.race([reply, ended]);
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  };

  const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  const sendToPage = <T>(method: string, params?: object) => send<T>(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log"]) await sendToPage(`${domain}.enable`);

  return {
    send: sendToPage,
    complaints,
    open: async (url) => {
      complaints.length = 0;
      const loaded = new Promise<void>((resolve) => listeners.set("Page.loadEventFired", resolve));
      await sendToPage("Page.navigate", { url });
      await loaded;
    },
    evaluate: async <T>(expression: string) => {
      const { result, exceptionDetails } = await sendToPage<{
        result: { value: T };
        exceptionDetails?: { text: string; exception?: { description?: string } };
      }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    press: async (key) => {
      const code = { Tab: 9, Enter: 13 }[key];
      const event = { key, code: key, windowsVirtualKeyCode: code };
      await sendToPage("Input.dispatchKeyEvent", {
        type: "keyDown",
        ...event,
        ...(key === "Enter" && { text: "\r" }),
      });
      await sendToPage("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    close: async () => {
      child.kill("SIGKILL");
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
