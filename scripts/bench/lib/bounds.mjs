/**
 * A limit for one figure. Without a `limit` the figure is only information.
 * @template Figures
 * @typedef {object} Bound
 * @property {string} name
 * @property {string} [unit]
 * @property {"at least" | "at most"} side
 * @property {number} [limit]
 * @property {(figures: Figures) => number | undefined} of the figure; undefined if this system cannot measure it
 */

/** @typedef {{ name: string, unit: string, side: "at least" | "at most", limit: number | undefined, value: number | undefined, pass: boolean | undefined }} Verdict */

/**
 * @template Figures
 * @param {readonly Bound<Figures>[]} bounds
 * @param {Figures} figures
 * @returns {Verdict[]}
 */
export function judge(bounds, figures) {
  return bounds.map(({ of, unit = "", limit, ...bound }) => {
    const value = of(figures);
    const isKnown = value !== undefined && limit !== undefined;
    const pass = isKnown ? (bound.side === "at most" ? value <= limit : value >= limit) : undefined;
    return { ...bound, unit, limit, value, pass };
  });
}

/** @param {Verdict} verdict */
export function verdictLine({ name, unit, side, limit, value, pass }) {
  const label = pass === undefined ? "info" : pass ? "PASS" : "FAIL";
  const shown = value === undefined ? "not measured" : `${Number(value.toFixed(2))} ${unit}`.trimEnd();
  return `${label}  ${name}: ${shown}${limit === undefined ? "" : `, ${side} ${`${limit} ${unit}`.trimEnd()}`}`;
}

/**
 * @param {number | undefined} value
 * @param {number | undefined} base
 */
export function ratio(value, base) {
  return value === undefined || base === undefined ? undefined : value / base;
}
