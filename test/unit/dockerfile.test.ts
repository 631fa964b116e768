import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { HTTP_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";

const read = (name: string): string[] =>
  readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));

/** What stands behind each use of an instruction, in order. */
const all = (instruction: string): string[] =>
  read("Dockerfile").flatMap((line) => {
    const [word, ...rest] = line.split(/\s+/);
    return word === instruction ? [rest.join(" ")] : [];
  });

test("The image stands on a Node.js that the program takes, by version", () => {
  const [from, ...more] = all("FROM");
  expect(more).toEqual([]);
  const major = Number(/^node:(\d+)-slim$/.exec(from ?? "")?.[1]);
  expect(major).toBeGreaterThanOrEqual(Number.parseInt(packageJson.engines.node.replace(">=", ""), 10));
});

test("The image holds the program and nothing else", () => {
  const sources = all("COPY").map((line) => line.split(" ")[0]);
  expect(sources.sort()).toEqual(["bin", "dist", "package.json"]);
  expect(read("Dockerfile.dockerignore")).toEqual([
    "*",
    ...["package.json", "bin", "dist"].map((name) => `!${name}`),
  ]);
  expect(packageJson).not.toHaveProperty("dependencies");
  expect([...all("RUN"), ...all("ADD")]).toEqual([]);
});

test("The program runs as a user by number who is not root", () => {
  expect(all("USER")).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
});

test("The image serves on every address, at the default port", () => {
  expect(all("EXPOSE")).toEqual([HTTP_OPTIONS.port.default]);
  const [entry, command] = [all("ENTRYPOINT")[0], all("CMD")[0]].map((text) => JSON.parse(text ?? "[]"));
  expect(entry).toEqual(["node", `/app/${packageJson.bin["lightfast-mcp"]}`]);
  expect(all("WORKDIR")).toEqual(["/app"]);
  expect(command).toEqual(["http", HTTP_OPTIONS.host.flag, "0.0.0.0"]);
});
