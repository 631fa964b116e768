// A program that rewrites its file all the time: reads it, counts up, and writes it in place or by a rename, as clients do.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import process from "node:process";

const [file = "", seed = "1"] = process.argv.slice(2);
/** Between two rewrites. About 30 in a second, far more than a client writes while it works. */
const MAX_PAUSE_MS = 60;
const COUNTER = /(theirs"?\s*[:=]\s*)(\d+)/;

let state = Number(seed);
let last = 0;
const tally = { writes: 0, lost: 0, missing: 0, cut: 0 };

/** A linear congruential generator (Numerical Recipes). */
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

function rewrite() {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    tally.missing += 1;
    return;
  }
  const count = COUNTER.exec(text)?.[2];
  if (count === undefined) {
    tally.cut += 1;
    return;
  }
  if (Number(count) !== last) tally.lost += 1;
  last = Number(count) + 1;
  const next = text.replace(COUNTER, `$1${last}`);
  tally.writes += 1;
  if (random() < 0.5) {
    writeFileSync(file, next);
  } else {
    writeFileSync(`${file}.theirs`, next);
    renameSync(`${file}.theirs`, file);
  }
}

function loop() {
  rewrite();
  setTimeout(loop, random() * MAX_PAUSE_MS);
}

process.on("message", () => process.send?.({ ...tally, last }, () => process.exit()));
process.on("disconnect", () => process.exit());
loop();
process.send?.("ready");
