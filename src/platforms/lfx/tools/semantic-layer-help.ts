/** What can be asked of the semantic layer, and so what there is help on. */
export const TOPICS = ["list_metrics", "get_dimensions", "get_dimension_values", "query"] as const;

export const EXPLORE_DESCRIPTION =
  "Find out what the LFX semantic layer can be asked: its metrics, their dimensions, and the values of those. Use it " +
  "before query_lfx_semantic_layer, for all questions on contributors, activity, memberships, events, education, " +
  "numbers of maintainers, project health, and everything by country or region; names and trends of maintainers, " +
  "sponsorships of events, social listening and narrative are for query_lfx_lens. A metric is a number, a dimension a " +
  "slice of it. Copy names as they are answered and never build one (entity__field): an unknown name is an error. An " +
  "unknown value is none, it gives zero rows: look it up (Asia Pacific, not APAC; Viet Nam). Entities are join keys, " +
  "not values to group by. country__lf_region is a person's region, activity_project_id__organization_lf_region an " +
  "organisation's; both hold North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin " +
  "America, Other. Prefer country__* to asset_id__billing_country, which is free text. current_* counts what is active " +
  "only, total_contributors leaves bots out. " +
  "action: list_metrics (looks in names and descriptions only; of up to 15 metrics the dimensions' names come along), " +
  "get_dimensions (of several metrics: those they share), get_dimension_values, help (also called describe). " +
  "search: words to look for. metrics: names, comma-separated, for get_dimensions and get_dimension_values. " +
  `dimension: its qualified name, for get_dimension_values. target: of help; ${TOPICS.join(", ")}.`;

export const QUERY_DESCRIPTION =
  "Ask the LFX semantic layer for metrics, sliced and filtered. Use it for contributors, activity, memberships, events, " +
  "education, numbers of maintainers, project health, and everything by country or region, once " +
  "explore_lfx_semantic_layer has told the names; where it fails, use query_lfx_lens. Copy qualified names " +
  "(entity__field), never build them: an unknown name is an error, an unknown value just gives zero rows. " +
  "metrics: names, comma-separated, such as total_contributors; several are outer-joined on the dimensions they share, " +
  "with NULL for a side that has no row. " +
  "group_by: dimensions, comma-separated, such as maintainer_key__project_slug, and never entities; trends by " +
  "metric_time__year, __quarter, __month, __week or __day. " +
  "where: MetricFlow, {{ Dimension('country__lf_region') }} = 'Europe' or " +
  "{{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'; dates yyyy-mm-dd, values as " +
  "get_dimension_values tells them. " +
  "order_by: fields of group_by or metrics, comma-separated; - in front for descending. " +
  "limit: 1-500 rows. " +
  "project_slug: for one project; where must then filter by the project as well, such as " +
  "{{ Dimension('asset_id__project_slug') }} = 'cncf', and is checked against what belongs to that foundation.";

const OVERVIEW = `The LFX semantic layer answers with numbers that are defined once for everybody.
A metric is a number (total_contributors); a dimension is a way to slice it (activity_project_id__organization_name). Entities are keys that join tables, not values to group by.

1. explore_lfx_semantic_layer, action list_metrics: find the metrics.
2. action get_dimensions: find the dimensions of those metrics.
3. action get_dimension_values: find how a value is written that is to be filtered by.
4. query_lfx_semantic_layer: ask.

Copy every name from an answer; a name that was put together from parts is an error. A value that is spelled otherwise than in the data is no error, it just finds nothing.
It knows contributors, activity, memberships, events, education, numbers of maintainers and project health, and everything by country or region. Names of maintainers, sponsorships of events, social listening, subprojects and narrative answers are for query_lfx_lens.
More: action help with target ${TOPICS.join(", ")}.`;

const LIST_METRICS = `list_metrics finds metrics.
search: words to look for in the names and descriptions of metrics; dimensions and values are not searched. Left out, all metrics are listed.
Where 15 metrics or fewer are found, the names of their dimensions come along.
current_* metrics count what is active now and nothing else. total_contributors leaves bots out.
Examples: total_contributors, total_contributing_organizations, active_maintainers, current_membership_revenue.`;

const GET_DIMENSIONS = `get_dimensions lists the dimensions by which metrics can be grouped and filtered.
metrics: one name, or several with commas between; for several the dimensions are listed that all of them share.
search: words to look for among the dimensions.
Dimensions have qualified names, entity__field, with two underscores: maintainer_key__project_slug, asset_id__project_slug, asset_id__membership_tier, activity_project_id__organization_name. The same field may hang on several entities and mean another thing on each, so copy the whole name.
country__lf_region is the region of a person, activity_project_id__organization_lf_region that of an organisation. Prefer country__* to asset_id__billing_country, which is free text.`;

const GET_DIMENSION_VALUES = `get_dimension_values lists the values that a dimension holds, for where.
dimension: its qualified name. metrics: for which metrics, with commas between. search: words to look for among the values.
Use it before every filter on a name, a tier, a country or a region: an unknown value gives zero rows and no error. It is Asia Pacific, not APAC, and Viet Nam, not Vietnam.
lf_region values: North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other.`;

const QUERY = `query_lfx_semantic_layer asks for metrics.
metrics: names with commas between. Several are joined by the dimensions that they share; where one has no row its value is NULL.
group_by: dimensions with commas between. Trends: metric_time__year, metric_time__quarter, metric_time__month, metric_time__week, metric_time__day.
where: a filter in MetricFlow's syntax, every dimension wrapped, texts in single quotes:
  {{ Dimension('country__lf_region') }} = 'Europe'
  {{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'
Dates are yyyy-mm-dd. AND and OR join conditions within the one text.
order_by: fields with commas between, each of which stands in metrics or group_by; - in front for descending.
limit: at most 500 rows.
project_slug: for one project. where must then filter by the project too, on the dimension that holds its slug, and is checked against what belongs to that foundation:
  project_slug cncf, where {{ Dimension('asset_id__project_slug') }} = 'cncf'`;

/** Help on each topic; on none, an overview. */
export const HELP: Readonly<Record<(typeof TOPICS)[number] | "overview", string>> = {
  overview: OVERVIEW,
  list_metrics: LIST_METRICS,
  get_dimensions: GET_DIMENSIONS,
  get_dimension_values: GET_DIMENSION_VALUES,
  query: QUERY,
};
