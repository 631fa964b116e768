import { describe, expect, test } from "vitest";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { PROJECTS } from "../../fakes/lfx/projects.ts";
import {
  bearerValues,
  call,
  connectWithBearer,
  connectWithSignIn,
  listToolNames,
  textOf,
} from "../../support/lfx/client.ts";
import { accessCheckAs, EMAIL, SENT_EMAIL } from "../../support/lfx/hop-order.ts";
import { hostedLfx } from "../../support/lfx/program.ts";
import { expectShortSummaries, LONG_SUMMARIES } from "../../support/omissions.ts";

const COMMITTEE = "b0000000-0000-4000-8000-000000000001";
const TLF = PROJECTS.tlf;

/** The requests from the first connection to the tool list of a person who signs in. */
function signInAs(person: string) {
  return [
    "client > mcp: initialize as no one",
    "client > mcp: GET /.well-known/oauth-protected-resource/mcp",
    "client > auth: GET /.well-known/oauth-authorization-server",
    "client > auth: POST /oauth/register",
    `client > auth: authorization code for mcp as ${person}`,
    `client > mcp: initialize as ${person}`,
    "mcp > auth: keys",
    `client > mcp: tools/list as ${person}`,
  ];
}

/** The same for a machine, which starts with a token. */
const MACHINE_CONNECT = [
  "client > auth: client credentials for mcp as itself",
  "client > mcp: initialize as ci@clients",
  "mcp > auth: keys",
  "client > mcp: tools/list as ci@clients",
];

describe("a person who signs in", () => {
  test("reads a committee as themselves, with an exchanged token", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithSignIn(lfx, { login: "alice" });
    expect(await listToolNames(client)).toContain("get_committee");
    const first = await call(client, "get_committee", { uid: COMMITTEE });
    expect(first.structuredContent).toMatchObject({ base: { description: "As alice sees it." } });
    const read = [
      "client > mcp: tools/call get_committee as alice",
      `mcp > lfx: GET /committees/${COMMITTEE} as alice`,
      `mcp > lfx: GET /committees/${COMMITTEE}/settings as alice`,
    ];
    const exchange = "mcp > auth: token exchange for lfx as alice, by private_key_jwt";
    expect(lfx.journal.take()).toEqual([...signInAs("alice"), ...read.toSpliced(1, 0, exchange)]);
    await call(client, "get_committee", { uid: COMMITTEE });
    expect(lfx.journal.take()).toEqual(read);
  });

  test("asks Lens as staff; Lens receives only this server's token", async () => {
    const lfx = await hostedLfx({ isStaff: (account) => account === "stella" });
    const client = await connectWithSignIn(lfx, { login: "stella", grants: (scope) => scope === "read:all" });
    expect(await listToolNames(client)).toContain("query_lfx_lens");
    const ask = () => call(client, "query_lfx_lens", { project_slugs: ["tlf"], input: "Who maintains it?" });
    expect(textOf(await ask())).toBe("Lens answers: Who maintains it?");
    const requests = [
      "client > mcp: tools/call query_lfx_lens as stella",
      "mcp > lens: POST /workflows/lfx-lens-mcp-workflow/runs as itself",
    ];
    const grant = "mcp > auth: client credentials for lens as itself, by private_key_jwt";
    expect(lfx.journal.take()).toEqual([...signInAs("stella"), ...requests.toSpliced(1, 0, grant)]);
    await ask();
    expect(lfx.journal.take()).toEqual(requests);
  });

  test("sends an email after LFX confirms write access; Onboarding receives only this server's token", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithSignIn(lfx, { login: "alice" });
    expect(await listToolNames(client)).toContain("send_email");
    expect(textOf(await call(client, "send_email", EMAIL))).toContain("dora@company.test");
    expect(lfx.journal.take()).toEqual([
      ...signInAs("alice"),
      "client > mcp: tools/call send_email as alice",
      "mcp > auth: token exchange for lfx as alice, by private_key_jwt",
      ...accessCheckAs("alice"),
      ...SENT_EMAIL,
    ]);
    await call(client, "send_email", EMAIL);
    expect(lfx.journal.take()).toEqual([
      "client > mcp: tools/call send_email as alice",
      ...accessCheckAs("alice"),
      "mcp > onboarding: POST /member-onboarding/tools/email/tlf/send as itself",
    ]);
  });

  test("sends no email without write access; Onboarding is not called", async () => {
    const lfx = await hostedLfx();
    lfx.readers.add("alice");
    const client = await connectWithSignIn(lfx, { login: "alice" });
    await listToolNames(client);
    const denied = await call(client, "send_email", EMAIL);
    expect(denied.isError).toBe(true);
    expect(textOf(denied)).toMatch(new RegExp(`^insufficient_scope: Access denied: no writer .*${TLF}`));
    expect(lfx.journal.take()).toEqual([
      ...signInAs("alice"),
      "client > mcp: tools/call send_email as alice",
      "mcp > auth: token exchange for lfx as alice, by private_key_jwt",
      ...accessCheckAs("alice"),
    ]);
  });
});

describe("a machine with a token of its own", () => {
  test("searches projects as this server, without a token exchange", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
    expect(await listToolNames(client)).toContain("search_projects");
    const found = await call(client, "search_projects", {});
    expect(JSON.stringify(found.structuredContent)).toContain("project of lfx-mcp@clients");
    expect(lfx.journal.take()).toEqual([
      ...MACHINE_CONNECT,
      "client > mcp: tools/call search_projects as ci@clients",
      "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
      "mcp > lfx: GET /query/resources as itself",
    ]);
  });

  test("gets a search result with a million characters shortened, which its SDK validates", async () => {
    const lfx = await hostedLfx({ before: () => ({ body: LONG_SUMMARIES }) });
    const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
    await client.listTools();

    expectShortSummaries(
      (await call(client, "search_past_meeting_summaries", { project_uid: undefined })) as ToolResult,
    );
  });

  test("sends an email with this server's write access", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
    expect(await listToolNames(client)).toContain("send_email");
    expect(textOf(await call(client, "send_email", EMAIL))).toContain("dora@company.test");
    expect(lfx.journal.take()).toEqual([
      ...MACHINE_CONNECT,
      "client > mcp: tools/call send_email as ci@clients",
      "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
      ...accessCheckAs("itself"),
      ...SENT_EMAIL,
    ]);
  });
});
