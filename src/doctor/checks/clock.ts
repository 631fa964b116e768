import type { Check } from "../check.ts";
import { failed, ok, warning } from "../finding.ts";

const MINUTE_MS = 60_000;
const DOUBTFUL_MS = MINUTE_MS;
const WRONG_MS = 5 * MINUTE_MS;

const inWords = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(ms / MINUTE_MS)} min`;
};

/** Certificates and signatures are good for a time only, so a wrong clock makes them fail for no visible reason. */
export const clock: Check = {
  id: "clock",
  title: "Clock",
  failure: "other",
  hint: "Let this machine set its clock from the network.",
  skip: ({ lightfast }) =>
    lightfast.clockAheadMs() === undefined ? "No answer of Lightfast with a date was received." : undefined,
  run: ({ lightfast }) => {
    const ahead = lightfast.clockAheadMs() ?? 0;
    const off = Math.abs(ahead);
    if (off <= DOUBTFUL_MS) return ok("agrees with Lightfast's to the minute");
    const summary = `This machine's clock is ${inWords(off)} ${ahead > 0 ? "behind" : "ahead of"} Lightfast's.`;
    return off > WRONG_MS ? failed(summary) : warning(summary);
  },
};
