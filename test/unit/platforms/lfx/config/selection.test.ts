import { describe, expect, test } from "vitest";
import { parseWords } from "../../../../../src/platforms/lfx/config/selection.ts";
import { resolveLfxSettings } from "../../../../../src/platforms/lfx/config/settings.ts";
import { TOOL_NAMES } from "../../../../../src/platforms/lfx/policy.ts";
import { LFX, problemsOf } from "../../../../support/lfx/environments.ts";

const resolve = (tools: string) => resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS: tools });

describe("a list of words", () => {
  test.each([
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [" a , b ", ["a", "b"]],
    ["a\n,b", ["a", "b"]],
    ["a b", ["a b"]],
  ])("is %j read as %j", (value, words) => {
    expect(parseWords({ value, source: "--x" })).toEqual({ value: words });
  });

  test.each(["", " ", ",", "a,", ",a", "a,,b", "a, ,b", "a,\t"])(
    "is refused as %j, with where it stands",
    (value) => {
      expect(parseWords({ value, source: "--x" })).toEqual({
        problem: expect.stringMatching(/^--x has a blank entry/),
      });
    },
  );
});

describe("the tools that are offered", () => {
  test.each([
    ["where there is no list", undefined],
    ["where the list is empty", ""],
    ["where the list is blank", "  "],
    ["where nobody expanded the list", "$TOOLS"],
  ])("are all but two %s", (_, LFXMCP_TOOLS) => {
    const { tools } = resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS });
    expect(tools).toHaveLength(46);
    expect(TOOL_NAMES.filter((name) => !tools.includes(name))).toEqual(["hello_world", "user_info"]);
  });

  test("are those of a list, in its order, each once", () => {
    const { tools, notices } = resolve("user_info, get_project,hello_world ,get_project");
    expect(tools).toEqual(["user_info", "get_project", "hello_world"]);
    // On stdio nobody has signed in.
    expect(notices).toEqual(["Not offered, as what they need is not configured: user_info."]);
  });

  test("are the same by either name of a committee, together or alone", () => {
    for (const names of ["search_groups,get_group_member", "search_committees,get_committee_member"]) {
      expect(resolve(names).tools).toEqual(["search_committees", "get_committee_member"]);
    }
    expect(resolve("get_group,get_committee").tools).toEqual(["get_committee"]);
    for (const LFXMCP_COMMITTEES_AS_GROUPS of ["0", "1"]) {
      const env = { ...LFX, LFXMCP_COMMITTEES_AS_GROUPS, LFXMCP_TOOLS: "update_group_settings" };
      expect(resolveLfxSettings({}, env).tools).toEqual(["update_committee_settings"]);
    }
  });

  test("do not include those that there are not, which is noticed once for all", () => {
    const { tools, notices } = resolve("get_project,list_membership_actions,Get_Project,constructor");
    expect(tools).toEqual(["get_project"]);
    expect(notices).toEqual([
      "There are no tools named list_membership_actions, Get_Project, constructor; they are passed over.",
    ]);
  });

  test.each([",", "get_project,", "get_project,,get_meeting"])("are not read from %j", (list) => {
    expect(problemsOf(() => resolve(list))).toEqual([
      expect.stringMatching(/^LFXMCP_TOOLS has a blank entry/),
    ]);
  });
});
