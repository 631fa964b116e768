import { expect, test } from "vitest";
import { createGate } from "../../support/gate.ts";
import { get, httpClient, toolErrorOf } from "../../support/http.ts";
import { beyond, nameThisMachine } from "../../support/names.ts";
import { hang, json, playScript, type ScriptedServer } from "../../support/scripted-server.ts";

const ROUTES: readonly [string, (server: ScriptedServer) => URL][] = [
  ["this machine", (server) => server.url()],
  ["the world", (server) => beyond(server)],
];

test.each(ROUTES)(
  "a closed client ends what is in flight to %s, and sends nothing more",
  async (_, urlOf) => {
    nameThisMachine();
    const server = await playScript([hang]);
    const client = httpClient();
    const call = toolErrorOf(get(urlOf(server), { client }));
    await server.arrived(1);
    await client.close();
    expect((await call).code).toBe("upstream_error");
    expect((await toolErrorOf(get(urlOf(server), { client }))).code).toBe("upstream_error");
    expect(server.requests).toHaveLength(1);
  },
);

test.each(ROUTES)("a closed client keeps no connection to %s", async (_, urlOf) => {
  nameThisMachine();
  const closed = createGate();
  const server = await playScript([
    (response, request) => {
      request.socket.once("close", () => closed.open());
      json(200, {})(response, request);
    },
  ]);
  const client = httpClient();
  await get(urlOf(server), { client });
  await client.close();
  await closed.promise;
});

test("a client may be closed before it was used, and more than once", async () => {
  const client = httpClient();
  await client.close();
  await expect(client.close()).resolves.toBeUndefined();
});
