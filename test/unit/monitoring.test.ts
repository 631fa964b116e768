import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createMetrics } from "../../src/transports/http/metrics.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook", string>>;
};
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: unknown;
  readonly gridPos: Readonly<Record<"h" | "w" | "x" | "y", number>>;
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
};
type Variable = { readonly name: string; readonly type: string; readonly query: string | { query: string } };

const rules: { readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[] } =
  parse(read("deploy/prometheus/alerts.yaml"), { strict: true });
const alerts = rules.groups.flatMap((group) => group.rules);
const dashboard: { readonly panels: readonly Panel[]; readonly templating: { readonly list: Variable[] } } =
  JSON.parse(read("deploy/grafana/dashboard.json"));
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const guide = read("docs/operate.md");

const QUERIES: readonly (readonly [name: string, expr: string])[] = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** Every series that a server exports after one event of each kind: its labels by name. */
const exported = new Map<string, ReadonlySet<string>>();

beforeAll(async () => {
  const metrics = createMetrics(0);
  metrics.info({ version: "1.2.3", platform: "tiny", auth: "oauth" });
  metrics.request("/mcp", "POST", 200, 0.1);
  metrics.verification("accepted", 0.1);
  metrics.toolCall("tiny_echo", "ok", 0.1);
  metrics.upstream("tiny", "200", 0.1);
  metrics.auditQueue(1);
  metrics.auditLost(1);
  const { body } = await metrics.text();
  for (const [, name = "", labels = ""] of body.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm))
    exported.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label)));
});

/** The functions of PromQL that the queries may use (prometheus.io, "Query functions" and "Operators"). */
const FUNCTIONS = ["absent", "changes", "histogram_quantile", "increase", "rate"];
const AGGREGATIONS = ["count", "sum"];
const KEYWORDS = ["by", "and", "on"];
/** Labels that Prometheus adds to every series. */
const TARGET_LABELS = ["instance", "job"];

const TOKEN =
  /\s*(?:(?<string>"(?:[^"\\]|\\.)*")|(?<range>\[(?:\d+[smhd]|\$__rate_interval)\])|(?<number>\d+(?:\.\d+)?)|(?<name>[a-zA-Z_]\w*)|(?<operator>=~|!~|!=|>=|<=|[-+*/<>=,(){}]))/y;

type Token = { readonly kind: string; readonly text: string };

/** Splits a query into tokens. @throws Error at a character that PromQL does not have */
function tokenize(query: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = query.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    const [kind, text] = Object.entries(match?.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (!kind || !text) throw new Error(`no PromQL at ${JSON.stringify(query.slice(at, at + 20))}`);
    tokens.push({ kind, text });
  }
  return tokens;
}

/** What a query refers to. @throws Error if its brackets do not match, or if it uses an unknown function */
function analyze(query: string) {
  const tokens = tokenize(query);
  const series = new Map<string, Set<string>>();
  const open: string[] = [];
  let selector: string | undefined;
  const groups: string[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    const next = tokens[index + 1]?.text;
    if (text === "(" || text === "{") open.push(text);
    if (text === ")" || text === "}") {
      const opening = open.pop();
      if (opening !== (text === ")" ? "(" : "{")) throw new Error(`unmatched ${text} in ${query}`);
    }
    if (kind !== "name") continue;
    if (open.at(-1) === "{") series.get(selector ?? "")?.add(text);
    else if (isLabelList(tokens, index)) groups.push(text);
    else if (next === "(" || KEYWORDS.includes(text) || AGGREGATIONS.includes(text)) {
      if (![...FUNCTIONS, ...AGGREGATIONS, ...KEYWORDS].includes(text)) throw new Error(`unknown: ${text}`);
    } else {
      selector = text;
      series.set(text, series.get(text) ?? new Set());
    }
  }
  if (open.length > 0) throw new Error(`unclosed ${open.join("")} in ${query}`);
  return { series, groups };
}

/** Whether a token is in the parentheses after `by` or `on`. */
function isLabelList(tokens: readonly Token[], index: number): boolean {
  const before = tokens.slice(0, index).map(({ text }) => text);
  const opening = before.lastIndexOf("(");
  return opening > 0 && !before.includes(")", opening) && /^(?:by|on)$/.test(before[opening - 1] ?? "");
}

