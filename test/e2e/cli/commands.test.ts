import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { endedBy, finished, programFile, run, start } from "../../support/program.ts";

const IS_WINDOWS = process.platform === "win32";
const SANDBOX = { LIGHTFAST_SANDBOX: "1" };
const UNREACHABLE = {
  LIGHTFAST_API_KEY: "lf_test_0123456789abcdef",
  LIGHTFAST_BASE_URL: "http://127.0.0.1:1",
};
const NO_SIGNAL = "signal_00000000-0000-0000-0000-000000000000";

test("tools prints the catalog as a table", async () => {
  const { code, stdout, stderr } = await run(["tools"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^TOOL +KIND +ARGUMENTS +TITLE\n/);
  expect(stdout).toMatch(/lightfast_signals_create +write +input +Create a signal\n/);
  expect(stdout.trim().split("\n")).toHaveLength(4);
});

test("tools --json prints what tools/list answers, in one line", async () => {
  const { stdout } = await run(["tools", "--json"]);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  const { tools } = JSON.parse(stdout) as { tools: { name: string; inputSchema: object }[] };
  expect(tools.map((tool) => tool.name)).toEqual([
    "lightfast_signals_create",
    "lightfast_signals_get",
    "lightfast_system_health",
  ]);
  expect(stdout).not.toContain("$schema");
});

test("call prints the result for people, its content with --json, and the whole tool result with --raw", async () => {
  const plain = await run(["call", "lightfast_system_health"], SANDBOX);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(plain.stdout)).toMatchObject({ status: "ok" });

  const create = ["call", "lightfast_signals_create", "--arg", "input=a = b"];
  const json = await run([...create, "--json"], SANDBOX);
  expect(json).toMatchObject({ code: 0, stderr: "" });
  expect(json.stdout.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ status: "queued", visibilityScope: "user" });

  const raw = await run([...create, "--raw"], SANDBOX);
  expect(raw).toMatchObject({ code: 0, stderr: "" });
  const result = JSON.parse(raw.stdout);
  expect(result.structuredContent).toMatchObject({ status: "queued", visibilityScope: "user" });
  expect(JSON.parse(result.content[0].text)).toEqual(result.structuredContent);
});

test.each([
  ["--input with JSON", ["--input", '{"input":"hello"}'], ""],
  ["--input - from stdin", ["--input", "-"], '{"input":"hello"}'],
  ["--arg over --input", ["--input", '{"input":""}', "--arg", "input=hello"], ""],
])("call takes its arguments as %s", async (_, args, input) => {
  expect(await run(["call", "lightfast_signals_create", ...args], SANDBOX, input)).toMatchObject({ code: 0 });
});

test.each([
  ["done", 0, ["call", "lightfast_system_health"], SANDBOX, /^$/],
  [
    "an argument without a name",
    1,
    ["call", "lightfast_system_health", "--arg", "x"],
    SANDBOX,
    /expected name=value/,
  ],
  [
    "input that is not JSON",
    1,
    ["call", "lightfast_system_health", "--input", "{"],
    SANDBOX,
    /--input must be a JSON object, such as \{"a": 1\}: /,
  ],
  [
    "input that is no object",
    1,
    ["call", "lightfast_system_health", "--input", "[]"],
    SANDBOX,
    /must be a JSON object/,
  ],
  ["no key", 1, ["call", "lightfast_system_health"], {}, /^missing_token: /],
  [
    "a refused key",
    3,
    ["call", "lightfast_system_health"],
    { ...SANDBOX, LIGHTFAST_API_KEY: "lf_sandbox_expired" },
    /^invalid_token: .+"API key expired"/,
  ],
  [
    "a missing permission",
    3,
    ["call", "lightfast_signals_create", "--arg", "input=x"],
    { ...SANDBOX, LIGHTFAST_API_KEY: "lf_sandbox_read" },
    /^insufficient_scope: /,
  ],
  [
    "an unfinished setup",
    3,
    ["call", "lightfast_signals_create", "--arg", "input=x"],
    { ...SANDBOX, LIGHTFAST_API_KEY: "lf_sandbox_unbound" },
    /^org_access_denied: .+connect the organization's GitHub account/,
  ],
  [
    "an unreachable API",
    4,
    ["call", "lightfast_system_health"],
    UNREACHABLE,
    /^upstream_error: GET 127\.0\.0\.1:1.+ECONNREFUSED/,
  ],
  [
    "no such tool",
    1,
    ["call", "nope"],
    SANDBOX,
    /^unsupported_tool: .+"nope"\. Call one of: lightfast_signals_create/,
  ],
  [
    "wrong arguments",
    1,
    ["call", "lightfast_signals_create"],
    SANDBOX,
    /^invalid_input: .+"input" is required/,
  ],
  [
    "nothing found",
    5,
    ["call", "lightfast_signals_get", "--arg", `id=${NO_SIGNAL}`],
    SANDBOX,
    /^not_found: /,
  ],
  [
    "an upstream fault",
    5,
    ["call", "lightfast_system_health"],
    { ...SANDBOX, LIGHTFAST_API_KEY: "lf_sandbox_broken" },
    /^upstream_error: .+HTTP 500/,
  ],
] as const)("call: %s exits with %i and says why on stderr", async (_, code, args, env, message) => {
  const plain = await run(args, env);
  expect(plain.code).toBe(code);
  expect(plain.stderr).toMatch(message);
  if (code === 0) return;
  expect(plain.stdout).toBe("");
  const json = await run([...args, "--json"], env);
  expect(json).toMatchObject({ code, stdout: "" });
  const lines = json.stderr.trim().split("\n");
  expect(lines).toHaveLength(1);
  const { error } = JSON.parse(lines[0] ?? "") as { error: { code: string; message: string } };
  expect(error.message).toMatch(message);
  expect(error.code).toBe(
    code === 1 && !/^[a-z_]+: /.test(error.message) ? "usage" : error.message.split(":")[0],
  );
});

