import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { JsonObject } from "../../../../src/shared/json.ts";
import { COMMITTEE_SERVICE } from "./committees.ts";
import { QUERY_SERVICE } from "./query.ts";
import {
  ACCESS_CHECK,
  MAILING_LIST_SERVICE,
  MEETING_SERVICE,
  MEMBER_SERVICE,
  PROJECT_SERVICE,
} from "./records.ts";
import {
  messageOnly,
  type Operation,
  object,
  type RefusalBody,
  type Schemas,
  type Service,
  strictObject,
} from "./schema.ts";
import { LENS_SERVICE, ONBOARDING_SERVICE } from "./services.ts";

/** A request that a fake service received. */
export type SentRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As the `content-type` says; undefined without a body. */
  readonly body: string | undefined;
};

export type Verdict = {
  /** What the interface document does not allow. */
  readonly errors: readonly string[];
  /** The statuses of the declared refusals, which the service words with `refusalBody`. */
  readonly refusals: readonly number[];
  readonly refusalBody: RefusalBody;
};

/** The services behind each base URL. */
export const SERVICES = {
  lfx: [
    QUERY_SERVICE,
    PROJECT_SERVICE,
    COMMITTEE_SERVICE,
    MAILING_LIST_SERVICE,
    MEETING_SERVICE,
    MEMBER_SERVICE,
    ACCESS_CHECK,
  ],
  onboarding: [ONBOARDING_SERVICE],
  lens: [LENS_SERVICE],
} as const satisfies Readonly<Record<string, readonly Service[]>>;

export type CheckRequest = (request: SentRequest) => Verdict;

export type CheckOptions = {
  /** Before the path of every operation. */
  readonly prefix?: string;
  /** Accepts short ids, `c1`, instead of UUIDs. */
  readonly anyIds?: boolean;
};

/** Compares requests with the interface documents of services. */
export function createRequestCheck(
  services: readonly Service[],
  { prefix = "", anyIds = false }: CheckOptions = {},
): CheckRequest {
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false });
  addFormats.default(ajv);
  if (anyIds) ajv.addFormat("uuid", true);
  const entries = services.flatMap(({ operations, refusalBody }) =>
    Object.entries(operations).map(([at, operation]) => ({
      operation,
      refusalBody,
      pattern: toPattern(at, prefix),
      validate: once(() => ajv.compile(toSchema(operation))),
    })),
  );
  return (request) => {
    for (const { operation, refusalBody, pattern, validate } of entries) {
      const match = pattern.exec(`${request.method} ${request.path}`);
      if (!match) continue;
      const check = validate();
      const isValid = check(toInstance(request, { ...match.groups }, operation));
      return { errors: isValid ? [] : describe(check), refusals: operation.refusals, refusalBody };
    }
    const errors = [`no operation ${request.method} ${request.path}`];
    return { errors, refusals: [], refusalBody: messageOnly };
  };
}

/** Compares requests to `/lfx`, `/onboarding` and `/lens` below one origin. Other paths are no operations of a service. */
export function createRequestCheckOfAll(options: Omit<CheckOptions, "prefix"> = {}): CheckRequest {
  const checks = new Map(
    Object.entries(SERVICES).map(([name, services]) => [
      name,
      createRequestCheck(services, { ...options, prefix: `/${name}` }),
    ]),
  );
  return (request) => {
    const check = checks.get(request.path.split("/")[1] ?? "");
    return check ? check(request) : { errors: [], refusals: [], refusalBody: messageOnly };
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Fixed segments come before parameters in the table, as `b2b-org` does before `{uid}`. */
function toPattern(at: string, prefix: string): RegExp {
  const [method, path = ""] = at.split(" ");
  return new RegExp(`^${method} ${prefix}${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

function toSchema({
  path,
  query = {},
  queryRules,
  headers = {},
  required = [],
  ...body
}: Operation): JsonObject {
  const requiredOf = (schemas: Schemas) => required.filter((name) => schemas[name]).join(" ");
  const parts = {
    path: object(path ?? {}),
    query: { ...strictObject(query, requiredOf(query)), ...queryRules },
    headers: strictObject(headers, requiredOf(headers)),
    ...(body.json && { json: body.json }),
    ...(body.form && { form: body.form }),
  };
  return strictObject(parts, Object.keys(parts).join(" "));
}

function describe({ errors }: ValidateFunction): string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** Headers of the services; any other is HTTP's. */
const SERVICE_HEADERS = /^(?:x-|if-)/;

/** A request with values of the types that the operation gives them. */
function toInstance(
  request: SentRequest,
  path: JsonObject,
  { query: schemas = {}, form }: Operation,
): JsonObject {
  const query = [...new Set(request.query.keys())].map((name) => {
    const all = request.query.getAll(name);
    const { type } = (schemas[name] ?? {}) as JsonObject;
    // A repeated parameter that the service reads once stays a list, which its type rejects.
    return [name, type === "array" || all.length > 1 ? all : type === "integer" ? Number(all[0]) : all[0]];
  });
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => SERVICE_HEADERS.test(name));
  return {
    path,
    query: Object.fromEntries(query),
    headers: Object.fromEntries(headers),
    ...toBody(request, form?.properties as Schemas | undefined),
  };
}

/** @returns `json` or `form`; any other type of content is `other` */
function toBody({ headers, body }: SentRequest, fields: Schemas = {}): JsonObject {
  const type = String(headers["content-type"] ?? "");
  if (body === undefined) return type === "" ? {} : { other: type };
  if (type === "application/json") return { json: JSON.parse(body) };
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1];
  if (boundary === undefined) return { other: type };
  const form = readForm(body, boundary).map(([name, value]) => [
    name,
    fields[name]?.type === "object" ? JSON.parse(value) : value,
  ]);
  return { form: Object.fromEntries(form) };
}

/** The fields of a multipart/form-data body (RFC 7578). */
function readForm(body: string, boundary: string): [name: string, value: string][] {
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const [head = "", ...value] = part.split("\r\n\r\n");
    return [/name="([^"]*)"/.exec(head)?.[1] ?? "", value.join("\r\n\r\n")];
  });
}
