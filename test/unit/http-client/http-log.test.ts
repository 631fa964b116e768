import { expect, test } from "vitest";
import { createLogger, type LogLevel } from "../../../src/shared/logger.ts";
import { get, httpClient, overBefore, post, toolErrorOf } from "../../support/http.ts";
import {
  answer,
  closedPort,
  json,
  playScript,
  redirect,
  resetBeforeHeaders,
} from "../../support/scripted-server.ts";

/** A client and every line that it logs. */
const logging = (level: LogLevel = "debug") => {
  const lines: string[] = [];
  return {
    lines,
    client: httpClient(
      {},
      createLogger(level, (line) => lines.push(line)),
    ),
  };
};

test("every attempt is one line at debug: the method, the place, the time and the status", async () => {
  const server = await playScript([answer(503, "", { "retry-after": "0" }), json(202, {})]);
  const { lines, client } = logging();
  await post(server.url("/api/v1/signals"), { client });
  const line = `lightfast-mcp debug: POST host="127.0.0.1:${server.port}" path="/api/v1/signals"`;
  expect(lines.map((text) => text.replace(/ ms=\d+ /, " "))).toEqual([
    `${line} status=503`,
    `${line} status=202`,
  ]);
});

test("a redirect is an attempt of its own", async () => {
  const server = await playScript([redirect(302, "/there"), json(200, {})]);
  const { lines, client } = logging();
  await get(server.url("/here"), { client });
  expect(lines.map((line) => /path="(.*?)".* status=(\d+)$/.exec(line)?.slice(1))).toEqual([
    ["/here", "302"],
    ["/there", "200"],
  ]);
});

test("an attempt without an answer is told with its fault", async () => {
  const server = await playScript([resetBeforeHeaders, json(200, {})]);
  const { lines, client } = logging();
  await get(server.url("/x"), { client });
  expect(lines).toEqual([
    expect.stringMatching(/^lightfast-mcp debug: GET host=.* path="\/x" ms=\d+ error=".+"$/),
    expect.stringMatching(/ status=200$/),
  ]);
});

test("an attempt that was not even begun is one too", async () => {
  const { lines, client } = logging();
  const url = new URL(`http://127.0.0.1:${await closedPort()}/x`);
  await toolErrorOf(client.send({ method: "GET", url, headers: {} }, overBefore(new Error("cancelled"))));
  expect(lines).toEqual([expect.stringContaining('error="Error: cancelled"')]);
});

test("neither the key nor the query nor the body is logged", async () => {
  const server = await playScript([json(202, { answer: "hush-answer" })]);
  const { lines, client } = logging();
  await post(server.url("/x?hush=query"), { client, body: '{"input":"hush-body"}' });
  expect(lines).toHaveLength(1);
  expect(lines.join()).not.toMatch(/hush|lf_test/);
});

test("above debug nothing is logged", async () => {
  const server = await playScript([resetBeforeHeaders]);
  const { lines, client } = logging("info");
  await toolErrorOf(get(server.url(), { client, totalMs: 190 }));
  expect(lines).toEqual([]);
});
