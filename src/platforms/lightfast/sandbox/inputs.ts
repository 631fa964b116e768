/** How a signal goes on after it was stored. */
export type Ending = "classified" | "failed" | "stuck" | "unqueued";

type Marker = {
  /** What happens to a signal whose input contains the marker: one sentence for people. */
  readonly meaning: string;
  readonly ending?: Ending;
};

/** How long the answer to a slow signal is held back, in milliseconds. */
export const SLOW_MS = 3000;

/** What an input can contain, anywhere and exactly so, to provoke what seldom happens. Markers can be combined. */
export const SANDBOX_INPUTS = {
  "[sandbox:enqueue]": {
    ending: "unqueued",
    meaning: "Creating answers 500 signal_enqueue_failed; the signal is stored all the same, as failed.",
  },
  "[sandbox:failed]": { ending: "failed", meaning: "The signal ends as failed instead of classified." },
  "[sandbox:stuck]": { ending: "stuck", meaning: "The signal stays processing for good." },
  "[sandbox:broken]": { meaning: "Creating and listing work; getting the signal answers 500." },
  "[sandbox:slow]": {
    meaning: `Creating answers after ${SLOW_MS / 1000} seconds; the signal is stored before that.`,
  },
} as const satisfies Readonly<Record<`[sandbox:${string}]`, Marker>>;

type SandboxMarker = keyof typeof SANDBOX_INPUTS;

/** Whether an input asks for what the marker provokes. */
export const hasMarker = (input: string, marker: SandboxMarker): boolean => input.includes(marker);

/** How a signal with this input goes on; of several markers the first in the table decides. */
export const endingOf = (input: string): Ending => {
  const markers: [string, Marker][] = Object.entries(SANDBOX_INPUTS);
  return markers.find(([text, { ending }]) => ending && input.includes(text))?.[1].ending ?? "classified";
};
