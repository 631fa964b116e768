import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { EXAMPLES } from "../../../src/cli/examples.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { COMMAND_LINES } from "../../support/command-lines.ts";

/** The row of cures.test.ts that runs a hint's command, or why no command can do it. */
type Cure = { readonly cure: string } | { readonly byHand: string };

/** Every hint in the source of doctor, as it is written there. */
const HINTS: Readonly<Record<string, Cure>> = {
  'doctor/checks/clients.ts: "Correct that file."': {
    byHand: "only the user knows what the file should contain",
  },
  'doctor/checks/clients.ts: "Enable it in the client\'s settings."': { byHand: "a switch in the client" },
  "doctor/checks/clients.ts: /^[\\w-]{1,30}$/.test(name) ? `To remove it, run: ${platformCommand(context, words)}` : `Remove one of them from ${file}.`":
    { cure: "two entries of the same server" },
  "doctor/checks/credential.ts: rules.noKeyHint": { cure: "an entry without a key" },
  'doctor/checks/credential.ts: "Check the network, and add HTTPS_PROXY to the entry if this network requires a proxy."':
    { byHand: "the network of the user" },
  "doctor/checks/credential.ts: `To store another key, run: ${loginCommand(resolved, ` --${source}`)}`": {
    cure: "an entry whose login is rejected",
  },
  "doctor/checks/credential.ts: hint ?? `Set ${name} to a valid key where ${client.title} starts.`": {
    byHand: "the environment of the client",
  },
  "doctor/checks/credential.ts: hint ?? `Correct ${keyVariable} in ${file}. ${storeHint(resolved)}`": {
    cure: "an entry with an example instead of a key",
  },
  "doctor/checks/credential.ts: `To use the stored login instead, run: ${fixCommand(context)}`": {
    cure: "everything that doctor --fix repairs",
  },
  "doctor/checks/credential.ts: `To move it to ${keyVariable}, run: ${fixCommand(context)}`": {
    cure: "everything that doctor --fix repairs",
  },
  'doctor/checks/credential.ts: `To use the login "${intended}", run: ${fixCommand(context)}`': {
    cure: "everything that doctor --fix repairs",
  },
  'doctor/checks/handshake.ts: "Reinstall the package. If the problem persists, report it with this output."':
    { byHand: "a damaged package, or a defect of this program" },
  "doctor/checks/handshake.ts: `Add ${rules.keyVariable} to the server's entry in the client${rules.login}`":
    { cure: "a key that is only in the shell" },
  'doctor/checks/launch.ts: `Correct "args" of the entry in ${file}.`': {
    byHand: "only the user knows what the arguments should be",
  },
  "doctor/checks/launch.ts: `To start this program by its full path, run: ${fixCommand(context)}`": {
    cure: "everything that doctor --fix repairs",
  },
  "doctor/checks/launch.ts: `Correct that field in ${file}.`": {
    byHand: "only the user knows the value; removing it could widen access",
  },
  "doctor/checks/launch.ts: `To remove ${variable}, run: ${fixCommand(context)}`": {
    cure: "everything that doctor --fix repairs",
  },
  "doctor/checks/launch.ts: `Set the value itself in ${file}.`": { byHand: "only the user knows the value" },
  "doctor/checks/launch.ts: `To ${action}, run: ${fixCommand(context)}`": {
    cure: "everything that doctor --fix repairs",
  },
  "doctor/checks/lfx-doctor.ts: credential.hint": {
    byHand: "a token of the user, which no command of this program can get",
  },
  "doctor/checks/lfx.ts: `Check ${TOKEN_ENDPOINT}.`": {
    byHand: "settings of an operator, or a token of the user",
  },
  "doctor/checks/lfx.ts: CLIENT_HINT": { byHand: "settings of an operator, or a token of the user" },
  "doctor/checks/lfx.ts: `Set ${TOKEN_ENDPOINT} to the token endpoint that the issuer's metadata name.`": {
    byHand: "settings of an operator, or a token of the user",
  },
  "doctor/checks/lfx.ts: isNeeded ? advice : `Only machines that call this server need it. ${advice}`": {
    byHand: "settings of an operator, or a token of the user",
  },
  "doctor/checks/lightfast-app.ts: `Check ${SETTING}.`": {
    byHand: "settings of the operator of two services",
  },
  'doctor/checks/lightfast-app.ts: "Set SERVICE_JWT_SECRET in the Lightfast app, to the value that this server has."':
    { byHand: "settings of the operator of two services" },
  'doctor/checks/lightfast-app.ts: "Give this server and the Lightfast app the same SERVICE_JWT_SECRET, and check the clocks of both."':
    { byHand: "settings of the operator of two services" },
  'doctor/checks/lightfast-app.ts: "Allow the service mcp in the Lightfast app."': {
    byHand: "settings of the operator of two services",
  },
  'doctor/checks/lightfast-app.ts: "Set MCP_RESOURCE_URL to the same URL in this server and in the Lightfast app."':
    { byHand: "settings of the operator of two services" },
  "doctor/checks/lightfast-app.ts: `Set ${SETTING} to the address of the app. The default is the issuer.`": {
    byHand: "settings of the operator of two services",
  },
  'doctor/checks/lightfast.ts: "Check the base URL, the network connection and the proxy settings."': {
    byHand: "the network of the user",
  },
  "doctor/checks/lightfast.ts: newKey(settings)": { cure: "a rejected key in a login" },
  'doctor/checks/lightfast.ts: "Ask an admin to finish the organization\'s setup in Lightfast."': {
    byHand: "a task of an admin",
  },
  "doctor/checks/lightfast.ts: error.hint": { byHand: "a task of an admin, or the permissions of a key" },
  "doctor/checks/local.ts: `Install Node.js ${MIN_NODE_VERSION} or newer, or set its full path as the command in the client.`":
    { byHand: "the installation of Node.js" },
  'doctor/checks/local.ts: "npx may keep using this copy."': {
    byHand: "replaced by the hint of the warning",
  },
  'doctor/checks/local.ts: `npx may keep using this copy. To use the latest version, run: ${programCommand("doctor", path)}`':
    { cure: "an old copy in the cache of npx" },
  'doctor/checks/local.ts: "Correct the setting, or remove it. The server does not start with it."': {
    byHand: "a variable or a flag of the shell",
  },
  'doctor/checks/local.ts: `Set LIGHTFAST_API_KEY to the key, or run: ${programCommand("login")}`': {
    cure: "no key",
  },
  "doctor/checks/local.ts: credential.hint": { cure: "no key" },
  'doctor/checks/local.ts: "Correct it, or remove it to use https://lightfast.ai."': {
    byHand: "a variable or a flag of the shell",
  },
  'doctor/checks/local.ts: "Turn on automatic time (NTP)."': { byHand: "a setting of the system" },
  'doctor/checks/network.ts: "Correct the variable, or remove it."': {
    byHand: "the network or the proxy of the user",
  },
  'doctor/checks/network.ts: "Check the spelling of the base URL, the network connection and the DNS server."':
    { byHand: "the network or the proxy of the user" },
  'doctor/checks/network.ts: "Check the base URL and any firewall. If this network requires a proxy, set HTTPS_PROXY."':
    { byHand: "the network or the proxy of the user" },
  'doctor/checks/network.ts: "If a company proxy intercepts TLS, set NODE_EXTRA_CA_CERTS to the file of its certificate, here and in the " + "server\'s entry in each client."':
    { byHand: "the network or the proxy of the user" },
  'doctor/checks/network.ts: "Check the base URL, and any firewall or proxy in between."': {
    byHand: "the network or the proxy of the user",
  },
  'doctor/checks/network.ts: "The operator of that host must renew the certificate."': {
    byHand: "the network or the proxy of the user",
  },
  "doctor/checks/remote.ts: ASK_OPERATOR": { byHand: "a server of others, or the URL in the entry" },
  "doctor/checks/remote.ts: `Set ${SETTING} to that one.`": {
    byHand: "a server of others, or the URL in the entry",
  },
  "doctor/checks/remote.ts: `Check the path in ${SETTING}.`": {
    byHand: "a server of others, or the URL in the entry",
  },
  "doctor/checks/remote.ts: `Add an Authorization header with your token to the entry, if you have one. Otherwise, ask the operator of the server.`":
    { byHand: "a server of others, or the URL in the entry" },
  "doctor/checks/remote.ts: `Set ${SETTING} to ${sanitizeText(resource)}, if that is the right server.`": {
    byHand: "a server of others, or the URL in the entry",
  },
  'doctor/checks/services.ts: "Set or correct each of these."': {
    byHand: "settings of an operator, or services of others",
  },
  "doctor/checks/services.ts: `Check ${setting}.`": {
    byHand: "settings of an operator, or services of others",
  },
  "doctor/checks/services.ts: `Check ${setting}: it must be the issuer as its tokens name it.`": {
    byHand: "settings of an operator, or services of others",
  },
  "doctor/checks/services.ts: `Set ${setting} to ${shown}, if that is the right server.`": {
    byHand: "settings of an operator, or services of others",
  },
  "doctor/checks/services.ts: rejectedHint": { byHand: "settings of an operator, or services of others" },
  'doctor/checks/services.ts: "Turn on automatic time (NTP) on both sides. With a wrong clock, valid tokens are rejected."':
    { byHand: "a setting of the system" },
  'doctor/checks/services.ts: "The service is reached, but has an error of its own. Read its log, or ask its operator."':
    { byHand: "settings of an operator, or services of others" },
  "doctor/checks/services.ts: (CURES[reason] ?? checkNetwork)(setting)": {
    byHand: "settings of an operator, or services of others",
  },
  "doctor/run.ts: stripControls(hint)": { byHand: "the text of another row" },
  'doctor/servers/lfx.ts: `Set ${TOKEN}, for example to the output of "lfx auth token".`': {
    byHand: "settings of an operator, or a token of the user",
  },
};

