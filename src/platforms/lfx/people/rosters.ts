import { ToolError } from "../../../mcp/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { type Resource, searchAll } from "../client/query.ts";
import { ACCESS_ADVICE } from "../errors.ts";
import { confirm, outOfView, type PeopleApi, type PeopleView, pickFields, textOf } from "./view.ts";

/** How much a caller sees of a committee's members: all of it, the profile of each, or only who chairs. */
type Roster = "full" | "profile" | "chairs";

const PROFILE =
  "uid committee_uid committee_name committee_category first_name last_name email organization.name " +
  "organization.website role.name voting.status";

const CHAIR = "uid committee_uid committee_name first_name last_name role.name";

const CHAIR_ROLES: readonly unknown[] = ["Chair", "Vice Chair"];

/** Filters of one search, so that its URL stays short. */
const MAX_FILTERS = 100;

/** What a caller without full view sees of the members of a committee, or of the committees of a project. */
export async function viewRosters(input: JsonObject, api: PeopleApi): Promise<PeopleView> {
  const { committee_uid: committee, project_uid: project, name, organization_name: organization } = input;
  const isOne = typeof committee === "string";
  if (!isOne && typeof project !== "string")
    throw outOfView(
      "Committee members are available per committee or project",
      "Nothing was sent. Give committee_uid or project_uid, which search_committees shows.",
    );
  const scope = isOne ? [committee] : await listCommittees(api, String(project));
  const rosters = await decideRosters(api, scope);
  const views = [...rosters.values()];
  const isShown = (roster: Roster) => roster !== "chairs";
  if (name !== undefined && (views.length === 0 || views.some((roster) => roster !== "full")))
    throw outOfView(
      "name is available to writers of every committee that is searched",
      "Omit name, and filter the result instead.",
    );
  if (organization !== undefined && (views.length === 0 || !views.every(isShown)))
    throw outOfView(
      "organization_name is available where you see the list of members",
      "Omit organization_name, or name a committee whose members you see.",
    );
  const shown = scope.filter((uid) => isShown(rosters.get(uid) ?? "chairs"));
  const anyFilters = [
    ...CHAIR_ROLES.map((role) => `role.name:${role}`),
    ...(isOne ? [] : shown.map((uid) => `committee_uid:${uid}`)),
  ];
  if (anyFilters.length > MAX_FILTERS)
    throw outOfView("The project has too many committees for one search", "Name one with committee_uid.");
  const isWhole = isOne && shown.length > 0;
  return {
    ...(!isWhole && { anyFilters }),
    isPartial: shown.length < scope.length,
    show: (rows) => showMembers(api, rows, rosters),
  };
}

/**
 * One member of a committee, as a caller without full view sees it.
 * @throws ToolError with the same text for a hidden member as for none
 */
export async function viewMember(
  api: PeopleApi,
  committee: string,
  operation: string,
  read: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const rosters = await decideRosters(api, [committee]);
  const data = await read().catch((error: unknown) => {
    if (error instanceof ToolError && error.status === 404) return undefined;
    throw error;
  });
  const shown = data && showMember(data, rosters.get(committee));
  if (shown) return shown;
  throw new ToolError("not_found", `Failed to ${operation}: none with these uids is visible to you`, {
    hint: ACCESS_ADVICE,
    status: 404,
  });
}

async function showMembers(
  api: PeopleApi,
  rows: readonly Resource[],
  known: ReadonlyMap<string, Roster>,
): Promise<readonly Resource[]> {
  const committees = rows.map((row) => textOf(row, "committee_uid"));
  const undecided = committees.filter((uid) => uid && !known.has(uid));
  const rosters = new Map([...known, ...(await decideRosters(api, undecided))]);
  return rows.flatMap((row, index) => {
    const data = row.data && showMember(row.data, rosters.get(committees[index] ?? ""));
    return data ? [{ ...row, data }] : [];
  });
}

function showMember(data: JsonObject, roster: Roster | undefined): JsonObject | undefined {
  if (roster === "full") return data;
  if (roster === "profile") return pickFields(data, PROFILE);
  const chair = pickFields(data, CHAIR);
  const { role } = chair as { readonly role?: { readonly name?: unknown } };
  return roster === "chairs" && CHAIR_ROLES.includes(role?.name) ? chair : undefined;
}

function listCommittees(api: PeopleApi, project: string): Promise<readonly string[]> {
  const query = { type: "committee", parent: `project:${project}`, operation: "list committees" };
  return confirm(searchAll(api, query, (row) => textOf(row, "uid"))).then((uids) => uids.filter(Boolean));
}

/** Decides what the caller sees of each committee's members. @throws ToolError if anything of it is uncertain */
async function decideRosters(
  api: PeopleApi,
  committees: readonly string[],
): Promise<ReadonlyMap<string, Roster>> {
  const uids = [...new Set(committees)];
  const relation = (uid: string, name: string) => `committee:${uid}#${name}`;
  const asked = uids.flatMap((uid) => [relation(uid, "writer"), relation(uid, "auditor")]);
  const granted = await confirm(api.checkAccess(asked));
  const isWriter = (uid: string) => granted.has(relation(uid, "writer"));
  const auditors = uids.filter((uid) => !isWriter(uid) && granted.has(relation(uid, "auditor")));
  const profiles = new Set(auditors.length > 0 ? await findProfiles(api, auditors) : []);
  return new Map(uids.map((uid) => [uid, isWriter(uid) ? "full" : profiles.has(uid) ? "profile" : "chairs"]));
}

/** Those of the committees in which the caller has a seat, and whose members see each other's profiles. */
async function findProfiles(api: PeopleApi, committees: readonly string[]): Promise<readonly string[]> {
  const { username } = api.viewer;
  if (username === undefined) return [];
  const query = { type: "committee_member", tags: [`username:${username}`], operation: "find own seats" };
  const seats = await confirm(
    searchAll(api, query, (row) =>
      textOf(row, "username") === username ? textOf(row, "committee_uid") : "",
    ),
  );
  const own = committees.filter((uid) => seats.includes(uid));
  const settings = await Promise.all(own.map((uid) => confirm(showsProfiles(api, uid))));
  return own.filter((_, index) => settings[index]);
}

async function showsProfiles({ lfx }: PeopleApi, uid: string): Promise<boolean> {
  const path = encodePath`/committees/${uid}/settings`;
  try {
    const response = await lfx.send({ method: "GET", path, operation: "get committee settings" });
    const settings = response.json() as { readonly member_visibility?: unknown } | null;
    return settings?.member_visibility === "basic_profile";
  } catch (error) {
    if (error instanceof ToolError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
