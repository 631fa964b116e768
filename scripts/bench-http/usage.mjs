import { readFileSync } from "node:fs";

/** The clock ticks of /proc, of which Linux tells 100 a second whatever its own are. */
const TICK_US = 10_000;

/** @param {number | undefined} pid @param {string} file */
const proc = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
};

/**
 * Processor time of a process so far, all its threads together.
 * @param {number | undefined} pid
 * @returns {number | undefined} µs; nothing where the system does not tell
 */
export const cpuUs = (pid) => {
  // The name, in parentheses, may hold anything; after it utime and stime are the 12th and 13th fields.
  const fields = proc(pid, "stat")?.split(") ").at(-1)?.split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK_US;
};

/**
 * Memory that a process holds now.
 * @param {number | undefined} pid
 * @returns {number | undefined} MiB
 */
export const residentMiB = (pid) => {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(proc(pid, "status") ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
};
