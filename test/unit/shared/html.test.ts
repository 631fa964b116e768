import { expect, test } from "vitest";
import { escapeHtml } from "../../../src/shared/html.ts";

test("markup and quotes become character references", () => {
  expect(escapeHtml(`<a href="x" title='y'>R&D</a>`)).toBe(
    "&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;R&#38;D&#60;/a&#62;",
  );
});

test("other text stays as it is", () => {
  expect(escapeHtml("Sign in to api.lightfast.ai — ü 🚀")).toBe("Sign in to api.lightfast.ai — ü 🚀");
});
