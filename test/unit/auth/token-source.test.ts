import { describe, expect, test } from "vitest";
import { createTokenSources, type TokenSourcesOptions } from "../../../src/auth/token-source.ts";
import { respondWithToken, startTokenEndpoint } from "../../support/auth/token-endpoints.ts";
import { refusalOf } from "../../support/auth/tokens.ts";
import { createGate } from "../../support/gate.ts";
import { type Act, answer, json } from "../../support/scripted-server.ts";

const API = "https://api.example/";
const TYPE = "https://mcp.example/mcp";

/** Issues token-1, token-2, ... with the given lifetime. */
function numbered(expiresIn: unknown = 3600): Act {
  let count = 0;
  return (response, request) => {
    count += 1;
    respondWithToken(`token-${count}`, expiresIn)(response, request);
  };
}

async function createSources(act: Act = numbered(), changes: Partial<TokenSourcesOptions> = {}) {
  const room = await startTokenEndpoint([act]);
  const sources = createTokenSources({ endpoint: room.endpoint, now: room.clock.now, ...changes });
  const forUser = (user: string) => sources.exchange(user, TYPE, API);
  return { ...room, sources, forUser, own: sources.clientCredentials(API) };
}

describe("a request", () => {
  test("exchanges the caller's token for one for the API", async () => {
    const { forUser, forms } = await createSources();
    expect(await forUser("ada.jwt.x").token()).toBe("token-1");
    expect(forms()).toEqual([
      {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: "ada.jwt.x",
        subject_token_type: TYPE,
        audience: API,
        client_id: "our-client",
        client_secret: expect.any(String),
      },
    ]);
  });

  test("by client credentials contains no caller's token", async () => {
    const { own, forms } = await createSources();
    expect(await own.token()).toBe("token-1");
    expect(forms()).toEqual([
      {
        grant_type: "client_credentials",
        audience: API,
        client_id: "our-client",
        client_secret: expect.any(String),
      },
    ]);
  });
});

describe("a token", () => {
  test("is requested once and reused by every source", async () => {
    const { sources, forUser, server } = await createSources();
    expect([await forUser("ada").token(), await forUser("ada").token()]).toEqual(["token-1", "token-1"]);
    expect([
      await sources.clientCredentials(API).token(),
      await sources.clientCredentials(API).token(),
    ]).toEqual(["token-2", "token-2"]);
    expect(server.requests).toHaveLength(2);
  });

  test("is never shared between callers, audiences, or a caller and this server", async () => {
    const { sources, forUser } = await createSources();
    const all = [
      forUser("ada"),
      forUser("bob"),
      sources.exchange("ada", TYPE, "https://other.example/"),
      sources.clientCredentials(API),
      sources.clientCredentials("https://other.example/"),
      sources.clientCredentials("ada"),
    ];
    const tokens: string[] = [];
    for (const source of all) tokens.push(await source.token());
    expect(new Set(tokens).size).toBe(all.length);
    for (const [at, source] of all.entries()) expect(await source.token()).toBe(tokens[at]);
  });

  test("is not shared if audience and token are equal only when concatenated", async () => {
    const { sources } = await createSources();
    const [a, b] = [sources.exchange("x", TYPE, "ab"), sources.exchange("bx", TYPE, "a")];
    expect(await a.token()).not.toBe(await b.token());
  });

  test.each([
    ["300 s before it expires", 3600, 3300],
    ["300 s before it expires", 86_400, 86_100],
    ["300 s before it expires", 600, 300],
    ["at half its lifetime, if that is shorter", 599, 299.5],
    ["at half its lifetime", 300, 150],
    ["at half its lifetime", 60, 30],
    ["at half its lifetime", 1, 0.5],
    ["at half its lifetime given as a string", "120", 60],
    ["after 30 s without a lifetime", undefined, 30],
  ])("is replaced %s (%s s)", async (_, expiresIn, after) => {
    const act = expiresIn === undefined ? json(200, { access_token: "t" }) : numbered(expiresIn);
    const { forUser, clock, server } = await createSources(act);
    await forUser("ada").token();
    clock.pass(after - 0.001);
    await forUser("ada").token();
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    await forUser("ada").token();
    expect(server.requests).toHaveLength(2);
  });

  test("with a lifetime of zero is used once", async () => {
    const { own, server } = await createSources(numbered(0));
    expect([await own.token(), await own.token()]).toEqual(["token-1", "token-2"]);
    expect(server.requests).toHaveLength(2);
  });

  test("has its lifetime counted from the request", async () => {
    const gate = createGate();
    const next = numbered(1000);
    const { own, clock, server } = await createSources(
      (response, request) => void gate.promise.then(() => next(response, request)),
    );
    const first = own.token();
    await server.arrived(1);
    clock.pass(100);
    gate.open();
    await first;
    clock.pass(599.999);
    expect(await own.token()).toBe("token-1");
    clock.pass(0.001);
    expect(await own.token()).toBe("token-2");
  });
});

