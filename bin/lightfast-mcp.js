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
  const { main, saveCode } = loadStart();
  const hasAnswered = main();
  if (saveCode) saveLater(saveCode, hasAnswered);
}

/** Loads the start file, in a copy that "install" made with its compiled code. */
function loadStart() {
  const { existsSync, readFileSync } = require("node:fs");
  const { join } = require("node:path");
  const file = join(__dirname, "..", "dist", "cli.cjs");
  const cache = join(__dirname, "..", "start.cache");
  if (!existsSync(cache)) {
    keepCompiledCode();
    return require(file);
  }

  // The other files load after the first answers.
  setImmediate(keepCompiledCode);
  const { Script } = require("node:vm");
  const source = readFileSync(file, "utf8");
  // Scripts cannot import without an experimental option.
  const code = `(function (exports, require, module, __import) {${source.replaceAll('import("./', '__import("./')}\n})`;
  const script = new Script(code, { filename: file, cachedData: readCode(readFileSync(cache)) });
  // Other files require the start file too, and get this module.
  const start = new module.constructor(file, module);
  require.cache[file] = start;
  script.runInThisContext()(start.exports, require, start, (name) => import(`../dist/${name}`));
  const isPlain = process.argv.length === 2;
  const saveCode = script.cachedDataRejected && isPlain && (() => save(script, source, file, cache));
  return { main: start.exports.main, saveCode };
}

/** Lets Node.js 22.1 and newer keep the compiled code of all files between starts. */
function keepCompiledCode() {
  const { enableCompileCache } = running[0] < 22 ? {} : require("node:module");
  if (enableCompileCache) enableCompileCache();
}

/** Returns compiled code, which V8 uses without a look at its content; nothing if its two copies differ. */
function readCode(file) {
  const code = file.subarray(0, file.length / 2);
  return code.equals(file.subarray(file.length / 2)) ? code : Buffer.alloc(0);
}

/** Saves what the first answers compile, for the next starts with this Node.js. Clients may kill the server at its end. */
function saveLater(saveCode, hasAnswered) {
  let isSaved = false;
  const saveOnce = () => {
    if (isSaved || !hasAnswered()) return;
    isSaved = true;
    saveCode();
  };
  setTimeout(saveOnce, 5000).unref();
  process.once("exit", saveOnce);
}

function save(script, source, file, cache) {
  const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
  const temporary = `${cache}.${process.pid}`;
  try {
    // V8 compares the length of the source only.
    if (readFileSync(file, "utf8") !== source) return;
    const code = script.createCachedData();
    // A damaged disk loses whole blocks, which a comparison detects in no time. A checksum takes a millisecond.
    writeFileSync(temporary, Buffer.concat([code, code]), { mode: 0o600, flush: true });
    renameSync(temporary, cache);
  } catch {
    // The program works without it.
    rmSync(temporary, { force: true });
  }
}
