import { generateKeyPairSync } from "node:crypto";
import { createProgram } from "../../../src/cli/program.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** This server's own OAuth client. */
export const CLIENT = {
  LFXMCP_CLIENT_ID: "our-client",
  LFXMCP_CLIENT_SECRET: "our-secret",
  LFXMCP_TOKEN_ENDPOINT: "https://issuer.example/oauth/token",
} satisfies Environment;

/** The minimal configuration: LFX and an OAuth client. */
export const LFX = { LFXMCP_LFX_API_URL: "https://lfx.example/", ...CLIENT } satisfies Environment;

export const ONBOARDING = {
  LFXMCP_ONBOARDING_API_URL: "https://onboarding.example/api",
  LFXMCP_ONBOARDING_API_AUDIENCE: "the onboarding",
} satisfies Environment;

export const LENS = {
  LFXMCP_LENS_API_URL: "https://lens.example",
  LFXMCP_LENS_API_AUDIENCE: "the lens",
} satisfies Environment;

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const PKCS8 = String(privateKey.export({ type: "pkcs8", format: "pem" }));
export const PKCS1 = String(privateKey.export({ type: "pkcs1", format: "pem" }));

/** What the program makes of these words behind `lfx`, or behind `lfx http`. */
export function flagsOf(command: "lfx" | "lfx http", words: readonly string[]): Record<string, string> {
  const found = command
    .split(" ")
    .reduce(
      (parent, name) => parent.commands.find((child) => child.name() === name) ?? parent,
      createProgram(),
    );
  const { unknown } = found.parseOptions([...words]);
  if (unknown.length > 0) throw new Error(`${command} does not know ${unknown.join(" ")}`);
  return found.opts();
}

/** A token that says when it expires, and is not signed. */
export function tokenUntil(exp: unknown, more: object = {}): string {
  return [{ alg: "none" }, { exp, ...more }, {}]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
}

/** Settings with their addresses as texts: as objects these have no fields to be compared by `toMatchObject`. */
export function shown(settings: unknown): unknown {
  return JSON.parse(JSON.stringify(settings));
}
