import { expect, test } from "vitest";
import type { LfxApi } from "../../../../../src/platforms/lfx/api.ts";
import { UTILITY_TOOLS } from "../../../../../src/platforms/lfx/tools/utility.ts";
import { withDeadline } from "../../../../../src/shared/deadline.ts";

/** The result of user_info for a caller with this subject, if the authorization server sends this profile. */
function userInfo(subject: string, profile: unknown): Promise<unknown> {
  const tool = UTILITY_TOOLS.find(({ name }) => name === "user_info");
  const api = { subject, userInfo: async () => ({ text: "", etag: undefined, json: () => profile }) };
  return withDeadline(
    1000,
    undefined,
    async (deadline) =>
      tool?.run({}, { api: api as unknown as LfxApi, deadline, progress: () => {}, advise: String }) ??
      "no tool",
  );
}

test.each([{ sub: "auth0|ada", name: "Ada" }, { name: "Ada" }])(
  "user_info returns the profile %j",
  async (profile) => {
    expect(await userInfo("auth0|ada", profile)).toEqual(profile);
    expect(await userInfo("", profile)).toEqual(profile);
  },
);

test.each([
  [{ sub: "auth0|bob", name: "Bob" }, "the response is another record"],
  ["Ada", "the response is not a profile"],
])("user_info rejects the profile %j", async (profile, reason) => {
  await expect(userInfo("auth0|ada", profile)).rejects.toMatchObject({
    code: "upstream_error",
    message: `Failed to get user info: ${reason}`,
  });
});
