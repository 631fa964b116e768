import type { JsonObject } from "../../../../src/shared/json.ts";

/** JSON Schemas by name. */
export type Schemas = Readonly<Record<string, JsonObject>>;

/** What a service accepts at a method and a path, and which refusals it declares. */
export type Operation = {
  /** The parameters of the path that are more than a text. */
  readonly path?: Schemas;
  readonly query?: Schemas;
  /** Rules about several parameters of the query, as members of a JSON Schema. */
  readonly queryRules?: JsonObject;
  /** Headers of the service, in lower case. */
  readonly headers?: Schemas;
  /** The names of required parameters and headers. */
  readonly required?: readonly string[];
  /** A JSON body. */
  readonly json?: JsonObject;
  /** A body of multipart/form-data. */
  readonly form?: JsonObject;
  readonly refusals: readonly number[];
};

/** How a service words a refusal. */
export type RefusalBody = (status: number, message: string) => JsonObject;

/** The operations of a service by method and path, `GET /committees/{uid}`. */
export type Service = {
  readonly refusalBody: RefusalBody;
  readonly operations: Readonly<Record<string, Operation>>;
};

export const boolean = { type: "boolean" };
export const string = { type: "string" };
export const uuid = { type: "string", format: "uuid" };
export const email = { type: "string", format: "email" };
export const uri = { type: "string", format: "uri" };
export const day = { type: "string", format: "date" };
export const nonEmpty = { type: "string", minLength: 1 };
/** A boolean in a header. */
export const flag = { type: "string", enum: ["true", "false"] };

export function text(maxLength: number): JsonObject {
  return { type: "string", maxLength };
}

export function pattern(source: string): JsonObject {
  return { type: "string", pattern: source };
}

/** @param values separated by commas and spaces */
export function oneOf(values: string): JsonObject {
  return { type: "string", enum: values.split(", ") };
}

export function integer(minimum: number, maximum: number): JsonObject {
  return { type: "integer", minimum, maximum };
}

export function list(items: JsonObject, limits: { minItems?: number; maxItems?: number } = {}): JsonObject {
  return { type: "array", items, ...limits };
}

/** An object that may have other fields, too. @param required separated by spaces */
export function object(properties: Schemas, required = ""): JsonObject {
  return { type: "object", properties, required: required.split(" ").filter(Boolean) };
}

/** An object without other fields: the services ignore them, but no tool means to send one. @param required separated by spaces */
export function strictObject(properties: Schemas, required = ""): JsonObject {
  return { ...object(properties, required), additionalProperties: false };
}

export const v = oneOf("1");
export const V1: Schemas = { v };

export const messageOnly: RefusalBody = (_, message) => ({ message });
export const codeAndMessage: RefusalBody = (status, message) => ({ code: String(status), message });
/** The errors of the Goa framework (`application/vnd.goa.error`). */
export const goaError: RefusalBody = (status, message) => ({
  name: `error ${status}`,
  id: "an-error-id",
  message,
  temporary: status === 503,
  timeout: false,
  fault: status === 500,
});
