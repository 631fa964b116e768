#!/usr/bin/env node
// CommonJS with old syntax, so that an old Node.js can report that it is too old.
"use strict";

const process = require("node:process");

const MINIMUM = [20, 18, 1];
const running = process.versions.node.split(".").map(Number);
const first = MINIMUM.findIndex((part, index) => running[index] !== part);

if (first !== -1 && running[first] < MINIMUM[first]) {
  process.stderr.write(
    `lightfast-mcp: Node.js ${MINIMUM.join(".")} or newer is required, but this is ${process.versions.node} ` +
      `(${process.execPath}). Install a newer version, or use its full path as the command.\n`,
  );
  process.exitCode = 1;
} else {
  // stdout carries the protocol alone: before any library is loaded, its output is sent to stderr.
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
  const { enableCompileCache } = require("node:module");
  if (enableCompileCache) enableCompileCache();
  require("../dist/cli.cjs").main();
}
