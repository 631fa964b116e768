import { expect, test } from "vitest";
import { appCheck } from "../../../../src/doctor/checks/lightfast-app.ts";
import { createServiceProbe } from "../../../../src/doctor/checks/services.ts";
import { runChecks } from "../../../../src/doctor/run.ts";
import { type FakeApp, fakeApp } from "../../../fakes/lightfast-app/server.ts";
import { type Act, answer, html, json } from "../../../support/scripted-server.ts";

async function report(app: FakeApp, more: { readonly secret?: string; readonly resource?: string } = {}) {
  const options = { appUrl: app.url, secret: app.secret, resource: app.resource, ...more };
  const [found] = await runChecks([appCheck(options, createServiceProbe({}))], undefined);
  expect(JSON.stringify(found)).not.toContain(options.secret);
  return found;
}

test("an app that rejects only the grant is ok", async () => {
  const app = await fakeApp();
  expect(await report(app)).toMatchObject({ status: "ok" });
  expect(app.faults).toEqual([]);
});

test("another secret is a failure of credentials", async () => {
  const secret = "another secret of more than thirty-two characters";
  expect(await report(await fakeApp(), { secret })).toMatchObject({
    failure: "credentials",
    hint: expect.stringContaining("the same SERVICE_JWT_SECRET"),
  });
});

test("another resource is a failure of the settings", async () => {
  expect(await report(await fakeApp(), { resource: "https://b.test/mcp" })).toMatchObject({
    failure: "usage",
    summary: expect.stringContaining("https://b.test/mcp"),
    hint: expect.stringContaining("MCP_RESOURCE_URL"),
  });
});

test.each<[what: string, act: Act, failure: string, hint: string]>([
  ["no secret", json(500, { error: "service_not_configured" }), "credentials", "in the Lightfast app"],
  ["another caller list", json(403, { error: "disallowed_caller" }), "credentials", "Allow the service mcp"],
  ["no such endpoint", html(404), "usage", "--app-url (APP_INTERNAL_URL)"],
  ["a page", html(200), "usage", "--app-url (APP_INTERNAL_URL)"],
  ["an error", answer(503), "other", "Read its log"],
])("an app with %s is a failure with its own next step", async (_, act, failure, hint) => {
  const app = await fakeApp();
  app.plays("/auth/validate", act);
  expect(await report(app)).toMatchObject({ status: "failed", failure, hint: expect.stringContaining(hint) });
});

test("an app that is down is unreachable", async () => {
  const app = await fakeApp();
  await app.stop();
  expect(await report(app)).toMatchObject({
    failure: "unreachable",
    hint: expect.stringContaining("APP_INTERNAL_URL"),
  });
});
