import { describe, expect, test } from "vitest";
import { createTokenSources } from "../../../src/auth/token-source.ts";
import type { Bearer } from "../../fakes/lfx/bearer.ts";
import type { ApiAnswer } from "../../fakes/lfx/routes.ts";
import { lateClock } from "../../support/late-clock.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const USERS = Array.from({ length: 500 }, (_, index) => `user-${index}`);

type User = { readonly name: string; readonly token: string };

function usersOf(lfx: HostedLfx): Promise<User[]> {
  return Promise.all(
    USERS.map(async (name) => {
      const claims = { sub: name, aud: lfx.url, scope: "read:all", client_id: "a client" };
      return { name, token: await lfx.auth.sign(claims) };
    }),
  );
}

/** Whose names stand in the answer to a user's search. */
async function namesSeenBy({ url }: HostedLfx, { token }: User): Promise<string> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "search_projects", arguments: {} },
    }),
  });
  const text = await answer.text();
  return [...new Set(text.match(/project of [\w@-]+|isError/g))].join();
}

/** All users at once, so many calls each, one after the other. Every answer must carry its caller's own name. */
async function allCall(lfx: HostedLfx, users: readonly User[], calls: number): Promise<void> {
  const each = async (user: User): Promise<string[]> => {
    const seen: string[] = [];
    for (let left = calls; left > 0; left -= 1) seen.push(await namesSeenBy(lfx, user));
    return seen;
  };
  const own = users.map(({ name }) => Array.from({ length: calls }, () => `project of ${name}`));
  expect(await Promise.all(users.map(each))).toEqual(own);
}

/** How many exchanges there were for each user since the last time, in the order of `USERS`. */
function exchanges({ journal }: HostedLfx): number[] {
  const counts = new Map(USERS.map((name) => [name, 0]));
  for (const line of journal.take()) {
    const [, name = ""] = /token exchange for lfx as ([\w-]+), by private_key_jwt$/.exec(line) ?? [];
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts.values()];
}

function each(count: number): number[] {
  return USERS.map(() => count);
}

/** Does something in the middle of a run: at LFX's request number `at`. */
function atRequest(at: number, work: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count === at) work();
  };
}

const QUIET = { LFXMCP_DEBUG: "false", LFXMCP_DEBUG_TRAFFIC: "false" };
const LIMIT_MS = 60_000;

describe("500 users at once", () => {
  test(
    "cost an exchange each, and one more each when their tokens expire while they call",
    async () => {
      const clock = lateClock();
      let count = () => {};
      const before = (): undefined => {
        count();
        return undefined;
      };
      // A token is renewed at half its life.
      const lfx = await hostedLfx({ lifetimeSeconds: 60, before, env: { ...QUIET, ...clock.env } });
      const users = await usersOf(lfx);
      // Two calls of each user at a time share an exchange.
      await Promise.all([allCall(lfx, users, 1), allCall(lfx, users, 1)]);
      expect(exchanges(lfx)).toEqual(each(1));

      count = atRequest(600, clock.pass31Seconds);
      await allCall(lfx, users, 3);
      const during = exchanges(lfx);
      expect(Math.max(...during)).toBe(1);
      expect(during.filter((number) => number === 1).length).toBeGreaterThan(0);
      await allCall(lfx, users, 1);
      const after = exchanges(lfx);
      expect(during.map((number, index) => number + (after[index] ?? 0))).toEqual(each(1));

      const metrics = await (await fetch(new URL("/metrics", lfx.url))).text();
      expect(metrics).toContain('mcp_upstream_duration_seconds_count{target="tokens",outcome="200"} 1000');
      expect(metrics).toContain('mcp_upstream_duration_seconds_count{target="lfx",outcome="200"} 3000');
    },
    LIMIT_MS,
  );

  test(
    "whose tokens are all withdrawn while they call get new ones, once each, and notice nothing",
    async () => {
      const known = new Set<string>();
      const withdrawn = new Set<string>();
      let count = () => {};
      const before = ({ token }: Bearer): ApiAnswer | undefined => {
        count();
        known.add(token);
        return withdrawn.has(token) ? { status: 401, body: { message: "withdrawn" } } : undefined;
      };
      const lfx = await hostedLfx({ before, env: QUIET });
      const users = await usersOf(lfx);
      await allCall(lfx, users, 1);
      expect(exchanges(lfx)).toEqual(each(1));
      count = atRequest(300, () => {
        for (const token of known) withdrawn.add(token);
      });
      // Two calls of each user at a time: what one of them drops, the other must not drop again.
      await Promise.all([allCall(lfx, users, 2), allCall(lfx, users, 2)]);
      expect(withdrawn.size).toBe(USERS.length);
      expect(exchanges(lfx)).toEqual(each(1));
    },
    LIMIT_MS,
  );
});

test("the tokens of more callers than are kept push out the oldest, and never this server's own", async () => {
  const asked: string[] = [];
  const sources = createTokenSources({
    maxEntries: 100,
    endpoint: async ({ subject_token: subject = "own" }) => {
      asked.push(subject);
      return { accessToken: `token of ${subject}`, expiresInSeconds: 3600 };
    },
  });
  const tokensFor = async (names: readonly string[]): Promise<number> => {
    const earlier = asked.length;
    const tokens = names.map((name) => sources.exchange(name, "urn:mcp", "urn:lfx").token());
    expect(await Promise.all(tokens)).toEqual(names.map((name) => `token of ${name}`));
    return asked.length - earlier;
  };
  expect(await sources.clientCredentials("urn:lfx").token()).toBe("token of own");
  expect(await tokensFor(USERS)).toBe(500);
  expect(await tokensFor(USERS.slice(-100))).toBe(0);
  expect(await tokensFor(USERS.slice(0, 400))).toBe(400);
  expect(await sources.clientCredentials("urn:lfx").token()).toBe("token of own");
  expect(asked.filter((subject) => subject === "own")).toHaveLength(1);
});
