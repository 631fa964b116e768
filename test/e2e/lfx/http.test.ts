import { describe, expect, test } from "vitest";
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

const COMMITTEE = "b0000000-0000-4000-8000-000000000001";
const TLF = PROJECTS.tlf;

/** From the bare address to the verified caller's list of tools, as every person comes in. */
function arrivalOf(person: string) {
  return [
    "client > mcp: initialize as nobody",
    "client > mcp: GET /.well-known/oauth-protected-resource/mcp",
    "client > auth: GET /.well-known/oauth-authorization-server",
    "client > auth: POST /oauth/register",
    `client > auth: authorization code for mcp as ${person}`,
    `client > mcp: initialize as ${person}`,
    "mcp > auth: keys",
    `client > mcp: tools/list as ${person}`,
  ];
}

/** The same for a machine, which has its token beforehand. */
const MACHINE_ARRIVAL = [
  "client > auth: client credentials for mcp as itself",
  "client > mcp: initialize as ci@clients",
  "mcp > auth: keys",
  "client > mcp: tools/list as ci@clients",
];

describe("a person who signs in", () => {
  test("gets a committee as he himself may see it, by a token that was exchanged for his", async () => {
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
    expect(lfx.journal.take()).toEqual([...arrivalOf("alice"), ...read.toSpliced(1, 0, exchange)]);
    await call(client, "get_committee", { uid: COMMITTEE });
    expect(lfx.journal.take()).toEqual(read);
  });

  test("asks Lens as staff, which sees this server's token for Lens and nobody's identity", async () => {
    const lfx = await hostedLfx({ isStaff: (account) => account === "stella" });
    const client = await connectWithSignIn(lfx, { login: "stella", grants: (scope) => scope === "read:all" });
    expect(await listToolNames(client)).toContain("query_lfx_lens");
    const ask = () => call(client, "query_lfx_lens", { project_slug: "tlf", input: "Who maintains it?" });
    expect(textOf(await ask())).toBe("Lens answers: Who maintains it?");
    const asked = [
      "client > mcp: tools/call query_lfx_lens as stella",
      "mcp > lens: POST /workflows/lfx-lens-mcp-workflow/runs as itself",
    ];
    const grant = "mcp > auth: client credentials for lens as itself, by private_key_jwt";
    expect(lfx.journal.take()).toEqual([...arrivalOf("stella"), ...asked.toSpliced(1, 0, grant)]);
    await ask();
    expect(lfx.journal.take()).toEqual(asked);
  });

  test("sends an e-mail once LFX has said that he may, and Onboarding never learns who he is", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithSignIn(lfx, { login: "alice" });
    expect(await listToolNames(client)).toContain("send_email");
    expect(textOf(await call(client, "send_email", EMAIL))).toContain("dora@company.test");
    expect(lfx.journal.take()).toEqual([
      ...arrivalOf("alice"),
      "client > mcp: tools/call send_email as alice",
      "mcp > auth: token exchange for lfx as alice, by private_key_jwt",
      ...accessCheckAs("alice"),
      ...SENT_EMAIL,
    ]);
    await call(client, "send_email", EMAIL);
    expect(lfx.journal.take()).toEqual([
      "client > mcp: tools/call send_email as alice",
      "mcp > lfx: POST /access-check as alice",
      "mcp > onboarding: POST /member-onboarding/tools/email/tlf/send as itself",
    ]);
  });

  test("sends no e-mail for a project to which he may not write: Onboarding is not called", async () => {
    const lfx = await hostedLfx();
    lfx.readers.add("alice");
    const client = await connectWithSignIn(lfx, { login: "alice" });
    await listToolNames(client);
    const denied = await call(client, "send_email", EMAIL);
    expect(denied.isError).toBe(true);
    expect(textOf(denied)).toMatch(new RegExp(`^insufficient_scope: Access denied: no writer .*${TLF}`));
    expect(lfx.journal.take()).toEqual([
      ...arrivalOf("alice"),
      "client > mcp: tools/call send_email as alice",
      "mcp > auth: token exchange for lfx as alice, by private_key_jwt",
      ...accessCheckAs("alice"),
    ]);
  });
});

describe("a machine with a token of its own", () => {
  test("searches projects in this server's name: nothing is exchanged", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
    expect(await listToolNames(client)).toContain("search_projects");
    const found = await call(client, "search_projects", {});
    expect(JSON.stringify(found.structuredContent)).toContain("project of lfx-mcp@clients");
    expect(lfx.journal.take()).toEqual([
      ...MACHINE_ARRIVAL,
      "client > mcp: tools/call search_projects as ci@clients",
      "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
      "mcp > lfx: GET /query/resources as itself",
    ]);
  });

  test("sends an e-mail by this server's own right", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
    expect(await listToolNames(client)).toContain("send_email");
    expect(textOf(await call(client, "send_email", EMAIL))).toContain("dora@company.test");
    expect(lfx.journal.take()).toEqual([
      ...MACHINE_ARRIVAL,
      "client > mcp: tools/call send_email as ci@clients",
      "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
      ...accessCheckAs("itself"),
      ...SENT_EMAIL,
    ]);
  });
});
