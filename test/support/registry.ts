import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

const PACKAGE = "@lightfastai/mcp";

export type Registry = {
  readonly url: string;
  /** The paths of all requests for the package. */
  readonly requests: readonly string[];
  /** Publishes a version. A later one is the newest. @param delivered what a download gets instead */
  publish(version: string, tarball: Buffer, delivered?: Buffer): void;
  /** Never ends the next download of a tarball, and resolves when it is requested. */
  stallDownload(): Promise<void>;
};

/** An npm registry on loopback that has this package alone, for one test. */
export async function startRegistry(): Promise<Registry> {
  const registry = await openRegistry();
  onTestFinished(registry.close);
  return registry;
}

/** The same, until it is closed. */
export async function openRegistry(): Promise<Registry & { close(): void }> {
  const tarballs = new Map<string, Buffer>();
  const deliveries = new Map<string, Buffer>();
  const requests: string[] = [];
  let onStall: (() => void) | undefined;

  function manifest(version: string, tarball: Buffer) {
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `${url}${version}.tgz`, integrity };
    return { name: PACKAGE, version, bin: { "lightfast-mcp": "bin/lightfast-mcp.js" }, dist };
  }

  function respond({ url: path = "" }: IncomingMessage, response: ServerResponse): void {
    const [, version = ""] = /^\/(.+)\.tgz$/.exec(path) ?? [];
    const tarball = tarballs.get(version);
    if (path.includes("mcp") || tarball) requests.push(path);
    if (tarball && onStall) {
      onStall();
      onStall = undefined;
    } else if (tarball) response.end(deliveries.get(version));
    else if (/^\/@lightfastai(?:%2f|\/)mcp$/i.test(path) && tarballs.size > 0) {
      const versions = Object.fromEntries([...tarballs].map(([name, data]) => [name, manifest(name, data)]));
      const latest = [...tarballs.keys()].at(-1);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name: PACKAGE, "dist-tags": { latest }, versions }));
    } else response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
  }

  const server = createServer(respond).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    requests,
    publish: (version, tarball, delivered = tarball) => {
      tarballs.set(version, tarball);
      deliveries.set(version, delivered);
    },
    stallDownload: () =>
      new Promise((resolve) => {
        onStall = resolve;
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Packs a version whose program prints its version, and otherwise that text. */
export function packProgram(version: string, text: string): Buffer {
  const program = `#!/usr/bin/env node
if (process.argv[2] === "--version") console.log(${JSON.stringify(version)});
else console.log(${JSON.stringify(text)});
`;
  const manifest = { name: PACKAGE, version, bin: { "lightfast-mcp": "bin/lightfast-mcp.js" } };
  return packFiles({ "package.json": JSON.stringify(manifest), "bin/lightfast-mcp.js": program });
}

/** Packs files as npm does: a tar archive (POSIX.1-1988 ustar) of a folder named `package`, compressed. */
export function packFiles(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const data = Buffer.from(text);
    return [tarHeader(`package/${path}`, data.length), data, Buffer.alloc(-data.length & 511)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function tarHeader(path: string, size: number): Buffer {
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(
    `${octal(0o755, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(0, 11)}\0`,
    100,
  );
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}
