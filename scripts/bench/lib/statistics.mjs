function ascending(/** @type {readonly number[]} */ values) {
  if (values.length === 0) throw new Error("nothing was measured");
  return Float64Array.from(values).sort();
}

/**
 * The smallest value that at least the share `q` of all values does not exceed (nearest rank).
 * @param {readonly number[]} values in any order, at least one
 * @param {number} q 0 to 1
 * @returns {number}
 */
export function quantile(values, q) {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * @param {readonly number[]} values in any order, at least one
 * @returns {number}
 */
export function median(values) {
  const sorted = ascending(values);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/**
 * The median, or undefined if a value is missing.
 * @param {readonly (number | undefined)[]} values
 * @returns {number | undefined}
 */
export function medianIfAll(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? median(known) : undefined;
}
