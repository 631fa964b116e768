// What the image runs, as its environment and arguments ask for.

/**
 * Each platform of the image: the words before its commands, and the variables of its port.
 * @type {Readonly<Record<string, { prefix: readonly string[], ports: readonly string[] }>>}
 */
const PLATFORMS = {
  lightfast: { prefix: [], ports: ["LIGHTFAST_MCP_PORT", "PORT"] },
  lfx: { prefix: ["lfx"], ports: ["LFXMCP_HTTP_PORT"] },
};
const DEFAULT_PORT = "8080";

/** The first argument with which a container serves stdio, which is what the program does without a command. */
const STDIO = "stdio";

/** A flag that only the original LFX server has: words behind one dash, or with a dot or an underscore. */
const ORIGINAL_FLAG = /^(?:-[a-z][a-z_.]+|--mode|--[a-z]+[._][a-z_.]+)(?:=|$)/;

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/**
 * Returns the arguments of lightfast-mcp. Without arguments, the image serves HTTP, except where LFXMCP_MODE names the
 * transport: `lfx` reads that itself, and translates the flags of the original LFX server.
 * With `stdio`, it serves stdio.
 * @param {readonly string[]} given the arguments of the container
 * @param {Environment} env
 * @throws {Error} if LIGHTFAST_MCP_PLATFORM names no platform
 */
export function argumentsFor(given, env) {
  const { prefix } = platformOf(env, given);
  if (given[0] === STDIO) return [...prefix, ...given.slice(1)];
  if (given.length > 0) return given[0] === prefix[0] ? given : [...prefix, ...given];
  return prefix.length > 0 && read(env, "LFXMCP_MODE") ? prefix : [...prefix, "http"];
}

/**
 * Returns the address of the health check; undefined if the container serves stdio.
 * @param {Environment} env
 */
export function healthUrl(env) {
  const { prefix, ports } = platformOf(env);
  if (prefix.length > 0 && read(env, "LFXMCP_MODE") === "stdio") return undefined;
  const port = ports.map((name) => read(env, name)).find(Boolean) ?? DEFAULT_PORT;
  return `http://127.0.0.1:${port}/readyz`;
}

/**
 * The original LFX server has LFXMCP_MODE in every deployment, or flags of its own spelling, so that one runs LFX here
 * too.
 * @param {Environment} env
 * @param {readonly string[]} given
 */
function platformOf(env, given = []) {
  const isOriginal = read(env, "LFXMCP_MODE") || given.some((word) => ORIGINAL_FLAG.test(word));
  const name = read(env, "LIGHTFAST_MCP_PLATFORM") || (isOriginal ? "lfx" : "lightfast");
  const platform = Object.hasOwn(PLATFORMS, name) ? PLATFORMS[name] : undefined;
  if (!platform)
    throw new Error(`LIGHTFAST_MCP_PLATFORM must be one of ${Object.keys(PLATFORMS).join(", ")}.`);
  return platform;
}

/**
 * @param {Environment} env
 * @param {string} name
 */
function read(env, name) {
  return env[name]?.trim();
}
