import type { JsonObject } from "../../../shared/json.ts";
import type { Resource } from "../client/query.ts";
import { normalizeEmail, textOf } from "./view.ts";

/** What a record says about who it is; empty texts if nothing. */
type Keys = { readonly username: string; readonly email: string; readonly name: string };

/**
 * Merges records of the same person, each into the first in which they attended. The people keep the order of their first
 * records.
 */
export function mergePeople(rows: readonly Resource[]): readonly Resource[] {
  const keys = rows.map(readKeys);
  const sets = createSets(rows.length);
  linkBy(keys, sets, "username", () => true);
  linkBy(keys, sets, "email", (group) => group.some(({ username }) => !username));
  // A name says little, so it only links records without user names, of which one has no email address either.
  const unnamed = keys.map((one) => (one.username ? { ...one, name: "" } : one));
  linkBy(unnamed, sets, "name", (group) => group.some(({ email }) => !email));
  return sets
    .list()
    .flatMap((group) => splitPeople(group, keys))
    .sort(([a = 0], [b = 0]) => a - b)
    .map((group) => mergeRecords(group.flatMap((index) => rows[index] ?? [])));
}

/** Words for a name that the platform does not know. */
const UNKNOWN: readonly string[] = ["", "unknown", "[unknown]"];

function readKeys(row: Resource): Keys {
  const parts = ["first_name", "last_name"].map((field) =>
    textOf(row, field).trim().toLowerCase().replaceAll(/\s+/g, " "),
  );
  const isUnknown = parts.every((part) => UNKNOWN.includes(part));
  return {
    username: textOf(row, "username").trim(),
    email: normalizeEmail(textOf(row, "email")),
    name: isUnknown ? "" : parts.join(" ").trim(),
  };
}

/** Links all records with the same value of a key, if that is reliable among them. */
function linkBy(
  keys: readonly Keys[],
  sets: ReturnType<typeof createSets>,
  key: keyof Keys,
  isReliable: (group: readonly Keys[]) => boolean,
): void {
  const groups = groupBy([...keys.keys()], (index) => keys[index]?.[key] ?? "");
  for (const [value, [first, ...others]] of groups) {
    if (value === "" || first === undefined) continue;
    if (isReliable([first, ...others].flatMap((index) => keys[index] ?? [])))
      for (const other of others) sets.join(first, other);
  }
}

/** Disjoint sets of the numbers below `count`. */
function createSets(count: number) {
  const parents = Array.from({ length: count }, (_, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] ?? root;
    parents[index] = root;
    return root;
  };
  return {
    join: (a: number, b: number): void => {
      parents[find(b)] = find(a);
    },
    list: (): readonly (readonly number[])[] => [...groupBy([...parents.keys()], find).values()],
  };
}

/** Like `Map.groupBy`, which Node.js 20 lacks. */
export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The records of each person in a set whose links lead from one person to another. */
function splitPeople(group: readonly number[], keys: readonly Keys[]): readonly (readonly number[])[] {
  const key = group.some((index) => keys[index]?.username) ? "username" : "email";
  const people = groupBy(group, (index) => keys[index]?.[key] ?? "");
  const { size } = people;
  const unknown = people.get("") ?? [];
  people.delete("");
  return size - (unknown.length > 0 ? 1 : 0) > 1
    ? [...people.values(), ...unknown.map((index) => [index])]
    : [group];
}

const FLAGS = ["is_attended", "is_invited", "host", "org_is_member", "org_is_project_member"];

const FILLED = ["avatar_url", "job_title", "org_name", "username", "email"];

function mergeRecords(rows: readonly Resource[]): Resource {
  const main = rows.find(({ data }) => data?.is_attended === true) ?? rows[0] ?? {};
  if (rows.length < 2) return main;
  const all = [main, ...rows].map(({ data = {} }) => data);
  const flags = FLAGS.filter((flag) => all.some((data) => data[flag] === true));
  const firstOf = (field: string, records: readonly JsonObject[]) =>
    records.map((data) => data[field]).find((value) => typeof value === "string" && value.trim() !== "");
  const invited = all.filter((data) => data.is_invited === true);
  const texts = FILLED.map((field) => [
    field,
    firstOf(field, field === "email" ? [...invited, ...all] : all),
  ]);
  return {
    ...main,
    data: {
      ...main.data,
      ...Object.fromEntries(flags.map((flag) => [flag, true])),
      ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    },
  };
}
