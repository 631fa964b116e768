import type { Fields } from "./routes.ts";
import type { SandboxData } from "./store.ts";

// Every project, company and person here is invented. The domains are reserved (RFC 2606).

const DAY_MS = 24 * 60 * 60 * 1000;

/** The kinds of ids, as their first digits. */
const PREFIXES = {
  project: "a",
  committee: "b",
  member: "c",
  membership: "d",
  contact: "e",
  other: "9",
};

function uid(kind: keyof typeof PREFIXES, number: number): string {
  return `${PREFIXES[kind]}0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** The ids of companies come from a CRM: 18 letters and digits. */
function companyId(number: number): string {
  return `0010000000000${String(number).padStart(2, "0")}AAA`;
}

const FOUNDATION = {
  project_uid: uid("project", 1),
  project_name: "Tidewater Foundation",
  project_slug: "tidewater",
};
const HARBORLIGHT = {
  project_uid: uid("project", 2),
  project_name: "Harborlight",
  project_slug: "harborlight",
};

/** Name, slug, stage, parent, description. */
const PROJECTS = [
  [
    "Tidewater Foundation",
    "tidewater",
    "Active",
    undefined,
    "Home of open source software for ports and coasts.",
  ],
  ["Harborlight", "harborlight", "Active", 1, "Monitors ships, cranes and buoys in real time."],
  ["Saltmarsh", "saltmarsh", "Formation - Engaged", 1, "Stores sensor data at the edge of the network."],
  ["Kelp", "kelp", "Active", 1, "A query language for time series of tides and weather."],
] as const;

/** Name, domain, sector, tier and its price a year; a company without a tier is no member. */
const COMPANIES = [
  ["Quillmoor Systems", "quillmoor.example", "Software", "Platinum Membership", 120_000],
  ["Lumenreef Networks", "lumenreef.example", "Telecommunications", "Gold Membership", 50_000],
  ["Tarnholt Energy", "tarnholt.example", "Energy", "Silver Membership", 15_000],
  ["Pellworth Logistics", "pellworth.example", "Transport", "Silver Membership", 15_000],
  ["Brackenvane University", "brackenvane.example", "Education", undefined, 0],
] as const;

/** First name, last name, company by its place above, job title. */
const PEOPLE = [
  ["Odalys", "Ferncastle", 0, "Director of Open Source"],
  ["Tobiah", "Quenneville", 1, "Principal Engineer"],
  ["Marisela", "Thornbrook", 2, "Head of Grid Software"],
  ["Ignatz", "Wolverley", 3, "Chief Technology Officer"],
  ["Saoirse", "Applegarth", 4, "Professor of Oceanography"],
  ["Dmitar", "Halloway", 0, "Staff Engineer"],
  ["Nneka", "Birdsong", 1, "Security Lead"],
  ["Yusra", "Calderwood", 2, "Software Engineer"],
] as const;

/** Name, category, project by its number, visibility, description. */
const COMMITTEES = [
  ["Governing Board", "Board", 1, false, "Sets budget and strategy of the foundation."],
  [
    "Technical Advisory Council",
    "Technical Advisory Committee",
    1,
    true,
    "Admits projects and reviews their health.",
  ],
  ["Security Response Team", "Product Security", 1, false, "Handles vulnerability reports of all projects."],
  ["Harborlight Maintainers", "Maintainers", 2, true, "Reviews and releases Harborlight."],
] as const;

/** Committee by its number, person by their place above, role, voting status, how appointed. */
const SEATS = [
  [1, 0, "Chair", "Voting Rep", "Membership Entitlement"],
  [1, 1, "Treasurer", "Voting Rep", "Membership Entitlement"],
  [1, 2, "None", "Voting Rep", "Vote of Silver Member Class"],
  [1, 3, "None", "Alternate Voting Rep", "Vote of Silver Member Class"],
  [2, 5, "Chair", "Voting Rep", "Community"],
  [2, 1, "Vice Chair", "Voting Rep", "Community"],
  [2, 4, "None", "Observer", "Community"],
  [3, 6, "Lead", "Voting Rep", "Vote of TAC Committee"],
  [3, 5, "None", "None", "Vote of TAC Committee"],
  [4, 5, "Lead", "None", "Community"],
  [4, 7, "None", "None", "Community"],
] as const;

/** Title, committee by its number, days from today to the next occurrence, minutes, description. */
const MEETINGS = [
  ["Governing Board Monthly", 1, 9, 60, "Budget, membership and strategy."],
  ["Technical Advisory Council", 2, 3, 60, "Project reviews and the annual health report."],
  ["Harborlight Maintainers Call", 4, 5, 45, "Open pull requests and the next release."],
] as const;

/** The last two occurrences of each meeting, in days before today, and the summary of the last. */
const OCCURRENCES = [21, 7] as const;
const SUMMARIES = [
  "The board approved a budget of 410,000 USD for next year (3 in favor, 0 against) and asked Odalys Ferncastle to present two options for the spring summit.",
  "The council moved Kelp to the Active stage and deferred Saltmarsh until it has a second maintainer. Tobiah Quenneville drafts the annual health report.",
  "The maintainers agreed to release Harborlight 3.2 in two weeks. Yusra Calderwood fixes the buoy clock drift first; Dmitar Halloway reviews the alert rules.",
] as const;

type Person = (typeof PEOPLE)[number];

/** The documents of a small foundation. @param now milliseconds since 1970 */
export function createSandboxData(now: number): SandboxData {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  /** A day, counted from today, at 15:00 UTC. */
  const at = (days: number): string => new Date(midnight + days * DAY_MS + 15 * 60 * 60 * 1000).toISOString();
  const times = { created_at: at(-400), updated_at: at(-30) };
  return {
    project: PROJECTS.map(([name, slug, stage, parent, description], index) => ({
      uid: uid("project", index + 1),
      slug,
      name,
      description,
      public: true,
      is_foundation: parent === undefined,
      ...(parent && { parent_uid: uid("project", parent) }),
      stage,
      category: "Active",
      funding_model: ["Membership"],
      formation_date: at(-1200 + index * 200).slice(0, 10),
      website_url: `https://${slug}.example`,
      repository_url: `https://git.example/${slug}`,
      ...times,
    })),
    project_settings: PROJECTS.map(([name], index) => ({
      uid: uid("project", index + 1),
      mission_statement: `${name} keeps ports safe with software that anyone can read and improve.`,
      announcement_date: at(-1100),
      executive_director: nameOf(PEOPLE[0]),
      program_manager: nameOf(PEOPLE[4]),
      ...times,
    })),
    committee: COMMITTEES.map(([name, category, project, isPublic, description], index) => ({
      uid: uid("committee", index + 1),
      ...(project === 1 ? FOUNDATION : HARBORLIGHT),
      name,
      category,
      description,
      public: isPublic,
      enable_voting: category === "Board",
      join_mode: isPublic ? "open" : "invite_only",
      mailing_list: `${name.toLowerCase().replaceAll(" ", "-")}@lists.tidewater.example`,
      website: "https://tidewater.example/governance",
      ...times,
    })),
    committee_settings: COMMITTEES.map((_, index) => ({
      uid: uid("committee", index + 1),
      business_email_required: false,
      member_visibility: "basic_profile",
      show_meeting_attendees: true,
      has_chat_webhook: false,
      writers: [{ username: usernameOf(PEOPLE[0]), name: nameOf(PEOPLE[0]) }],
      auditors: [],
      ...times,
    })),
    committee_member: SEATS.map(([committee, person, role, voting, appointment], index) => {
      const [name, category, project] = COMMITTEES[committee - 1] ?? COMMITTEES[0];
      const { project_uid, project_slug } = project === 1 ? FOUNDATION : HARBORLIGHT;
      const [company, domain] = COMPANIES[PEOPLE[person][2]];
      return {
        uid: uid("member", index + 1),
        committee_uid: uid("committee", committee),
        committee_name: name,
        committee_category: category,
        project_uid,
        project_slug,
        ...profileOf(PEOPLE[person]),
        job_title: PEOPLE[person][3],
        role: { name: role, start_date: at(-300).slice(0, 10) },
        voting: { status: voting, start_date: at(-300).slice(0, 10) },
        appointed_by: appointment,
        status: "Active",
        organization: { id: companyId(PEOPLE[person][2] + 1), name: company, website: `https://${domain}` },
        ...times,
      };
    }),
    b2b_org: COMPANIES.map(([name, domain, sector, tier], index) => ({
      uid: companyId(index + 1),
      name,
      website: `https://${domain}`,
      primary_domain: domain,
      sector,
      status: "Active",
      is_member: tier !== undefined,
      ...times,
    })),
    project_membership: COMPANIES.flatMap(([name, domain, , tier, price], index) =>
      tier
        ? [
            {
              ...membership(name, domain, tier, price, index),
              start_date: at(-200),
              end_date: at(165),
              ...times,
            },
          ]
        : [],
    ),
    key_contact: COMPANIES.flatMap(([name, domain, , tier], index) =>
      PEOPLE.filter(([, , company]) => tier && company === index).map((person, place) => ({
        uid: uid("contact", index * 10 + place + 1),
        membership_uid: uid("membership", index + 1),
        project_uid: FOUNDATION.project_uid,
        b2b_org_uid: companyId(index + 1),
        company_name: name,
        company_domain: domain,
        ...profileOf(person),
        title: person[3],
        role: place === 0 ? "Representative/Voting Contact" : "Technical Contact",
        status: "Active",
        board_member: place === 0,
        primary_contact: place === 0,
        ...times,
      })),
    ),
    groupsio_service: [
      {
        id: uid("other", 1),
        project_uid: FOUNDATION.project_uid,
        type: "primary",
        group_id: 2000,
        domain: "lists.tidewater.example",
        status: "active",
        ...times,
      },
    ],
    groupsio_mailing_list: ["announce", "tac"].map((name, index) => ({
      uid: uid("other", index + 11),
      id: String(2001 + index),
      group_id: 2001 + index,
      group_name: name,
      name,
      title: name === "tac" ? "Technical Advisory Council" : "Announcements",
      description: name === "tac" ? "Discussions of the council." : "News of the foundation.",
      type: name === "tac" ? "discussion_open" : "announcement",
      public: true,
      audience_access: "public",
      subscriber_count: PEOPLE.length,
      service_uid: uid("other", 1),
      service_id: uid("other", 1),
      ...FOUNDATION,
      ...times,
    })),
    groupsio_member: [0, 1].flatMap((list) =>
      PEOPLE.map((person, index) => ({
        uid: uid("other", 100 + list * 10 + index),
        id: String(3000 + list * 10 + index),
        member_id: 3000 + list * 10 + index,
        mailing_list_uid: uid("other", list + 11),
        group_id: 2001 + list,
        ...profileOf(person),
        organization: COMPANIES[person[2]][0],
        job_title: person[3],
        member_type: "committee",
        delivery_mode: "email_delivery_single",
        mod_status: index === 0 ? "owner" : "none",
        status: "normal",
        ...FOUNDATION,
        ...times,
      })),
    ),
    v1_meeting: MEETINGS.map(([, , days, duration], index) => ({
      ...meetingOf(index),
      start_time: at(days),
      timezone: "UTC",
      duration,
      recurrence: { type: 2, repeat_interval: index === 0 ? 4 : 2 },
      occurrences: [0, 14, 28].map((later) => ({
        occurrence_id: String(Date.parse(at(days + later)) / 1000),
        start_time: at(days + later),
        duration,
        status: "available",
      })),
      join_url: `https://meet.tidewater.example/${meetingId(index)}`,
      recording_enabled: true,
      transcript_enabled: true,
      ...times,
    })),
    v1_meeting_registrant: MEETINGS.flatMap(([, committee], meeting) =>
      attendees(committee).map((person, index) => ({
        uid: uid("other", 300 + meeting * 10 + index),
        meeting_id: meetingId(meeting),
        committee_uid: uid("committee", committee),
        type: "committee",
        ...profileOf(person),
        org_name: COMPANIES[person[2]][0],
        org_is_member: COMPANIES[person[2]][3] !== undefined,
        job_title: person[3],
        host: index === 0,
        ...times,
      })),
    ),
    v1_past_meeting: MEETINGS.flatMap(([, , , duration], meeting) =>
      OCCURRENCES.map((days) => ({
        ...occurrenceOf(meeting, at(-days)),
        ...meetingOf(meeting),
        id: pastMeetingId(meeting, at(-days)),
        uid: pastMeetingId(meeting, at(-days)),
        start_time: at(-days),
        end_time: new Date(Date.parse(at(-days)) + duration * 60_000).toISOString(),
        duration,
        timezone: "UTC",
        platform: "Zoom",
        recording_enabled: true,
        ...times,
      })),
    ),
    v1_past_meeting_participant: MEETINGS.flatMap(([, committee], meeting) =>
      OCCURRENCES.flatMap((days, occurrence) =>
        attendees(committee).map((person, index) => ({
          uid: uid("other", 500 + meeting * 100 + occurrence * 10 + index),
          ...occurrenceOf(meeting, at(-days)),
          committee_uid: uid("committee", committee),
          ...projectOf(meeting),
          ...profileOf(person),
          org_name: COMPANIES[person[2]][0],
          org_is_member: COMPANIES[person[2]][3] !== undefined,
          job_title: person[3],
          host: index === 0,
          is_invited: true,
          is_attended: index === 0 || (index + occurrence) % 3 !== 0,
          ...times,
        })),
      ),
    ),
    v1_past_meeting_summary: SUMMARIES.map((content, meeting) => ({
      id: uid("other", 900 + meeting),
      ...occurrenceOf(meeting, at(-OCCURRENCES[1])),
      project_uid: projectOf(meeting).project_uid,
      content,
      requires_approval: false,
      approved: true,
      summary_title: `${MEETINGS[meeting]?.[0]}: summary`,
      zoom_meeting_topic: MEETINGS[meeting]?.[0],
      summary_start_time: at(-OCCURRENCES[1]),
      created_at: at(-OCCURRENCES[1]),
      updated_at: at(-OCCURRENCES[1]),
    })),
  };
}

