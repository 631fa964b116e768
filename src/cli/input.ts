import { createReadStream } from "node:fs";
import process from "node:process";
import { invalidSetting } from "../config/resolve.ts";
import { codeOf } from "../shared/errors.ts";

/** Limit of a text that a command reads, in bytes. A signal has at most 4000 characters. */
const MAX_INPUT_BYTES = 1024 * 1024;

let hasReadStdin = false;

/**
 * Reads a text from a file, or from stdin.
 * @param file a path; `-` is stdin
 * @param setting the flag or argument that names it, for messages
 * @throws SettingsError if it cannot be read, is too long, or is not UTF-8
 */
export async function readInput(file: string, setting: string): Promise<string> {
  const isStdin = file === "-";
  const name = isStdin ? "stdin" : `the file ${JSON.stringify(file)}`;
  if (isStdin && hasReadStdin) throw invalidSetting(setting, `${setting}: stdin can be read only once.`);
  hasReadStdin ||= isStdin;
  const bytes = await readBytes(file).catch((error: unknown) => {
    const hint = isStdin ? "" : " Check the path, or write @@ for a text that starts with @.";
    throw invalidSetting(setting, `${setting}: cannot read ${name} (${codeOf(error) ?? error}).${hint}`);
  });
  if (bytes.length > MAX_INPUT_BYTES) {
    throw invalidSetting(setting, `${setting}: ${name} is longer than ${MAX_INPUT_BYTES} bytes.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidSetting(setting, `${setting}: ${name} is not UTF-8 text. Convert it first.`);
  }
}

/** Returns one byte more than the limit at most: a pipe or a device may have no end. */
async function readBytes(file: string): Promise<Buffer> {
  const stream: NodeJS.ReadableStream = file === "-" ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) break;
  }
  return Buffer.concat(chunks);
}
