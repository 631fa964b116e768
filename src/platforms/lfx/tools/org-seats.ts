import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath, type LfxApi } from "../api.ts";
import { readPages, searchAll } from "../client/query.ts";
import { unusableResponse } from "../errors.ts";
import { id, LARGE_RESULT, lfxTool, record, text } from "./shared/define.ts";
import { BOARD, compareBy, inChunks, isCategory, readFamily } from "./shared/family.ts";

const OPERATION = "get organization committee seats";

/** The service's maximum. */
const SEATS_PER_PAGE = 500;

const ORGANIZATION_ID = /^[A-Za-z0-9]{18}$/;

const SEAT_FIELDS =
  "uid committee_uid committee_name committee_category project_uid project_slug first_name last_name email job_title " +
  "role_name voting_status appointed_by organization_id is_org_editable reason avatar username";

const CONTACT_FIELDS =
  "uid membership_uid project_uid project_name role status board_member primary_contact first_name last_name email title";

/** The role of the contact who votes for a member. */
const VOTING_CONTACT = "Representative/Voting Contact";

export const SEAT_TOOLS = [
  lfxTool("get_org_committee_seats", {
    resultLimit: { ...LARGE_RESULT, advice: "name a foundation_uid or a category" },
    description:
      "Show who of a company sits on which committee: counts by category, project, role and voting status, and the seats. " +
      "Requires a grant for the company (auditor or writer). Seats have no dates. search_b2b_orgs finds the company. search_committee_members shows the " +
      "members of one committee.",
    input: z.strictObject({
      b2b_org_uid: text("The company's data.uid.", 100).refine(
        (uid) => ORGANIZATION_ID.test(uid),
        "must be an id of 18 letters and digits; search_b2b_orgs finds it",
      ),
      foundation_uid: id("Only this foundation and the projects directly below it.").optional(),
      category: text("Only committees of this category, such as Board.", 100).optional(),
      include_seats: z.boolean().optional().describe("Add the seats; default only counts."),
      include_membership_contacts: z
        .boolean()
        .optional()
        .describe("Add the contacts of its memberships, and voting contacts beside board seats by project."),
    }),
    output: z.looseObject({
      seats_total: z.int(),
      note: z.string(),
      seats: z.array(record(SEAT_FIELDS)).optional(),
      membership_contacts: z.array(record(CONTACT_FIELDS)).optional(),
    }),
    run: async (input, { api, progress }) => {
      const { b2b_org_uid: company, foundation_uid: foundation, category } = input;
      const family = foundation === undefined ? undefined : await readFamily(api, foundation);
      progress({ message: "Reading committee seats" });
      const all = await readSeats(api, company, family);
      const seats = category === undefined ? all : all.filter(isOfCategory(category));
      return {
        b2b_org_uid: company,
        ...(family && { foundation_uid: foundation, project_uids_in_scope: family.length }),
        ...(category !== undefined && { category }),
        ...countSeats(seats),
        visibility: "organization",
        note: NOTE,
        ...(input.include_seats && { seats }),
        ...(input.include_membership_contacts && (await readContacts(api, company, family, all))),
      };
    },
  }),
];

const NOTE =
  "Counts seats on committees of LFX v2, of every foundation unless foundation_uid names one. People with the same email count once.";

const CONTACTS_NOTE =
  "membership_contacts are the contacts of record of the company's memberships. They are no committee seats: the two can name different people.";

type Seat = JsonObject;

const isBoard = isOfCategory(BOARD);

function isOfCategory(category: string): (seat: Seat) => boolean {
  return (seat) => isCategory(seat.committee_category, category);
}

async function readSeats(
  api: Pick<LfxApi, "lfx">,
  company: string,
  family: readonly string[] | undefined,
): Promise<readonly Seat[]> {
  const chunks = family ? inChunks(family) : [undefined];
  const pages: (readonly Seat[])[] = [];
  for (const projects of chunks) {
    pages.push(await readPages(OPERATION, (token) => readSeatPage(api, company, projects, token)));
  }
  const byName = [
    (seat: Seat) => seat.last_name,
    (seat: Seat) => seat.first_name,
    (seat: Seat) => seat.email,
  ];
  return pages.flat().sort(compareBy((seat) => seat.committee_name, ...byName));
}