describe("the analysis of queries", () => {
  test.each([
    ['sum(rate(a{b="c"}[5m])', /unclosed/],
    ["sum(rate(a[5m])))", /unmatched/],
    ["rates(a[5m])", /unknown: rates/],
    ["rate(a[5x])", /no PromQL/],
    ["rate(a{b='c'}[5m])", /no PromQL/],
  ])("rejects %s", (query, error) => {
    expect(() => analyze(query)).toThrow(error);
  });

  test("finds series, their labels and the groups", () => {
    const { series, groups } = analyze('sum by (job, x) (rate(a{b=~"c", d!="e"}[5m])) / f > 0.5');
    expect([...series]).toEqual([
      ["a", new Set(["b", "d"])],
      ["f", new Set()],
    ]);
    expect(groups).toEqual(["job", "x"]);
  });
});

test.each(QUERIES)("the query of %s uses only series and labels that a server exports", (_, query) => {
  const { series, groups } = analyze(query);
  expect(series.size).toBeGreaterThan(0);
  for (const [name, labels] of series) {
    expect([...exported.keys()]).toContain(name);
    const known = new Set([...(exported.get(name) ?? []), ...TARGET_LABELS]);
    expect([...labels, ...groups].filter((label) => !known.has(label))).toEqual([]);
  }
});

describe("the alert rules", () => {
  test("have unique names, a severity, a duration and texts", () => {
    expect(alerts.length).toBeGreaterThan(5);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, for: duration = "0s", labels, annotations, ...rest } of alerts) {
      expect(Object.keys(rest)).toEqual(["expr"]);
      expect(alert).toMatch(/^Mcp[A-Z][A-Za-z]+$/);
      expect(duration).toMatch(/^\d+[smh]$/);
      expect(labels).toEqual({ severity: expect.stringMatching(/^(?:critical|warning)$/) });
      expect(Object.keys(annotations).sort()).toEqual(["description", "runbook", "summary"]);
    }
  });

  test("use only labels in their texts that are left after the aggregation", () => {
    for (const { expr, annotations } of alerts) {
      const used = [
        ...Object.values(annotations)
          .join(" ")
          .matchAll(/\$labels\.(\w+)/g),
      ];
      const isAggregated = /\bby \(/.test(expr);
      const left = isAggregated ? analyze(expr).groups.filter((label) => label !== "le") : TARGET_LABELS;
      for (const [, label] of used) expect(left).toContain(label);
    }
  });

  test("are explained in the guide", () => {
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook).toBe("docs/operate.md#alerts");
      expect(guide).toContain(`| \`${alert}\` |`);
    }
    expect(guide).toContain("\n## Alerts\n");
  });
});

describe("the dashboard", () => {
  test("reads from a data source that is chosen when it is opened", () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: "datasource", type: "datasource" });
    const source = { type: "prometheus", uid: expect.stringMatching(/^\$\{datasource\}$/) };
    for (const { datasource, targets = [] } of panels) {
      expect(datasource).toEqual(source);
      expect(targets.length).toBeGreaterThan(0);
      for (const target of targets) expect(target.datasource).toEqual(source);
    }
  });

  test("has variables whose series are exported", () => {
    const queries = dashboard.templating.list.flatMap(({ query }) =>
      typeof query === "string" ? [] : query.query,
    );
    expect(queries).toEqual([
      "label_values(mcp_build_info, job)",
      'label_values(mcp_build_info{job=~"$job"}, instance)',
    ]);
    expect(exported.has("mcp_build_info")).toBe(true);
  });

  test("has panels with unique ids and titles that do not overlap", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

test("the guide lists every metric of the server with its labels", () => {
  const own = [...exported].flatMap(([series, labels]) => {
    const name = series.replace(/_(?:bucket|sum)$/, "");
    if (!name.startsWith("mcp_") || series.endsWith("_bucket") || series.endsWith("_sum")) return [];
    return [[name.replace(/_seconds_count$/, "_seconds"), [...labels].join(", ")]];
  });
  const listed = [...guide.matchAll(/^\| `(mcp_\w+)` \| (.*?) \|/gm)].map(([, name, labels = ""]) => [
    name,
    labels.replaceAll("`", ""),
  ]);
  expect(listed.sort()).toEqual(own.sort());
});
