import { readFileSync } from "node:fs";

/** A clock tick of /proc: always 1/100 s (proc(5), USER_HZ). */
const TICK_US = 10_000;

/** @param {number | undefined} pid @param {string} file */
function proc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Processor time of a process so far, over all its threads.
 * @param {number | undefined} pid
 * @returns {number | undefined} µs; undefined if the system does not report it
 */
export function cpuUs(pid) {
  // The name, in parentheses, may hold anything; after it utime and stime are the 12th and 13th fields.
  const fields = proc(pid, "stat")?.split(") ").at(-1)?.split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/**
 * Resident memory of a process.
 * @param {number | undefined} pid
 * @returns {number | undefined} MiB
 */
export function residentMiB(pid) {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(proc(pid, "status") ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}
