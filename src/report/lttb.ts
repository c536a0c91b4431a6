/**
 * Which points of a line to keep so that it looks the same: Largest-Triangle-Three-Buckets (S. Steinarsson,
 * "Downsampling Time Series for Visual Representation", University of Iceland, 2013, section 4.2). Peaks stay.
 * Points without a value are passed over.
 *
 * @param values by index, evenly spaced
 * @param size how many points to keep, at least 3
 * @returns rising indices; all with a value when there are no more than `size`
 */
export function lttb(values: readonly (number | null)[], size: number): number[] {
  const filled: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== null) filled.push(i);
  if (filled.length <= size) return filled;
  const at = (k: number): number => filled[k] ?? 0;
  const value = (k: number): number => values[at(k)] ?? 0;
  const bucketStart = (bucket: number): number => Math.floor((bucket * (filled.length - 2)) / (size - 2)) + 1;

  const kept = [at(0)];
  let previous = 0;
  for (let bucket = 0; bucket < size - 2; bucket++) {
    const from = bucketStart(bucket);
    const to = bucketStart(bucket + 1);
    const nextTo = Math.min(bucketStart(bucket + 2), filled.length);
    let meanX = 0;
    let meanY = 0;
    for (let k = to; k < nextTo; k++) {
      meanX += at(k);
      meanY += value(k);
    }
    meanX /= Math.max(1, nextTo - to);
    meanY /= Math.max(1, nextTo - to);
    let largest = -1;
    let chosen = from;
    for (let k = from; k < to; k++) {
      const area = Math.abs(
        (at(previous) - meanX) * (value(k) - value(previous)) - (at(previous) - at(k)) * (meanY - value(previous)),
      );
      if (area > largest) {
        largest = area;
        chosen = k;
      }
    }
    kept.push(at(chosen));
    previous = chosen;
  }
  kept.push(at(filled.length - 1));
  return kept;
}
