import { expect, test } from "vitest";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import { describeToolDefinitions } from "../../../support/tool-definition-rules.ts";

describeToolDefinitions(TOOL_DEFINITIONS, { client: "lightfast", maxDescription: 1000 });

test.each(TOOL_DEFINITIONS)("$wire.name can run in unattended clients", ({ wire: { annotations } }) => {
  const { readOnlyHint, destructiveHint, openWorldHint } = annotations;
  expect(readOnlyHint || (!destructiveHint && !openWorldHint)).toBe(true);
});

test("definitions are sorted by name", () => {
  const names = TOOL_DEFINITIONS.map(({ wire }) => wire.name);
  expect(names).toEqual([...names].sort());
});
