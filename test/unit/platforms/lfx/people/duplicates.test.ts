import { describe, expect, test } from "vitest";
import { mergePeople } from "../../../../../src/platforms/lfx/people/duplicates.ts";
import type { JsonObject } from "../../../../../src/shared/json.ts";

/** The uids of the records that are left, after merging these. */
function merge(...records: readonly JsonObject[]) {
  return mergePeople(
    records.map((data, index) => ({ type: "p", id: `p:${index}`, data: { uid: index, ...data } })),
  );
}

const count = (...records: readonly JsonObject[]) => merge(...records).length;

const ADA = { first_name: "Ada", last_name: "Lovelace" };

describe("two records are the same person", () => {
  test.each<[what: string, a: JsonObject, b: JsonObject]>([
    ["with the same user name", { username: "ada", email: "a@x" }, { username: "ada", email: "b@x" }],
    ["with the same email address", { email: " Ada@x.example " }, { email: "ada@x.example" }],
    [
      "with the same email address, one with a user name",
      { username: "ada", email: "a@x" },
      { email: "A@x" },
    ],
    ["with the same name and no more", ADA, { first_name: " ada", last_name: "LOVELACE " }],
    ["with the same name, one with an email address", { ...ADA, email: "a@x" }, ADA],
  ])("%s", (_, a, b) => {
    expect([count(a, b), count(b, a)]).toEqual([1, 1]);
  });
});

describe("two records are not the same person", () => {
  test.each<[what: string, a: JsonObject, b: JsonObject]>([
    [
      "with other user names",
      { ...ADA, username: "ada", email: "a@x" },
      { ...ADA, username: "al", email: "a@x" },
    ],
    ["with other email addresses", { ...ADA, email: "a@x" }, { ...ADA, email: "b@x" }],
    ["if only one has a user name", { ...ADA, username: "ada" }, ADA],
    ["without names", {}, {}],
    ["with unknown names", { first_name: "Unknown", last_name: "" }, { first_name: "[unknown]" }],
    ["with unknown names of the same kind", { first_name: "unknown" }, { first_name: "unknown" }],
  ])("%s", (_, a, b) => {
    expect([count(a, b), count(b, a)]).toEqual([2, 2]);
  });
});

describe("records that are linked by others", () => {
  test("are one person", () => {
    expect(count({ ...ADA }, { ...ADA, email: "a@x" }, { email: "a@x", first_name: "A." })).toBe(1);
  });

  test("are split by their user names, and those without one stay alone", () => {
    const guest = { email: "team@x" };
    const people = merge({ ...guest, username: "ada" }, guest, { ...guest, username: "bob" }, guest);
    expect(people.map(({ data }) => data?.uid)).toEqual([0, 1, 2, 3]);
    expect(count({ ...guest, username: "ada" }, guest, { ...guest, username: "ada" })).toBe(1);
  });

  test("are split by the email addresses of guests", () => {
    expect(count({ ...ADA, email: "a@x" }, ADA, { ...ADA, email: "b@x" })).toBe(3);
  });
});

test("the first attended record wins, with the flags of all and what it lacks", () => {
  const [person, ...others] = merge(
    {
      username: "ada",
      email: "ada@work.example",
      is_invited: true,
      is_attended: false,
      host: true,
      org_name: "Acme",
      job_title: "Countess",
    },
    {
      username: "ada",
      email: "ada@home.example",
      is_invited: false,
      is_attended: true,
      host: false,
      org_name: " ",
      sessions: [1],
    },
    { username: "ada", is_attended: true, avatar_url: "https://x.example/a.png", org_is_member: true },
  );

  expect(others).toEqual([]);
  expect(person).toEqual({
    type: "p",
    id: "p:1",
    data: {
      uid: 1,
      username: "ada",
      email: "ada@work.example",
      is_invited: true,
      is_attended: true,
      host: true,
      org_is_member: true,
      org_name: "Acme",
      job_title: "Countess",
      avatar_url: "https://x.example/a.png",
      sessions: [1],
    },
  });
});

test("5000 records are merged at once, in the order of the people's first records", () => {
  const records = Array.from({ length: 5000 }, (_, index) => ({ username: `user-${index % 700}` }));
  const people = merge(...records);
  expect(people.map(({ data }) => data?.username)).toEqual(
    records.slice(0, 700).map(({ username }) => username),
  );
});