function nameOf([first, last]: Person): string {
  return `${first} ${last}`;
}

function usernameOf([first, last]: Person): string {
  return `${first[0]}${last}`.toLowerCase();
}

function profileOf(person: Person): Fields {
  const [first_name, last_name, company] = person;
  const username = usernameOf(person);
  return { username, email: `${username}@${COMPANIES[company][1]}`, first_name, last_name };
}

function attendees(committee: number): readonly Person[] {
  return SEATS.filter(([number]) => number === committee).map(([, person]) => PEOPLE[person]);
}

function membership(name: string, domain: string, tier: string, price: number, index: number): Fields {
  return {
    uid: uid("membership", index + 1),
    tier_uid: `tier-${tier.split(" ")[0]?.toLowerCase()}`,
    tier_name: tier,
    tier_family: "Membership",
    project_uid: FOUNDATION.project_uid,
    project_slug: FOUNDATION.project_slug,
    b2b_org_uid: companyId(index + 1),
    company_name: name,
    company_domain: domain,
    status: "Active",
    auto_renew: true,
    price,
    annual_full_price: price,
    payment_frequency: "Annually",
  };
}

function meetingId(index: number): string {
  return String(91_000_000_001 + index);
}

function pastMeetingId(index: number, start: string): string {
  return `${meetingId(index)}-${Date.parse(start)}`;
}

function projectOf(meeting: number) {
  return MEETINGS[meeting]?.[1] === 4 ? HARBORLIGHT : FOUNDATION;
}

function meetingOf(index: number): Fields {
  const [title, committee, , , description] = MEETINGS[index] ?? MEETINGS[0];
  const { project_uid, project_slug } = projectOf(index);
  return {
    id: meetingId(index),
    project_uid,
    project_slug,
    committee_uid: uid("committee", committee),
    committees: [{ uid: uid("committee", committee) }],
    title,
    description,
    meeting_type: committee === 1 ? "Board" : "Technical",
    visibility: committee === 1 ? "private" : "public",
    restricted: committee === 1,
  };
}

function occurrenceOf(meeting: number, start: string): Fields {
  return {
    meeting_and_occurrence_id: pastMeetingId(meeting, start),
    meeting_id: meetingId(meeting),
    occurrence_id: String(Date.parse(start)),
  };
}