const seatPage = z.looseObject({
  seats: z.array(z.looseObject({})).nullish(),
  page_token: z.string().nullish(),
});

async function readSeatPage(
  { lfx }: Pick<LfxApi, "lfx">,
  company: string,
  projects: readonly string[] | undefined,
  token: string | undefined,
) {
  const path = encodePath`/committees/b2b-org/${company}/seats`;
  const query = { v: 1, page_size: SEATS_PER_PAGE, page_token: token, project_uids: projects };
  const response = await lfx.send({ method: "GET", path, query, operation: OPERATION }).catch(explainRefusal);
  const page = seatPage.safeParse(response.json());
  if (!page.success) throw unusableResponse(OPERATION, "the response is not a list of seats");
  const rows = (page.data.seats ?? []).map((seat) => ({
    kind: isBoard(seat) ? "board_seat" : "committee_seat",
    ...pick(seat, SEAT_FIELDS),
  }));
  return { rows, next: page.data.page_token ?? undefined };
}

/** A refusal is about the caller's grant and says nothing about seats. */
function explainRefusal(error: unknown): never {
  if (!(error instanceof ToolError && error.status === 403)) throw error;
  const hint =
    "Your account has no grant for this company (auditor or writer), or the id is unknown. This does not mean that it has no seats.";
  throw new ToolError(error.code, error.message, { hint, status: error.status, requestId: error.requestId });
}

function pick(row: JsonObject, fields: string): JsonObject {
  return Object.fromEntries(
    fields
      .split(" ")
      .flatMap((name) => (row[name] === undefined || row[name] === null ? [] : [[name, row[name]]])),
  );
}

function countSeats(seats: readonly Seat[]) {
  const boardSeats = seats.filter(isBoard).length;
  const editable = seats.filter((seat) => seat.is_org_editable === true).length;
  return {
    seats_total: seats.length,
    people: new Set(seats.map(toPerson)).size,
    board_seats: boardSeats,
    committee_seats: seats.length - boardSeats,
    by_category: countValues(seats, (seat) => seat.committee_category),
    by_project: countValues(seats, (seat) => seat.project_slug || seat.project_uid),
    by_role: countValues(seats, (seat) => seat.role_name),
    by_voting_status: countValues(seats, (seat) => seat.voting_status),
    editable,
    foundation_controlled: seats.length - editable,
  };
}

function toPerson({ email, uid }: Seat): string {
  return typeof email === "string" && email.trim() ? email.trim().toLowerCase() : `uid ${uid}`;
}

function countValues(
  seats: readonly Seat[],
  read: (seat: Seat) => unknown,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const seat of seats) {
    const value = String(read(seat) || "(none)");
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** The contacts of a company's memberships, and who of them votes beside who has a board seat, by project. */
async function readContacts(
  api: Pick<LfxApi, "lfx">,
  company: string,
  family: readonly string[] | undefined,
  seats: readonly Seat[],
) {
  const query = {
    type: "key_contact",
    tags: [`b2b_org_uid:${company}`],
    operation: "get membership contacts",
  };
  const found = await searchAll(api, query, ({ data = {} }) => ({
    kind: "membership_contact",
    ...pick(data, CONTACT_FIELDS),
  }));
  const contacts: readonly JsonObject[] = family
    ? found.filter((contact: JsonObject) => family.includes(String(contact.project_uid)))
    : found;
  const voting = contacts.filter(({ role }) => role === VOTING_CONTACT);
  const boardSeats = seats.filter(isBoard);
  const projects = new Set([...voting, ...boardSeats].map((row) => String(row.project_uid ?? "")));
  return {
    membership_contacts: contacts,
    representation: [...projects].sort().map((project) => {
      const isOfProject = (row: JsonObject) => String(row.project_uid ?? "") === project;
      const board = boardSeats.filter(isOfProject);
      const slug = board.find((seat) => seat.project_slug)?.project_slug;
      const slugField = slug === undefined ? {} : { project_slug: slug };
      return {
        project_uid: project,
        ...slugField,
        voting_contacts: voting.filter(isOfProject),
        board_seats: board,
      };
    }),
    contacts_note: CONTACTS_NOTE,
  };
}
