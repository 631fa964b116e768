import * as z from "zod";
import { isObject } from "../../../shared/json.ts";
import { unusableResponse } from "../errors.ts";
import { lfxTool } from "./shared/define.ts";
import { record } from "./shared/fields.ts";

const helloWorld = lfxTool("hello_world", {
  description:
    "Answer with a greeting, to see whether the connection works. Use it only to test the connection. " +
    "name: who is greeted, World if left out. message: the greeting, Hello if left out.",
  input: z.strictObject({
    name: z.string().trim().max(200).optional().describe("Who is greeted; World if left out."),
    message: z.string().trim().max(200).optional().describe("The greeting; Hello if left out."),
  }),
  run: async ({ name, message }) => `${message || "Hello"}, ${name || "World"}!`,
});

const userInfo = lfxTool("user_info", {
  description:
    "Read the profile of the signed-in user as the login service knows it: user name, name and e-mail. Use it when " +
    "the user asks who he is signed in as, or when his own identity is needed. Takes no parameters.",
  // Not strict: some clients invent an argument for tools without parameters, and there is none to misspell.
  input: z.object({}),
  output: record("sub name given_name family_name nickname preferred_username email email_verified picture"),
  run: async (_, { api }) => {
    const profile = (await api.userInfo()).json();
    if (!isObject(profile)) throw unusableResponse("get user info", "the answer is no profile");
    return profile;
  },
});

export const UTILITY_TOOLS = [helloWorld, userInfo];
