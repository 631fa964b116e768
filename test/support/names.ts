import dns from "node:dns";
import type { LookupFunction } from "node:net";
import { onTestFinished, vi } from "vitest";
import type { ScriptedServer } from "./scripted-server.ts";

const HERE = { address: "127.0.0.1", family: 4 };

/**
 * Answers as a name server would to which every name under .test is this machine. For connections that are not made to
 * a loopback address by name: only those go through a proxy.
 */
export function nameThisMachine(): void {
  const { lookup } = dns;
  const answer: LookupFunction = (name, options, tell) => {
    if (!name.endsWith(".test")) lookup(name, options, tell);
    else if (options.all) process.nextTick(tell, null, [HERE]);
    else process.nextTick(tell, null, HERE.address, HERE.family);
  };
  const spy = vi.spyOn(dns, "lookup").mockImplementation(answer as typeof lookup);
  onTestFinished(() => spy.mockRestore());
}

/** A server of this machine under another name, so that a proxy may stand between. */
export function beyond({ port }: ScriptedServer, path = "/", scheme = "http"): URL {
  return new URL(path, `${scheme}://lightfast.test:${port}`);
}
