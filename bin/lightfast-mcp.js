#!/usr/bin/env node
// Imports nothing but node:process and uses old syntax only, so that an old Node.js can still say what it lacks.
import process from "node:process";

const MINIMUM = [20, 18, 1];
const running = process.versions.node.split(".").map(Number);
const first = MINIMUM.findIndex((part, index) => running[index] !== part);

if (first !== -1 && running[first] < MINIMUM[first]) {
  process.stderr.write(
    `lightfast-mcp: Node.js ${MINIMUM.join(".")} or newer is needed, but this is ${process.versions.node} ` +
      `(${process.execPath}). Install a newer one, or give its full path as the command.\n`,
  );
  process.exitCode = 1;
} else {
  // stdout carries the protocol alone: whatever a library prints goes to stderr, from before any is loaded.
  const out = globalThis.console;
  for (const method of [
    "log",
    "info",
    "debug",
    "dir",
    "dirxml",
    "table",
    "group",
    "groupCollapsed",
    "timeEnd",
  ]) {
    out[method] = out.error;
  }
  // Node.js 22.1 and newer keep the compiled code between starts.
  const { enableCompileCache } = process.getBuiltinModule ? process.getBuiltinModule("node:module") : {};
  if (enableCompileCache) enableCompileCache();
  import("../dist/cli.js");
}
