import { expect, test } from "vitest";
import { type Access, LOCAL_CALLER, missingGrants } from "../../../src/mcp/tool.ts";
import { callerWith } from "../../support/tiny-server.ts";

const EITHER: Access = { anyOf: ["read", "all"] };
const BOTH: Access = { anyOf: ["write", "all"], allOf: ["admin", "fresh"] };

const TABLE: readonly [access: Access, grants: string[], missing: string[]][] = [
  [EITHER, ["read"], []],
  [EITHER, ["all"], []],
  [EITHER, ["read", "all", "more"], []],
  [EITHER, [], ["read"]],
  [EITHER, ["readers"], ["read"]],
  [BOTH, ["write", "admin", "fresh"], []],
  [BOTH, ["write", "admin"], ["fresh"]],
  [BOTH, ["write"], ["admin", "fresh"]],
  [BOTH, ["admin", "fresh"], ["write"]],
  [BOTH, [], ["write", "admin", "fresh"]],
  [{ anyOf: [] }, [], []],
  [{ anyOf: [], allOf: ["admin"] }, [], ["admin"]],
];

test.each(TABLE)("of %j, a caller with %j lacks %j", (access, grants, missing) => {
  expect(missingGrants(access, callerWith(...grants))).toEqual(missing);
});

test("the local user has every grant", () => {
  for (const [access] of TABLE) expect(missingGrants(access, LOCAL_CALLER)).toEqual([]);
});
