import process from "node:process";
import { createInterface } from "node:readline";
import { credentialOf, maskKey } from "../../platforms/lightfast/config/api-key.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import { ProfileError, profileFile, writeProfile } from "../../platforms/lightfast/config/profiles.ts";
import { profileOf, resolveSettings, SettingsError } from "../../platforms/lightfast/config/resolve.ts";
import { createServer, redactAll } from "../context.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { print, printError } from "../output.ts";
import { callOnce, wordsOf } from "./one-call.ts";

const firstLine = async (): Promise<string> => {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return "";
};

/** The key to store: from the flag, a line of stdin, or a person. */
const readKey = async (flags: Flags, stdin: boolean): Promise<{ value: string; source: string }> => {
  if (typeof flags.apiKey === "string") return { value: flags.apiKey, source: "--api-key" };
  if (stdin) return { value: await firstLine(), source: "stdin" };
  const { askSecret, canAsk } = await import("../prompt.ts");
  if (canAsk())
    return { value: await askSecret("Lightfast API key (Settings > API Keys)"), source: "the prompt" };
  throw new SettingsError([
    "login needs a terminal to ask for the key, or --stdin to read it from a line of stdin.",
  ]);
};

/** Checks a key against Lightfast and stores it; a key that Lightfast does not accept is not stored. */
export const login = async ({ stdin = false }: { stdin?: boolean }, flags: Flags): Promise<void> => {
  const { name } = profileOf(flags, process.env);
  const settings = resolveSettings({ ...flags, apiKey: undefined }, process.env);
  if (settings.sandbox) throw new SettingsError(["login is for real accounts; the sandbox needs none."]);
  const { value, source } = await readKey(flags, stdin);
  if (value.trim() === "") throw new SettingsError([`${source} held no key. Nothing was stored.`]);
  const redact = redactAll(value);
  const credential = credentialOf({ value: value.trim(), source });
  if (credential.state !== "ready") throw new SettingsError([`${credential.problem}. Nothing was stored.`]);

  const { baseUrl } = settings;
  const { key } = credential;
  const log = { error: printError, warn: printError, info: () => {}, debug: () => {} };
  const server = createServer({ settings, log, redact, upstream: { baseUrl, apiKey: key } });
  const result = await callOnce(server, "lightfast_system_health", {});
  if (result.isError) {
    printError(`${wordsOf(result)} Nothing was stored.`);
    process.exitCode = exitCodeOf(result);
    return;
  }
  try {
    await writeProfile(name, { apiKey: key, baseUrl: baseUrl.href });
  } catch (error) {
    throw error instanceof ProfileError ? new SettingsError([`${error.message}. ${error.advice}`]) : error;
  }
  print(`Logged in as profile ${name}: ${maskKey(key)} at ${baseUrl.href}, stored in ${profileFile(name)}`);
};
