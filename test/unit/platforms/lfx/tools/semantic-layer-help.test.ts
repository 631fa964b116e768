import { expect, test } from "vitest";
import { LENS_TOOLS, SEMANTIC_LAYER_TOOLS } from "../../../../../src/platforms/lfx/tools/lens.ts";

const DESCRIPTIONS = new Map(
  [...LENS_TOOLS, ...SEMANTIC_LAYER_TOOLS].map(({ name, description }) => [name, description]),
);

const LENS = ["query_lfx_lens"];
const LAYER = ["explore_lfx_semantic_layer", "query_lfx_semantic_layer"];
const [EXPLORE, QUERY] = LAYER.map((name) => [name]) as [string[], string[]];

/** What a model must know before it calls, in the text that every client passes on. */
const FACTS: readonly [fact: string, tools: readonly string[], said: RegExp][] = [
  ["what belongs to the semantic layer", [...LENS, ...LAYER], /contributors, activity, memberships, events/i],
  ["that countries and regions do", [...LENS, ...LAYER], /by country or region/],
  ["where such questions go", LENS, /query_lfx_semantic_layer/],
  ["what belongs to Lens", LENS, /maintainers joined with activity, event sponsorships, social listening/],
  [
    "the media that are listened to",
    LENS,
    /X, Bluesky, Reddit, Hacker News, DEV, podcasts, YouTube, LinkedIn, TikTok/,
  ],
  ["that Lens is for what failed", [...LENS, ...QUERY], /failed|where it fails/],
  ["where other questions go", LAYER, /query_lfx_lens/],
  ["how long Lens takes", LENS, /15 to 30 seconds/],
  ["how many rows Lens answers, and how to get more", LENS, /200 rows.*"page 2".*LIMIT and OFFSET/],
  ["what to do first", QUERY, /explore_lfx_semantic_layer/],
  ["what metrics and dimensions are", EXPLORE, /metric is a number, a dimension a slice/],
  ["that names are copied", LAYER, /copy .*names.* never build/i],
  ["what wrong names and values do", LAYER, /unknown name is an error.*zero rows/],
  ["how values are written", EXPLORE, /Asia Pacific, not APAC; Viet Nam/],
  ["that entities are no slices", LAYER, /entities/i],
  [
    "whose region is whose",
    EXPLORE,
    /country__lf_region is a person's.*organization_lf_region an organisation's/,
  ],
  [
    "which regions there are",
    EXPLORE,
    /North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other/,
  ],
  ["what to prefer to free text", EXPLORE, /country__\* to asset_id__billing_country/],
  ["what metrics leave out", EXPLORE, /current_\* .*active only, total_contributors leaves bots out/],
  ["where list_metrics looks", EXPLORE, /names and descriptions only; of up to 15 metrics/],
  ["that dimensions are shared", EXPLORE, /of several metrics: those they share/],
  ["how metrics are joined", QUERY, /outer-joined .* NULL/],
  ["how filters are written", QUERY, /\{\{ Dimension\('country__lf_region'\) \}\} = 'Europe'/],
  [
    "how dates are written",
    QUERY,
    /TimeDimension\('asset_id__install_date', 'DAY'\) \}\} >= '2024-01-01'; dates yyyy-mm-dd/,
  ],
  ["how trends are asked for", QUERY, /metric_time__year, __quarter, __month, __week or __day/],
  ["what can be ordered by", QUERY, /fields of group_by or metrics.* - in front for descending/],
  ["how many rows there may be", QUERY, /1-500 rows/],
  [
    "that a project must stand in the filter too",
    QUERY,
    /project_slug: .*where must then filter by the project/,
  ],
];

test.each(FACTS.flatMap(([fact, tools, said]) => tools.map((tool) => [tool, fact, said] as const)))(
  "%s tells %s",
  (tool, _, said) => {
    expect(DESCRIPTIONS.get(tool)).toMatch(said);
  },
);

test.each([...DESCRIPTIONS])("%s is cut by no client", (_, description) => {
  expect(Buffer.byteLength(description)).toBeLessThanOrEqual(2000);
});
