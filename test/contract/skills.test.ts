import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { SkillsClient } from "@modelcontextprotocol/client/ext/skills";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientEnvironment, programFile } from "../support/program.ts";
import { type ContractServer, startHttpServer } from "./servers.ts";

/** Skills are texts of the program, so no LFX is needed. */
const LFX = {
  LFXMCP_LFX_API_URL: "http://127.0.0.1:1",
  LFXMCP_TOKEN_ENDPOINT: "http://127.0.0.1:1/token",
  LFXMCP_CLIENT_ID: "unused",
  LFXMCP_CLIENT_SECRET: "unused",
};

const PLATFORMS = [
  {
    platform: "lightfast",
    stdio: ["--sandbox"],
    http: ["http", "--sandbox"],
    env: {},
    names: ["lightfast-record-signals", "lightfast-act-on-signals"],
    folder: ["SKILL.md", "references"],
  },
  {
    platform: "lfx",
    stdio: ["lfx"],
    http: ["lfx", "http"],
    env: LFX,
    names: ["lfx-prepare-meeting", "lfx-find-people", "lfx-memberships"],
    folder: ["SKILL.md", "references"],
  },
];

const ERAS = [
  { era: "legacy", mode: "legacy" as const },
  { era: "modern", mode: { pin: "2026-07-28" } },
];

describe.each(PLATFORMS)("skills of $platform", ({ stdio, http, env, names, folder }) => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startHttpServer(http, env);
  });
  afterAll(() => server.stop());

  const transports = {
    stdio: () =>
      new StdioClientTransport({
        command: process.execPath,
        args: [programFile(), ...stdio],
        env: clientEnvironment(env),
        stderr: "ignore",
      }),
    http: () => new StreamableHTTPClientTransport(new URL(server.url)),
  };

  describe.each(ERAS)("in the $era era", ({ era, mode }) => {
    test.each(["stdio", "http"] as const)(
      "the SDK's SkillsClient verifies every file over %s",
      async (kind) => {
        const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
        await client.connect(transports[kind]());
        expect(client.getProtocolEra()).toBe(era);
        const host = new SkillsClient(client);
        expect([host.supported, host.directoryRead]).toEqual([true, true]);

        const { skills, invalid } = await host.list();
        expect(invalid).toEqual([]);
        expect(skills.map(({ frontmatter }) => frontmatter.name)).toEqual(expect.arrayContaining(names));
        for (const skill of skills) {
          expect((await host.get(skill.uri)).skill).toEqual(skill);
          if (skill.resources === "dynamic") throw new Error(`${skill.uri} cannot be verified`);
          // Compares size, digest, and frontmatter.
          for (const { uri } of skill.resources)
            expect(await host.read(skill, uri)).toMatchObject({ verified: true });
        }
        const [first] = skills;
        const { resources } = await host.readDirectory(first?.uri.replace("/SKILL.md", "") ?? "");
        expect(resources.map(({ uri }) => uri.split("/").at(-1))).toEqual(folder);
        await expect(host.get("skill://none/SKILL.md")).rejects.toMatchObject({ code: -32602 });
        await client.close();
      },
    );
  });
});
