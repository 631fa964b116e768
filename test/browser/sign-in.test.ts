import { expect, onTestFinished, test } from "vitest";
import { openSignInPage } from "../../src/cli/sign-in/page.ts";
import { openBrowser } from "../support/browser.ts";

test("a browser submits the page's own form, which has an opaque origin, and loads nothing else", async () => {
  const submitted: string[] = [];
  const page = await openSignInPage({
    keyPage: new URL("https://lightfast.test/"),
    host: "lightfast.test",
    note: "A note.",
    submit: async (key) => {
      submitted.push(key);
      return key === "lf_good" ? { stored: "Stored." } : { problem: "Wrong." };
    },
  });
  onTestFinished(() => page.close());
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  await browser.open(page.url);
  const submit = async (key: string, pattern: string) => {
    await browser.evaluate(
      `document.querySelector("#key").value = ${JSON.stringify(key)}; document.forms[0].submit()`,
    );
    await expect.poll(() => browser.evaluate("document.body.innerText")).toMatch(pattern);
  };
  expect(await browser.evaluate("document.activeElement.id")).toBe("key");
  await submit("lf_bad", "Wrong.");
  await submit("lf_good", "Stored.");
  expect(await page.ended).toBe(true);
  expect(submitted).toEqual(["lf_bad", "lf_good"]);
  // Chromium reports the status 422 of the first answer.
  expect(browser.complaints.filter((line) => !line.includes("422"))).toEqual([]);
});
