// Loaded by scripts/windows.mjs before each program that runs in Wine.
"use strict";

const { readFileSync } = require("node:fs");
const module_ = require("node:module");
const { Socket } = require("node:net");

// Wine 8 lacks this socket option.
Socket.prototype.setKeepAlive = function setKeepAlive() {
  return this;
};

// Tests import names from JSON, and jsonc-parser its files without their extension. Node.js itself supports neither.
if (process.env.VITEST) Reflect.get(module_, "registerHooks")({ load, resolve });

/**
 * @param {string} specifier
 * @param {{ parentURL?: string }} context
 * @param {(specifier: string, context: object) => unknown} next
 */
function resolve(specifier, context, next) {
  const isShort = /^\.\.?\//.test(specifier) && context.parentURL?.includes("/jsonc-parser/");
  return next(isShort ? specifier.replace(/(?:\.js)?$/, ".js") : specifier, context);
}

/**
 * @param {string} url
 * @param {{ conditions: readonly string[] }} context
 * @param {(url: string, context: object) => unknown} next
 */
function load(url, context, next) {
  if (!url.endsWith(".json") || context.conditions.includes("require")) return next(url, context);
  const value = JSON.parse(readFileSync(new URL(url), "utf8"));
  const names = Object.entries(value).map(
    ([name, part], index) =>
      `const v${index} = ${JSON.stringify(part)}; export { v${index} as ${JSON.stringify(name)} };`,
  );
  const source = [`export default ${JSON.stringify(value)};`, ...names].join("\n");
  return { format: "module", shortCircuit: true, source };
}