test("sandbox runs the emulator for other programs and prints where it is and a ready key", async () => {
  const child = start(["sandbox", "--port", "0"]);
  const [first] = await once(child.stdout.setEncoding("utf8"), "data");
  const env = Object.fromEntries(
    String(first)
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2) as [string, string]),
  );
  expect(env.LIGHTFAST_BASE_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await run(["call", "lightfast_system_health"], env)).toMatchObject({ code: 0 });
  const done = finished(child);
  child.kill("SIGTERM");
  expect(await done).toMatchObject(endedBy("SIGTERM"));
});

/** A command that prints a variable and ends in some way. */
function node(code: string): readonly string[] {
  return ["--", process.execPath, "-e", code];
}

test.each([
  [["sandbox"], "LIGHTFAST_BASE_URL", "LIGHTFAST_SANDBOX"],
  [["lfx", "sandbox"], "LFXMCP_LFX_API_URL", "LFXMCP_LFX_TOKEN"],
])(
  "%j runs a command with the variables of its emulator, and exits as it does",
  async (words, set, unset) => {
    const code = `console.log(process.env.${set}, process.env.${unset}); process.exit(7)`;
    const result = await run([...words, ...node(code)], { [unset]: "1" });
    expect(result).toMatchObject({ code: 7, stderr: "" });
    expect(result.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/? undefined\n$/);
  },
);

test("sandbox logs the requests that a command sends, without keys and queries", async () => {
  const code = `
    const { LIGHTFAST_BASE_URL: url, LIGHTFAST_API_KEY: key } = process.env;
    const headers = { authorization: "Bearer " + key };
    await fetch(url + "/api/v1/signals?limit=2", { headers });
    await fetch(url + "/api/v1/signals", { method: "POST", headers, body: "{}" });`;
  const { code: exitCode, stdout, stderr } = await run(["sandbox", ...node(code)]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
  expect(stderr).toMatch(/^GET {2}\/api\/v1\/signals 200 \d+ ms\nPOST \/api\/v1\/signals 400 \d+ ms\n$/);
  expect(await run(["sandbox", "--quiet", ...node(code)])).toMatchObject({ code: 0, stderr: "" });
});

test("sandbox gives each command an emulator of its own, also for this program", async () => {
  const create = ["sandbox", "--quiet", "--", process.execPath, programFile(), "signal", "create", "x"];
  expect(await run(create, SANDBOX)).toMatchObject({ code: 0, stderr: "" });
  const list = ["sandbox", "--quiet", "--", process.execPath, programFile(), "signal", "list", "--json"];
  expect(JSON.parse((await run(list, SANDBOX)).stdout)).toEqual({ items: [], nextCursor: null });
});

/** What a shell would read as more than a word. */
const WORDS = [
  "a b",
  "",
  'say "hi"&echo 1',
  "a|b<c>d^e(f)!g!",
  "C:\\folder\\",
  'x\\"y',
  "'z'",
  "$HOME `id`",
  "ü€",
];
const PRINT_WORDS = "console.log(JSON.stringify(process.argv.slice(1)))";

test("sandbox passes every argument on as it is", async () => {
  const words = [...WORDS, "%PATH%", "100%", "two\nlines"];
  const result = await run(["sandbox", "--quiet", ...node(PRINT_WORDS), "--", ...words]);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(result.stdout)).toEqual(words);
});

