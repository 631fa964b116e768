import * as z from "zod";
import { isObject } from "../../../shared/json.ts";
import { assertSameRecord, unusableResponse } from "../errors.ts";
import { lfxTool, record } from "./shared/define.ts";

export const UTILITY_TOOLS = [
  lfxTool("user_info", {
    description: "Read the profile of the signed-in user from the login service: username, name and email.",
    // Not strict: some clients invent an argument for tools without parameters.
    input: z.object({}),
    output: record(
      "sub name given_name family_name nickname preferred_username email email_verified picture",
    ),
    run: async (_, { api }) => {
      const profile = (await api.userInfo()).json();
      const operation = "get user info";
      if (!isObject(profile)) throw unusableResponse(operation, "the response is not a profile");
      // Required by OpenID Connect Core 1.0, section 5.3.2.
      if (api.subject) assertSameRecord(profile, api.subject, operation, ["sub"]);
      return profile;
    },
  }),
];
