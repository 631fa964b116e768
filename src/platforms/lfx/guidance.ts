/** What a model needs to know before it queries, by service. Loaded when it is read. */
export const GUIDANCE = {
  semanticLayer: `# LFX semantic layer

Metrics with one shared definition, over all of the Linux Foundation (LF). A metric is a number (total_contributors). A dimension is a way to slice it (country__lf_region). Entities are join keys, never values to group by.

## Which tool
- query_lfx_standard_metrics comes first, if one of its families fits.
- explore_lfx_semantic_layer and query_lfx_semantic_layer: contributors, activity, memberships, events, registrations, training, maintainers, project health, and anything by country or region.
- query_lfx_lens comes last: questions across domains, social listening, and what failed here.
- count_lfx_resources counts the records that you can see.
- Committee and board rosters, and lists of meetings, have tools of their own.

## Steps
1. explore_lfx_semantic_layer, action list_metrics: search matches words of names and descriptions. Up to 15 metrics come with their dimensions.
2. Action get_dimensions with those metrics: for several, only the dimensions that they share.
3. Action get_dimension_values before every filter on a name, tier, country or region.
4. query_lfx_semantic_layer.

Copy qualified names, entity__field with two underscores, from results. The prefix depends on the metric, so never build one. An unknown name is an error. An unknown value gives zero rows and no error.

## Query
- metrics, group_by, order_by: names, comma-separated or as a JSON array. order_by takes fields of metrics or group_by; - in front is descending, where NULL rows come first.
- Several metrics are outer-joined on their shared dimensions: NULL is a side without a row.
- where is MetricFlow. Wrap every dimension, quote strings with ', combine with AND and OR:
  {{ Dimension('country__lf_region') }} = 'Europe'
  {{ TimeDimension('metric_time', 'DAY') }} >= '2026-01-01'
- Dates are yyyy-mm-dd; days begin and end in US Pacific time. State concrete dates.
- Trends: group by metric_time__year, __quarter, __month, __week or __day.
- limit: without it, every row is returned.
- current_* metrics count only what is active now. total_contributors excludes bots.

## Scope
Scope is a filter in where. Without one, the query covers all of the LF. The slug tlf is a membership program and the root of the tree, not the LF: never use it for that. Slugs come from search_projects.

| Scope | Dimension |
| --- | --- |
| a whole foundation | project__foundation_slug |
| one project's events, registrations, sponsorships, training | project__slug |
| one project's code activity | activity_project_id__project_slug |
| a project and all below it | activity_project_id__project_spine_slug, or {{ Dimension('project__project_path') }} LIKE '%/slug/%' |
| memberships, which belong to foundations | asset_id__project_slug |
| maintainers | maintainer_key__project_slug, with maintainer_key__is_lf_project = true |
| project health | health_metric_key__foundation_slug |
| one organization | account__account_name |
| with its direct subsidiaries | account__account_rollup_name |
| with its whole group | account__top_parent_name |

A dimension project_slug with a foundation's slug is only the foundation's own bucket and undercounts silently.
Organizations have full legal names, as in search_b2b_orgs.

## Values
- lf_region: North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other. It is Asia Pacific, not APAC; Viet Nam, not Vietnam; Türkiye, not Turkey.
- country__lf_region is a person's region, activity_project_id__organization_lf_region an organization's. Prefer country__* to asset_id__billing_country, which is free text.`,

  standardMetrics: `# LFX standard metrics

Governed recipes: name a family, and the service knows the query. Use one whenever it fits. What no family has: query_lfx_semantic_layer.

## Families and groupings (by; the first is the default)

| Family | by |
| --- | --- |
| memberships | total, org, project, tier, country, region |
| new_members, membership_churn | total, org, project |
| member_organizations, new_member_organizations, lost_member_organizations, paying_member_organizations | total, project, foundation, country, region |
| contributors | total, org, project, country, region |
| contributions | total, org, project, contributor, type, platform, org_region |
| contributing_organizations | total, project |
| participants | total, org, project |
| maintainers | total, org, project, maintainer, role, source |
| maintainer_contributions | total, org, project, maintainer |
| project_health | total, foundation, category, population |
| software_value | total, foundation, population |
| event_registrations, speakers | total, event, org |
| event_sponsorships | total, org, event |
| training_enrollments | total, org, course |
| certifications | total, org |
| social_mentions | total, project, network, sentiment |
| social_reach | total, project |

## Scope
- project: one exact slug from search_projects. Omit it for all of the LF; tlf is not that. An unknown slug is rejected with candidates.
- subprojects: combined (default) counts the whole tree, separate gives a row per project and needs by=project, excluded counts only the project's own bucket.
- org: one full legal name, as in search_b2b_orgs. project_health, software_value, social_mentions and social_reach take none.
- subsidiaries: excluded (default); combined counts the group; separate gives a row each and needs by=org. Without org, combined with by=org gives a row per top parent.

## Time (yyyy-mm-dd, UTC days)
- State on end_date: memberships, member_organizations, paying_member_organizations, maintainers, project_health, software_value. They take start_date only with period.
- Window from start_date to end_date, both included: all others. The default is all history for new_members, membership_churn, new_member_organizations and lost_member_organizations, else the last 365 days.
- period adds a time axis: day, week, month, quarter or year.

## Rows
order_by takes columns of the result, comma-separated; - in front is descending. Without limit, every row is returned.

## Reading the answer
- applied says what was counted: scope, window, definition, defaults, whether the last period is partial, whether rows were cut. Repeat it to the user. data has the rows.
- Distinct counts never add up over rows. Membership revenue is list price. The row without an account is what belongs to no organization.`,
} as const;
