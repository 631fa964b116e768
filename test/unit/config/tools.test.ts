import { describe, expect, test } from "vitest";
import type { Environment } from "../../../src/config/reader.ts";
import { SettingsError } from "../../../src/config/resolve.ts";
import * as lfxSettings from "../../../src/platforms/lfx/config/resolve.ts";
import { POLICY, type PolicyRow } from "../../../src/platforms/lfx/policy.ts";
import { TOOL_DEFINITIONS } from "../../../src/platforms/lightfast/catalog.ts";
import * as lightfastSettings from "../../../src/platforms/lightfast/config/resolve.ts";
import { LFX as LFX_ENVIRONMENT } from "../../support/lfx/environments.ts";
import { errorsOf } from "../../support/settings.ts";

type Kinds = Readonly<Record<string, { readonly kind: string }>>;

/** One platform: its options with the values to combine; "" leaves an option out. */
type Platform = {
  readonly title: string;
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly tools: Kinds;
  /** Short for a selection, for the table. */
  readonly describe: (names: readonly string[]) => string;
  readonly resolve: (env: Environment) => readonly string[] | undefined;
};

const LIGHTFAST: Platform = {
  title: "lightfast",
  options: {
    LIGHTFAST_MCP_TOOLS: [
      "",
      "lightfast_signals_get",
      "lightfast_signals_create",
      "lightfast_system_health, lightfast_signals_create",
      "lightfast_signal_get",
      "search_projects",
    ],
    LIGHTFAST_MCP_EXCLUDE_TOOLS: [
      "",
      "lightfast_signals_get",
      "lightfast_signals_create",
      "lightfast_signals_get,lightfast_signals_create,lightfast_system_health",
      "lightfast_signals_gte",
    ],
    LIGHTFAST_MCP_READ_ONLY: ["", "1"],
  },
  tools: Object.fromEntries(TOOL_DEFINITIONS.map(({ wire, kind }) => [wire.name, { kind }])),
  describe: (names) => names.map((name) => name.replace("lightfast_", "")).join(" "),
  resolve: (env) => lightfastSettings.resolveTools({}, env),
};

const LFX: Platform = {
  title: "lfx",
  options: {
    LFXMCP_TOOLSETS: ["", "committees", "lens,onboarding", "lense"],
    LFXMCP_TOOLS: ["", "user_info", "delete_committee", "get_group, send_email", "get_comittee"],
    LFXMCP_EXCLUDE_TOOLS: ["", "get_committee", "search_projects,get_project,user_info", "delete_groups"],
    LFXMCP_READ_ONLY: ["", "1"],
  },
  tools: POLICY,
  describe: (names) => {
    const sets = names.map((name) => (POLICY as Readonly<Record<string, PolicyRow>>)[name]?.toolset ?? "");
    return [...new Set(sets)]
      .map((set) => `${set} ${sets.filter((other) => other === set).length}`)
      .join(", ");
  },
  resolve: (env) =>
    lfxSettings.resolveTools({}, env).tools ?? lfxSettings.resolveLfxSettings({}, LFX_ENVIRONMENT).tools,
};

/** Every combination of the values of the options. */
function combinations(options: Platform["options"]): readonly Environment[] {
  return Object.entries(options).reduce<readonly Environment[]>(
    (all, [name, values]) =>
      all.flatMap((env) => values.map((value) => ({ ...env, [name]: value || undefined }))),
    [{}],
  );
}

function outcome({ resolve, describe }: Platform, env: Environment): string {
  try {
    return describe(resolve(env) ?? []);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return `error: ${error.message.replaceAll("\n", " ")}`;
  }
}

function table(platform: Platform): string {
  const names = Object.keys(platform.options);
  const rows = combinations(platform.options).map((env) => [
    ...names.map((name) => env[name] || "-"),
    outcome(platform, env),
  ]);
  return [[...names, "offered"], ...rows].map((row) => row.join(" | ")).join("\n");
}

describe.each([LIGHTFAST, LFX])("$title: all combinations", (platform) => {
  const { title, options, tools, resolve } = platform;
  const [READ_ONLY = ""] = Object.keys(options).filter((name) => name.endsWith("READ_ONLY"));
  const [EXCLUDE = ""] = Object.keys(options).filter((name) => name.endsWith("EXCLUDE_TOOLS"));
  const valid = combinations(options).filter((env) => !outcome(platform, env).startsWith("error"));

  test("are those of the table", async () => {
    await expect(`${table(platform)}\n`).toMatchFileSnapshot(`__snapshots__/tools.${title}.txt`);
  });

  test.each([`\${READ_ONLY}`, "%READ_ONLY%"])("read-only stops the start if it is %s", (value) => {
    expect(errorsOf(() => resolve({ [READ_ONLY]: value }))).toEqual([
      `${READ_ONLY} holds the unexpanded placeholder ${value}. Set it to 1 or 0, or remove it.`,
    ]);
  });

  test("read-only leaves reads, whatever is named", () => {
    const readOnly = valid.filter((env) => env[READ_ONLY]);
    expect(readOnly.length).toBeGreaterThan(5);
    for (const env of readOnly) {
      const all = resolve({ ...env, [READ_ONLY]: "" }) ?? [];
      expect(resolve(env)).toEqual(all.filter((name) => tools[name]?.kind === "read"));
    }
  });

  test("an excluded tool is not offered, and every other one is", () => {
    for (const env of valid.filter((env) => env[EXCLUDE])) {
      const excluded = env[EXCLUDE]?.split(",") ?? [];
      const all = resolve({ ...env, [EXCLUDE]: "" }) ?? [];
      expect(resolve(env)).toEqual(all.filter((name) => !excluded.includes(name)));
    }
  });

  test("a list of unknown names is an error of bounded length", () => {
    const [TOOLS = ""] = Object.keys(options).filter((name) => /_MCP_TOOLS|LFXMCP_TOOLS/.test(name));
    const names = Array.from({ length: 5000 }, (_, index) => `${"x".repeat(1000)}${index}`);
    const [message = ""] = errorsOf(() => resolve({ [TOOLS]: names.join() }));
    expect(message).toMatch(/ 4990 more names are unknown\.$/);
    expect(message.length).toBeLessThan(4000);
  });

  test("an unknown name is an error whatever else is chosen", () => {
    const isUnknown = (name: string, value: string) =>
      errorsOf(() => resolve({ [name]: value })).some((message) => message.includes("there is no"));
    const unknown = Object.entries(options).flatMap(([name, values]) =>
      values.flatMap((value) => (isUnknown(name, value) ? [{ name, value }] : [])),
    );
    expect(unknown).toHaveLength(3);
    for (const { name, value } of unknown)
      for (const env of combinations({ ...options, [name]: [value] }))
        expect(errorsOf(() => resolve(env))).toContainEqual(
          expect.stringMatching(`^${name}: there is no tool`),
        );
  });
});