describe("100 concurrent calls", () => {
  const createHeld = async (act: Act) => {
    const gate = createGate();
    const room = await createSources(
      (response, request) => void gate.promise.then(() => act(response, request)),
    );
    return { ...room, gate };
  };

  test("share one request for each caller", async () => {
    const { forUser, server, gate } = await createHeld(numbered());
    const ada = Promise.all(Array.from({ length: 100 }, () => forUser("ada").token()));
    const bob = Promise.all(Array.from({ length: 100 }, () => forUser("bob").token()));
    await server.arrived(2);
    gate.open();
    const [adas, bobs] = [new Set(await ada), new Set(await bob)];
    expect([adas.size, bobs.size]).toEqual([1, 1]);
    expect(adas).not.toEqual(bobs);
    expect(server.requests).toHaveLength(2);
  });

  test("share a token even with a lifetime of zero", async () => {
    const { own, server, gate } = await createHeld(numbered(0));
    const work = Promise.all(Array.from({ length: 100 }, () => own.token()));
    await server.arrived(1);
    gate.open();
    expect(new Set(await work).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("share a failure, which is not cached", async () => {
    const script = { act: answer(503) };
    const { own, server, gate } = await createHeld((response, request) => script.act(response, request));
    const work = Array.from({ length: 100 }, () => refusalOf(own.token()));
    await server.arrived(1);
    gate.open();
    for (const error of await Promise.all(work)) expect(error).toMatchObject({ status: 503 });
    script.act = respondWithToken("after");
    expect(await own.token()).toBe("after");
    expect(server.requests).toHaveLength(2);
  });

  test("that invalidate one token request one new token", async () => {
    const { own, server } = await createSources();
    const old = await own.token();
    const work = Array.from({ length: 100 }, () => {
      own.invalidate(old);
      return own.token();
    });
    expect(new Set(await Promise.all(work))).toEqual(new Set(["token-2"]));
    expect(server.requests).toHaveLength(2);
  });
});

describe("an invalidated token", () => {
  test("is replaced for that caller only", async () => {
    const { forUser, server } = await createSources();
    const [ada, bob] = [forUser("ada"), forUser("bob")];
    await ada.token();
    await bob.token();
    ada.invalidate("token-1");
    expect([await ada.token(), await bob.token()]).toEqual(["token-3", "token-2"]);
    expect(server.requests).toHaveLength(3);
  });

  test("does not take a newer one with it", async () => {
    const { own, server } = await createSources();
    await own.token();
    own.invalidate("token-1");
    await own.token();
    own.invalidate("token-1");
    expect(await own.token()).toBe("token-2");
    expect(server.requests).toHaveLength(2);
  });

  test("may be unknown", async () => {
    const { own, forUser } = await createSources();
    own.invalidate("token-1");
    await own.token();
    forUser("ada").invalidate("token-1");
    expect(await own.token()).toBe("token-1");
  });
});

describe("with more callers than the cache holds", () => {
  test("the least recently used go, and this server's own token stays", async () => {
    const { forUser, own, server } = await createSources(numbered(), { maxEntries: 3 });
    const ownToken = await own.token();
    for (const user of ["a", "b", "c"]) await forUser(user).token();
    const kept = await forUser("a").token();
    await forUser("d").token();
    expect(server.requests).toHaveLength(5);
    expect(await forUser("a").token()).toBe(kept);
    expect(await own.token()).toBe(ownToken);
    expect(server.requests).toHaveLength(5);
    await forUser("b").token();
    expect(server.requests).toHaveLength(6);
  });

  test("each caller still gets their own token", async () => {
    const named: Act = (response, request) => {
      const user = new URLSearchParams(room.server.requests.at(-1)?.body).get("subject_token");
      respondWithToken(`for-${user}`)(response, request);
    };
    const room = await createSources(named, { maxEntries: 10 });
    const users = Array.from({ length: 200 }, (_, at) => `user-${at}`);
    for (let round = 0; round < 2; round += 1) {
      const tokens: string[] = [];
      for (const user of users) tokens.push(await room.forUser(user).token());
      expect(tokens).toEqual(users.map((user) => `for-${user}`));
    }
    expect(room.server.requests).toHaveLength(400);
  });
});
