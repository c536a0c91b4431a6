/**
 * The share of Student's t distribution in (−t, t), for whole degrees of freedom (M. Abramowitz and I. A. Stegun,
 * "Handbook of Mathematical Functions", 26.7.3 and 26.7.4), in terms of the angle θ = arctan(t / √ν).
 */
function shareWithin(angle: number, degrees: number): number {
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= (cosine * cosine * (k + 1)) / (k + 2);
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * Quantile of Student's t distribution.
 *
 * @param probability in (0, 1)
 * @param degrees degrees of freedom, a whole number ≥ 1
 */
export function studentQuantile(probability: number, degrees: number): number {
  const within = Math.abs(2 * probability - 1);
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, degrees) < within) low = middle;
    else high = middle;
  }
  return Math.sign(probability - 0.5) * Math.sqrt(degrees) * Math.tan((low + high) / 2);
}
