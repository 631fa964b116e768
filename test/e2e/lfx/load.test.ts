import { describe, expect, test } from "vitest";
import { createTokenSources } from "../../../src/auth/token-source.ts";
import type { ApiAnswer, Bearer } from "../../../src/platforms/lfx/sandbox/routes.ts";
import { lateClock } from "../../support/late-clock.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const USERS = Array.from({ length: 500 }, (_, index) => `user-${index}`);

const USERNAME = "http://lfx.dev/claims/username";

type User = { readonly name: string; readonly token: string };

function usersOf(lfx: HostedLfx): Promise<User[]> {
  return Promise.all(
    USERS.map(async (name) => {
      const claims = { sub: name, aud: lfx.url, scope: "read:all", client_id: "a client", [USERNAME]: name };
      return { name, token: await lfx.auth.sign(claims) };
    }),
  );
}

const PROJECTS = { name: "search_projects", arguments: {} };

/** The names in the result of a user's call. */
async function searchAs({ url }: HostedLfx, { token }: User, params: object = PROJECTS): Promise<string> {
  const response = await fetch(url, {
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
      params,
    }),
  });
  const text = await response.text();
  return [...new Set(text.match(/\w+ of user-\d+|isError/g))].join();
}

/** All users call concurrently, each `calls` times in sequence. Every result must have its caller's own name. */
async function allCall(lfx: HostedLfx, users: readonly User[], calls: number): Promise<void> {
  const each = async (user: User): Promise<string[]> => {
    const names: string[] = [];
    for (let left = calls; left > 0; left -= 1) names.push(await searchAs(lfx, user));
    return names;
  };
  const own = users.map(({ name }) => Array.from({ length: calls }, () => `project of ${name}`));
  expect(await Promise.all(users.map(each))).toEqual(own);
}

/** The number of token exchanges per user since the last call, in the order of `USERS`. */
function countExchanges({ journal }: HostedLfx): number[] {
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

/** Runs `work` at LFX's request number `at`. */
function atRequest(at: number, work: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count === at) work();
  };
}

const QUIET = { LFXMCP_DEBUG: "false", LFXMCP_DEBUG_TRAFFIC: "false" };
const LIMIT_MS = 120_000;

describe("500 concurrent users", () => {
  test(
    "cause one exchange each, and one more when their tokens expire during calls",
    async () => {
      const clock = lateClock();
      let count = () => {};
      const before = (): undefined => {
        count();
        return undefined;
      };
      // Tokens are renewed after half their lifetime.
      const lfx = await hostedLfx({ lifetimeSeconds: 60, before, env: { ...QUIET, ...clock.env } });
      const users = await usersOf(lfx);
      // Two concurrent calls of a user share an exchange.
      await Promise.all([allCall(lfx, users, 1), allCall(lfx, users, 1)]);
      expect(countExchanges(lfx)).toEqual(each(1));

      count = atRequest(600, clock.pass31Seconds);
      await allCall(lfx, users, 3);
      const during = countExchanges(lfx);
      expect(Math.max(...during)).toBe(1);
      expect(during.filter((number) => number === 1).length).toBeGreaterThan(0);
      await allCall(lfx, users, 1);
      const after = countExchanges(lfx);
      expect(during.map((number, index) => number + (after[index] ?? 0))).toEqual(each(1));

      const metrics = await (await fetch(new URL("/metrics", lfx.url))).text();
      expect(metrics).toContain('mcp_upstream_duration_seconds_count{target="tokens",outcome="200"} 1000');
      expect(metrics).toContain('mcp_upstream_duration_seconds_count{target="lfx",outcome="200"} 3000');
    },
    LIMIT_MS,
  );

  test(
    "get one new token each if all tokens are revoked during calls, and no call fails",
    async () => {
      const known = new Set<string>();
      const revoked = new Set<string>();
      let count = () => {};
      const before = ({ token }: Bearer): ApiAnswer | undefined => {
        count();
        known.add(token);
        return revoked.has(token) ? { status: 401, body: { message: "revoked" } } : undefined;
      };
      const lfx = await hostedLfx({ before, env: QUIET });
      const users = await usersOf(lfx);
      await allCall(lfx, users, 1);
      expect(countExchanges(lfx)).toEqual(each(1));
      count = atRequest(300, () => {
        for (const token of known) revoked.add(token);
      });
      // Of two concurrent calls of a user, only one may invalidate the token.
      await Promise.all([allCall(lfx, users, 2), allCall(lfx, users, 2)]);
      expect(revoked.size).toBe(USERS.length);
      expect(countExchanges(lfx)).toEqual(each(1));
    },
    LIMIT_MS,
  );
});

test(
  "500 concurrent users see their own record of a meeting, decided by their own access checks",
  async () => {
    const lfx = await hostedLfx({ env: QUIET });
    const users = await usersOf(lfx);
    for (const name of USERS) lfx.readers.add(name);
    const tools = {
      search_past_meeting_participants: { past_meeting_id: "9-1" },
      get_past_meeting_participant: { uid: "u1" },
    };
    for (const [name, args] of Object.entries(tools)) {
      const found = await Promise.all(users.map((user) => searchAs(lfx, user, { name, arguments: args })));
      expect(found).toEqual(USERS.map((user) => `v1_past_meeting_participant of ${user}`));
    }
    const checks = lfx.journal.take().filter((line) => line.includes("/access-check"));
    const expected = USERS.flatMap((name) =>
      Object.keys(tools).map(() => `mcp > lfx: POST /access-check as ${name}`),
    );
    expect(checks.sort()).toEqual(expected.sort());
    expect(lfx.faults).toEqual([]);
  },
  LIMIT_MS,
);

test("a full token cache evicts the oldest callers' tokens, never this server's own", async () => {
  const issued: string[] = [];
  const sources = createTokenSources({
    maxEntries: 100,
    endpoint: async ({ subject_token: subject = "own" }) => {
      issued.push(subject);
      return { accessToken: `token of ${subject}`, expiresInSeconds: 3600 };
    },
  });
  const tokensFor = async (names: readonly string[]): Promise<number> => {
    const earlier = issued.length;
    const tokens = names.map((name) => sources.exchange(name, "urn:mcp", "urn:lfx").token());
    expect(await Promise.all(tokens)).toEqual(names.map((name) => `token of ${name}`));
    return issued.length - earlier;
  };
  expect(await sources.clientCredentials("urn:lfx").token()).toBe("token of own");
  expect(await tokensFor(USERS)).toBe(500);
  expect(await tokensFor(USERS.slice(-100))).toBe(0);
  expect(await tokensFor(USERS.slice(0, 400))).toBe(400);
  expect(await sources.clientCredentials("urn:lfx").token()).toBe("token of own");
  expect(issued.filter((subject) => subject === "own")).toHaveLength(1);
});