// npm and npx are such scripts.
test.runIf(IS_WINDOWS)(
  "on Windows, sandbox finds a script in PATH, and passes every argument on",
  async () => {
    const folder = mkdtempSync(join(inject("installed"), "scripts & more-"));
    writeFileSync(
      join(folder, "tool.cmd"),
      `@echo off\r\n"${process.execPath}" -e "${PRINT_WORDS}" -- %*\r\nexit /b 7\r\n`,
    );
    // The shell scripts that npm installs beside them.
    writeFileSync(join(folder, "tool"), "#!/bin/sh\n");
    const env = { PATH: `${folder};${process.env.PATH}` };
    const result = await run(["sandbox", "--quiet", "--", "tool", ...WORDS], env);
    expect(result).toMatchObject({ code: 7, stderr: "" });
    expect(JSON.parse(result.stdout)).toEqual(WORDS);
    expect(await run(["sandbox", "--", "tool", "two\nlines"], env)).toMatchObject({
      code: 126,
      stdout: "",
      stderr:
        'lightfast-mcp: cannot run "tool" (a script cannot get a line break). Check the command after --.\n',
    });
  },
);

test("sandbox reports a command that cannot run", async () => {
  for (const command of ["/no/such/program", "no-such-program"]) {
    expect(await run(["sandbox", "--", command])).toMatchObject({
      code: 127,
      stderr: `lightfast-mcp: cannot run "${command}" (ENOENT). Check the command after --.\n`,
    });
  }
});

// Windows has no signals: it ends the sandbox at once.
test.skipIf(IS_WINDOWS)("sandbox forwards signals to its command", async () => {
  const code = `process.on("SIGTERM", () => process.exit(9)); console.log("ready"); setInterval(() => {}, 1000)`;
  const child = start(["sandbox", ...node(code)]);
  const done = finished(child);
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await done).toMatchObject({ code: 9, signal: null });
  const killed = await run(["sandbox", ...node(`process.kill(process.pid, "SIGKILL")`)]);
  expect(killed.code).toBe(128 + 9);
});

