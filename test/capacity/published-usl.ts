import type { LoadPoint } from '../../src/capacity/usl-fit.ts';

const points = (loads: readonly number[], throughputs: readonly number[]): LoadPoint[] =>
  loads.map((load, i) => ({ load, throughput: throughputs[i] ?? Number.NaN }));

/** SPEC SDM91 and ray tracer: data sets of the R package `usl`. */
export const specsdm91 = points([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]);
export const raytracer = points(
  [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64],
  [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310],
);
/** Points of the curve α = β = .02, γ = 1, rounded to four digits. */
export const exact = points([1, 2, 4, 6, 8, 10], [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]);
/** Cisco's measurements in `model_test.go` of codahale/usl. */
export const cisco = points(
  Array.from({ length: 32 }, (_, i) => i + 1),
  [
    955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84,
    9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41,
    12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
  ],
);
