import { expect, test } from "vitest";
import { callOnce } from "../../../src/cli/tool-call.ts";
import { tinyServer } from "../../support/tiny-server.ts";

test("a person gets the whole result, however long", async () => {
  const text = "a word ".repeat(100_000);
  const server = tinyServer({ connect: () => () => ({ text }) });

  const { result, error } = await callOnce(server, "tiny_echo", { text: "x" });

  expect(error).toBeUndefined();
  expect(result.structuredContent).toEqual({ text });
});