/** Calls that only pass words on. */
const PASSED_ON = [/: context$/, /^doctor\/entry\.ts: command/, /^cli\/examples\.ts: words$/];

type Found = { readonly hints: ReadonlySet<string>; readonly commandLines: ReadonlySet<string> };

function findInSource(): Found {
  const hints = new Set<string>();
  const commandLines = new Set<string>();
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  for (const name of files) {
    const file = name.replaceAll("\\", "/");
    const text = readFileSync(join("src", name), "utf8");
    if (!/hint:|programCommand\(|platformCommand\(/.test(text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAssignment(node) && node.name.getText() === "hint" && file.startsWith("doctor/"))
        hints.add(`${file}: ${oneLine(node.initializer.getText())}`);
      if (ts.isCallExpression(node) && /^(?:programCommand|platformCommand)$/.test(node.expression.getText()))
        commandLines.add(`${file}: ${oneLine(node.arguments.map((one) => one.getText()).join(", "))}`);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  }
  return { hints, commandLines };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

const found = findInSource();

describe("every hint of doctor", () => {
  test("has a row here: a test that runs its command, or the reason why there is none", () => {
    const hints = [...found.hints].filter((hint) => !hint.endsWith(': ""'));
    expect(hints.toSorted()).toEqual(Object.keys(HINTS).toSorted());
  });

  test("with a command is run by a test", () => {
    const rows = readFileSync("test/e2e/cli/cures.test.ts", "utf8");
    const cures = Object.values(HINTS).flatMap((row) => ("cure" in row ? [row.cure] : []));
    expect(cures.filter((name) => !rows.includes(`"${name}"`))).toEqual([]);
  });
});

/** Parses a command line as the program does, without running the command, and returns whether it is valid. */
async function parse(commandLine: string): Promise<string> {
  const words = (commandLine.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ""));
  const program = createProgram();
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
    command.action(() => {});
    for (const child of command.commands) silence(child as Command);
  };
  silence(program);
  try {
    await program.parseAsync(words, { from: "user" });
    return "valid";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return /^commander\.help/.test(code) ? "valid" : code;
  }
}

describe("every command line that the program prints", () => {
  test("has a row here", () => {
    const commandLines = [...found.commandLines].filter((one) => !PASSED_ON.some((rule) => rule.test(one)));
    expect(commandLines.toSorted()).toEqual(Object.keys(COMMAND_LINES).toSorted());
  });

  const examples = Object.values(EXAMPLES).flatMap((list) => list.map(({ words }) => words));
  test.each([...new Set([...Object.values(COMMAND_LINES).flat(), ...examples])])(
    "is valid: %s",
    async (line) => {
      expect(await parse(line)).toBe("valid");
    },
  );

  test("an invalid one is found", async () => {
    expect(await parse("install cursor --no-such-option")).toBe("commander.unknownOption");
    expect(await parse("install no-such-client")).toBe("commander.invalidArgument");
  });
});