test("sandbox accepts browser pages of the given origins alone", async () => {
  const child = start([
    "sandbox",
    "--port",
    "0",
    "--cors",
    "https://a.example,null",
    "--cors",
    "https://b.example",
  ]);
  const [lines] = await once(child.stdout.setEncoding("utf8"), "data");
  const url = `${/LIGHTFAST_BASE_URL=(\S+)/.exec(String(lines))?.[1]}/api/v1/system/health`;
  const statusFor = async (origin: string) =>
    (await fetch(url, { headers: { origin, authorization: "Bearer lf_sandbox" } })).status;
  const statuses = ["https://a.example", "null", "https://b.example", "https://c.example"].map(statusFor);
  expect(await Promise.all(statuses)).toEqual([200, 200, 200, 403]);
  expect(await run(["sandbox", "--cors", "*"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--cors: "*" is not valid'),
  });
});

test("sandbox says what is wrong with its port", async () => {
  expect(await run(["sandbox", "--port", "x"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--port must be"),
  });
  const child = start(["sandbox", "--port", "0"]);
  const [first] = await once(child.stdout.setEncoding("utf8"), "data");
  const port = /:(\d+)/.exec(String(first))?.[1] ?? "";
  const second = await run(["sandbox", "--port", port]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(port);
  expect(second.stderr).not.toMatch(/\n\s+at /);
  child.kill();
  await once(child, "close");
});

test("a reader that went away is no fault", async () => {
  const child = start(["tools", "--json"]);
  child.stdout.destroy();
  const { code, stderr } = await finished(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

const LFX_ENVIRONMENT = {
  LFXMCP_LFX_API_URL: "http://127.0.0.1:1",
  LFXMCP_LFX_TOKEN: "a-real-token",
  LIGHTFAST_SANDBOX: "1",
};

test.each([
  [["lfx", "--profile", "work"], "--profile", "lfx"],
  [["--profile", "work", "lfx"], "--profile", "lfx"],
  [["lfx", "--profile", "work", "http"], "--profile", "lfx http"],
  [["lfx", "call", "search_projects", "--profile", "work"], "--profile", "lfx call"],
  [["--api-key", "lf_0123456789abcdef", "lfx"], "--api-key", "lfx"],
  [["lfx", "tools", "--base-url", "https://x.test"], "--base-url", "lfx tools"],
  [["--profile=work", "lfx", "http"], "--profile", "lfx http"],
])("%j: an LFX command rejects the options of Lightfast", async (args, option, command) => {
  const { code, stdout, stderr } = await run(args, LFX_ENVIRONMENT);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    `lightfast-mcp: unknown option ${option} for "${command}": it applies to Lightfast commands only. Remove it.\n` +
      `For usage, run: lightfast-mcp ${command} --help\n`,
  );
});

test.each([
  [["--timeout", "5", "lfx", "tools", "--json"]],
  [["lfx", "--timeout", "5", "tools", "--json"]],
  [["lfx", "tools", "--log-level", "debug", "--json"]],
])(
  "%j: an LFX command accepts the options of every server, and ignores Lightfast's variables",
  async (args) => {
    const { code, stdout, stderr } = await run(args, LFX_ENVIRONMENT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout).tools.length).toBeGreaterThan(40);
  },
);

test.each([
  [["--timeout", "soon", "lfx"]],
  [["lfx", "--timeout", "soon"]],
  [["--timeout", "5", "lfx", "--timeout", "soon"]],
])("%j: the last value of an option counts", async (args) => {
  const { code, stderr } = await run(args, LFX_ENVIRONMENT);
  expect(code).toBe(1);
  expect(stderr).toContain("--timeout must be a whole number of milliseconds");
});

test.each([
  [
    ["lfx", "--help"],
    ["--lfx-api-url", "--timeout"],
    ["--profile", "--api-key", "--auth"],
  ],
  [
    ["lfx", "http", "--help"],
    ["--mcp-api-auth-servers", "--tools", "--toolsets", "--log-level"],
    ["--profile", "--issuer"],
  ],
  [["http", "--help"], ["--issuer", "--api-key", "--sandbox"], ["--lfx-api-url"]],
  [["logout", "--help"], ["--profile"], ["--api-key", "--sandbox", "--timeout"]],
  [
    ["tools", "--help"],
    ["--json", "--read-only", "--tools", "--exclude-tools"],
    ["--api-key", "--sandbox"],
  ],
  [
    ["lfx", "tools", "--help"],
    ["--json", "--toolsets", "--read-only"],
    ["--lfx-api-url", "--sandbox"],
  ],
  [
    ["install", "--help"],
    ["--read-only", "--tools"],
    ["--api-key", "--timeout"],
  ],
  [["whoami", "--help"], ["--api-key"], ["--read-only", "--tools"]],
])("%j lists the options of that command only", async (args, listed, omitted) => {
  const { code, stdout } = await run(args);
  expect(code).toBe(0);
  const options = stdout.split("\n").flatMap((line) => /^ {2}(?:-\w, )?(--[\w-]+)/.exec(line)?.[1] ?? []);
  expect(options).toEqual(expect.arrayContaining(listed));
  for (const option of omitted) expect(options).not.toContain(option);
});

test.each([
  [["--sandbox", "call", "lightfast_system_health"]],
  [["call", "--sandbox", "lightfast_system_health"]],
  [["--api-key", "lf_sandbox", "call", "lightfast_system_health", "--sandbox"]],
])("%j: options work before and after the command", async (args) => {
  expect(await run(args)).toMatchObject({ code: 0 });
});

test.each([
  [["cal"], /unknown command "cal" \(did you mean "call"\?\)\nFor usage, run: lightfast-mcp --help/],
  [
    ["lfx", "htp"],
    /unknown command "htp" \(did you mean "http"\?\)\nFor usage, run: lightfast-mcp lfx --help/,
  ],
  [
    ["call", "--inputt", "x"],
    /unknown option "--inputt" \(did you mean "--input"\?\)\nFor usage, run: lightfast-mcp call --help/,
  ],
])("%j suggests the nearest name", async (args, message) => {
  const { code, stderr } = await run(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

test("help prints the help of a command", async () => {
  expect(await run(["help", "call"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("--arg <name=value>"),
  });
});

test("wrong usage exits with 1, whatever the command", async () => {
  const lines = [
    "nope",
    "call",
    "call lightfast_signals_get --arg id",
    "call lightfast_signals_get --arg id=@/no/such/file",
    "lfx call nope",
    "http --port x",
    "install nope",
    "doctor --nope",
    "signal get",
    "signal list --cursor",
    "sandbox --port x",
    "tools --tools nope",
  ];
  const codes = await Promise.all(lines.map(async (line) => [line, (await run(line.split(" "))).code]));
  expect(codes).toEqual(lines.map((line) => [line, 1]));
});
