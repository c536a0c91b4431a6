/** A line of a chart: a value a second, null where there is none. */
export interface Line {
  name: string;
  values: readonly (number | null)[];
  colour: string;
}

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 60;
const RIGHT = 70;
const TOP = 30;
const BOTTOM = 30;
/** Latencies in milliseconds, on a logarithmic axis. */
const LEAST = 1;
const MOST = 20_000;
const GRID = [1, 10, 100, 1_000, 10_000];

/** A picture of latencies over time, with a line at what is allowed. */
export function linesSvg(title: string, lines: readonly Line[], allowed: { name: string; value: number }): string {
  const seconds = Math.max(1, ...lines.map(({ values }) => values.length - 1));
  const x = (second: number): string => (LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => {
    const share = Math.log(Math.min(MOST, Math.max(LEAST, value)) / LEAST) / Math.log(MOST / LEAST);
    return (HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  };
  const path = (values: readonly (number | null)[]): string => {
    let pen = 'M';
    return values
      .map((value, second) => {
        if (value === null) {
          pen = 'M';
          return '';
        }
        const step = `${pen}${x(second)} ${y(value)}`;
        pen = 'L';
        return step;
      })
      .join('');
  };
  const lastOf = ({ values }: Line): number => values.findLast((value) => value !== null) ?? LEAST;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#222}.grid{stroke:#8884}@media (prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="${LEFT}" y="16" font-size="13">${title}</text>
${GRID.map((value) => `<path class="grid" d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${value}</text>`).join('\n')}
<path d="M${LEFT} ${y(allowed.value)}H${WIDTH - RIGHT}" stroke="#888" stroke-dasharray="5 4"/><text x="${WIDTH - RIGHT + 6}" y="${Number(y(allowed.value)) + 4}">${allowed.name}</text>
${lines.map((line) => `<path d="${path(line.values)}" fill="none" stroke="${line.colour}" stroke-width="2"/><text x="${WIDTH - RIGHT + 6}" y="${Number(y(lastOf(line))) + 4}" style="fill:${line.colour}">${line.name}</text>`).join('\n')}
${[0, Math.round(seconds / 2), seconds].map((second) => `<text x="${x(second)}" y="${HEIGHT - 10}" text-anchor="middle">${second} s</text>`).join('')}
</svg>
`;
}
