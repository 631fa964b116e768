import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";

/**
 * Starts the built program as an HTTP server on a free port, without an account and without a network.
 * @param {string} program its entry file
 * @param {string} home a folder without any login, so that none of whoever runs this is used
 */
export const startServer = async (program, home) => {
  const { PATH, SystemRoot } = process.env;
  const child = spawn(process.execPath, [program, "http", "--auth", "none", "--sandbox", "--port", "0"], {
    env: { PATH, SystemRoot, HOME: home, USERPROFILE: home },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  const stop = async () => {
    child.kill("SIGTERM");
    await closed;
  };
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise((resolve, reject) => {
    /** @type {string[]} */
    const seen = [];
    // The lines after this one are read as well, or the server would wait for room in its pipe.
    lines.on("line", (line) => {
      const found = urlOf(line);
      if (found) resolve(found);
      else seen.push(line);
    });
    lines.once("close", () => reject(new Error(`The server ended before it listened.\n${seen.join("\n")}`)));
  });
  return { url: String(url), stop };
};

/** @param {string} line a line of the log */
const urlOf = (line) => {
  try {
    return JSON.parse(line).url;
  } catch {
    return undefined;
  }
};
