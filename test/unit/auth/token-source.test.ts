import { describe, expect, test } from "vitest";
import { createTokenSources, type TokenSourcesOptions } from "../../../src/auth/token-source.ts";
import { endpointOf, issues } from "../../support/auth/token-endpoints.ts";
import { refusalOf } from "../../support/auth/tokens.ts";
import { createGate } from "../../support/gate.ts";
import { type Act, answer, json } from "../../support/scripted-server.ts";

const API = "https://api.example/";
const TYPE = "https://mcp.example/mcp";

/** Issues token 1, 2, 3 … with that lifetime. */
function numbered(expiresIn: unknown = 3600): Act {
  let count = 0;
  return (response, request) => {
    count += 1;
    issues(`token-${count}`, expiresIn)(response, request);
  };
}

async function sourcesOf(act: Act = numbered(), changes: Partial<TokenSourcesOptions> = {}) {
  const room = await endpointOf([act]);
  const sources = createTokenSources({ endpoint: room.endpoint, now: room.clock.now, ...changes });
  const of = (user: string) => sources.exchange(user, TYPE, API);
  return { ...room, sources, of, own: sources.clientCredentials(API) };
}

describe("what is asked for", () => {
  test("is an exchange of the caller's token for one of the API", async () => {
    const { of, forms } = await sourcesOf();
    expect(await of("ada.jwt.x").token()).toBe("token-1");
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

  test("is a token of this server's own by its credentials, with nobody's token", async () => {
    const { own, forms } = await sourcesOf();
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
  test("is asked for once and used again, whoever made the source", async () => {
    const { sources, of, server } = await sourcesOf();
    expect([await of("ada").token(), await of("ada").token()]).toEqual(["token-1", "token-1"]);
    expect([
      await sources.clientCredentials(API).token(),
      await sources.clientCredentials(API).token(),
    ]).toEqual(["token-2", "token-2"]);
    expect(server.requests).toHaveLength(2);
  });

  test("is never shared between callers, audiences, or a caller and this server", async () => {
    const { sources, of } = await sourcesOf();
    const all = [
      of("ada"),
      of("bob"),
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

  test("is not shared where audience and token only look alike when they are put together", async () => {
    const { sources } = await sourcesOf();
    const [a, b] = [sources.exchange("x", TYPE, "ab"), sources.exchange("bx", TYPE, "a")];
    expect(await a.token()).not.toBe(await b.token());
  });

  test.each([
    ["300 s before its end", 3600, 3300],
    ["300 s before its end", 86_400, 86_100],
    ["300 s before its end", 600, 300],
    ["at half its life, where that is sooner", 599, 299.5],
    ["at half its life", 300, 150],
    ["at half its life", 60, 30],
    ["at half its life", 1, 0.5],
    ["at half its life, if it is told as a text", "120", 60],
    ["after half a minute, where no life is told", undefined, 30],
  ])("is replaced %s (%s s)", async (_, expiresIn, after) => {
    const act = expiresIn === undefined ? json(200, { access_token: "t" }) : numbered(expiresIn);
    const { of, clock, server } = await sourcesOf(act);
    await of("ada").token();
    clock.pass(after - 0.001);
    await of("ada").token();
    expect(server.requests).toHaveLength(1);
    clock.pass(0.001);
    await of("ada").token();
    expect(server.requests).toHaveLength(2);
  });

  test("that lives no time is used once", async () => {
    const { own, server } = await sourcesOf(numbered(0));
    expect([await own.token(), await own.token()]).toEqual(["token-1", "token-2"]);
    expect(server.requests).toHaveLength(2);
  });

  test("lives from when it was asked for, however long the answer took", async () => {
    const gate = createGate();
    const next = numbered(1000);
    const { own, clock, server } = await sourcesOf(
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

describe("100 calls at once", () => {
  const held = async (act: Act) => {
    const gate = createGate();
    const room = await sourcesOf((response, request) => void gate.promise.then(() => act(response, request)));
    return { ...room, gate };
  };

  test("of one caller cost one request, and of two callers two", async () => {
    const { of, server, gate } = await held(numbered());
    const ada = Promise.all(Array.from({ length: 100 }, () => of("ada").token()));
    const bob = Promise.all(Array.from({ length: 100 }, () => of("bob").token()));
    await server.arrived(2);
    gate.open();
    const [adas, bobs] = [new Set(await ada), new Set(await bob)];
    expect([adas.size, bobs.size]).toEqual([1, 1]);
    expect(adas).not.toEqual(bobs);
    expect(server.requests).toHaveLength(2);
  });

  test("share a token even where it lives no time", async () => {
    const { own, server, gate } = await held(numbered(0));
    const work = Promise.all(Array.from({ length: 100 }, () => own.token()));
    await server.arrived(1);
    gate.open();
    expect(new Set(await work).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("share a failure, which nobody meets later", async () => {
    const script = { act: answer(503) };
    const { own, server, gate } = await held((response, request) => script.act(response, request));
    const work = Array.from({ length: 100 }, () => refusalOf(own.token()));
    await server.arrived(1);
    gate.open();
    for (const error of await Promise.all(work)) expect(error).toMatchObject({ status: 503 });
    script.act = issues("after");
    expect(await own.token()).toBe("after");
    expect(server.requests).toHaveLength(2);
  });

  test("that meet a refused token ask for one new one", async () => {
    const { own, server } = await sourcesOf();
    const old = await own.token();
    const work = Array.from({ length: 100 }, () => {
      own.invalidate(old);
      return own.token();
    });
    expect(new Set(await Promise.all(work))).toEqual(new Set(["token-2"]));
    expect(server.requests).toHaveLength(2);
  });
});

describe("a token that is dropped", () => {
  test("is replaced, for that caller alone", async () => {
    const { of, server } = await sourcesOf();
    const [ada, bob] = [of("ada"), of("bob")];
    await ada.token();
    await bob.token();
    ada.invalidate("token-1");
    expect([await ada.token(), await bob.token()]).toEqual(["token-3", "token-2"]);
    expect(server.requests).toHaveLength(3);
  });

  test("takes no newer one along", async () => {
    const { own, server } = await sourcesOf();
    await own.token();
    own.invalidate("token-1");
    await own.token();
    own.invalidate("token-1");
    expect(await own.token()).toBe("token-2");
    expect(server.requests).toHaveLength(2);
  });

  test("may have been nobody's", async () => {
    const { own, of } = await sourcesOf();
    own.invalidate("token-1");
    await own.token();
    of("ada").invalidate("token-1");
    expect(await own.token()).toBe("token-1");
  });
});

describe("of more callers than are kept", () => {
  test("those go who were not there the longest, and this server's own token stays", async () => {
    const { of, own, server } = await sourcesOf(numbered(), { maxEntries: 3 });
    const ownToken = await own.token();
    for (const user of ["a", "b", "c"]) await of(user).token();
    const kept = await of("a").token();
    await of("d").token();
    expect(server.requests).toHaveLength(5);
    expect(await of("a").token()).toBe(kept);
    expect(await own.token()).toBe(ownToken);
    expect(server.requests).toHaveLength(5);
    await of("b").token();
    expect(server.requests).toHaveLength(6);
  });

  test("each still gets his own", async () => {
    const named: Act = (response, request) => {
      const { subject_token: user } = room.forms().at(-1) ?? {};
      issues(`for-${user}`)(response, request);
    };
    const room = await sourcesOf(named, { maxEntries: 10 });
    const users = Array.from({ length: 200 }, (_, at) => `user-${at}`);
    for (let round = 0; round < 2; round += 1) {
      const tokens: string[] = [];
      for (const user of users) tokens.push(await room.of(user).token());
      expect(tokens).toEqual(users.map((user) => `for-${user}`));
    }
    expect(room.server.requests).toHaveLength(400);
  });
});
