import * as z from "zod";

/** The caller of an API: a person, or the MCP server itself. */
export type Bearer = { readonly kind: "user" | "machine"; readonly subject: string; readonly token: string };

export type Fields = Readonly<Record<string, unknown>>;

export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  /** The values of the path parameters, in order. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed by the route's schema. */
  readonly body: Fields;
  readonly bearer: Bearer;
};

export type ApiAnswer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One operation of an API. Any request that its schemas reject is an error of the caller. */
export type Route = {
  /** `GET /committees/:uuid`; `:uuid`, `:number`, `:org` and `:text` are path parameters. */
  readonly at: string;
  /** All values of each parameter, by name. */
  readonly query?: z.ZodType;
  readonly headers?: Readonly<Record<string, RegExp>>;
  readonly json?: z.ZodType;
  /** multipart/form-data */
  readonly form?: z.ZodType;
  readonly answer: (request: ApiRequest) => ApiAnswer;
};

const PARTS: Readonly<Record<string, string>> = {
  ":uuid": "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
  ":number": "(\\d+)",
  ":org": "([A-Za-z0-9]{18})",
  ":text": "([^/]+)",
};

function patternOf(at: string): RegExp {
  return new RegExp(`^${at.replaceAll(/:\w+/g, (name) => PARTS[name] ?? name)}$`);
}

/** What answers the operations of an API, by their names. */
export type Answers<Name extends string> = Readonly<Record<Name, Route["answer"]>>;

/** Finds the route of a request, with its path parameters. */
export function createRouter(routes: readonly Route[]) {
  const known = routes.map((route) => ({ route, pattern: patternOf(route.at) }));
  return (method: string, path: string): { route: Route; ids: readonly string[] } | undefined => {
    for (const { route, pattern } of known) {
      const match = pattern.exec(`${method} ${path}`);
      if (match) return { route, ids: match.slice(1).map(decodeURIComponent) };
    }
    return undefined;
  };
}

/** A parameter that occurs once. */
export function once(schema: z.ZodType) {
  return z.tuple([schema]);
}

/** A parameter that may be repeated. */
export function repeated(schema: z.ZodType = z.string().min(1)) {
  return z.array(schema);
}

/** Only `v=1`. */
export const V1 = z.strictObject({ v: once(z.literal("1")) });

export const uuid = z.string().regex(new RegExp(`^${PARTS[":uuid"]}$`), "is not a UUID");

/** Why a valid request fails. */
export class Refusal extends Error {
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const notFound: ApiAnswer = { status: 404, body: { message: "no such resource" } };

/** The kinds of records that have operations of their own. */
export type RecordKind =
  | "project"
  | "project_settings"
  | "committee"
  | "committee_settings"
  | "committee_member"
  | "groupsio_service"
  | "groupsio_mailing_list"
  | "groupsio_member"
  | "v1_past_meeting"
  | "project_membership"
  | "key_contact";

/** Holds the records. The last id of a request's path names one of its kind. */
export type Records = {
  find(
    kind: RecordKind,
    request: ApiRequest,
  ): { readonly fields: Fields; readonly revision: string } | undefined;
  /** Stores a record that is new if the path does not name it. @returns the record, with its id */
  save(kind: RecordKind, request: ApiRequest, fields: Fields): Fields;
  remove(kind: RecordKind, request: ApiRequest): void;
};

export function reader({ find }: Pick<Records, "find">, kind: RecordKind): Route["answer"] {
  return (request) => {
    const found = find(kind, request);
    return found ? { body: found.fields, headers: { etag: found.revision } } : notFound;
  };
}
