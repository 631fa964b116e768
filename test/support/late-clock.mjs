import { existsSync } from "node:fs";

/*
 * Loaded before a program (`--import`), it makes the program's clock half a minute late until the file exists that
 * CLOCK_IS_RIGHT_FILE names: a test can let 31 s pass at once, and the time in between is never in the future.
 */
const file = process.env.CLOCK_IS_RIGHT_FILE ?? "";
const rightNow = Date.now;

Date.now = () => rightNow() - (existsSync(file) ? 0 : 31_000);
