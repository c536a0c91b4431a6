/**
 * The rising sequence nearest to the values in least squares, by pooling adjacent violators (R. E. Barlow et al.,
 * "Statistical Inference under Order Restrictions", 1972, section 1.2).
 *
 * @param values in order of their abscissa
 * @param weights above 0; all the same when left out
 */
export function isotonicFit(values: readonly number[], weights: readonly number[] = values.map(() => 1)): number[] {
  const blocks: { mean: number; weight: number; size: number }[] = [];
  values.forEach((value, i) => {
    let block = { mean: value, weight: weights[i] ?? 1, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.mean >= block.mean; last = blocks.at(-1)) {
      blocks.pop();
      const weight = last.weight + block.weight;
      const mean = (last.mean * last.weight + block.mean * block.weight) / weight;
      block = { mean, weight, size: last.size + block.size };
    }
    blocks.push(block);
  });
  return blocks.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean));
}
