/** CSS pixels between the margins of a sheet of A4, and of one of two charts beside each other. */
const PAPER = { whole: 690, half: 330 };

/** Width of a chart on paper. */
export function paperWidth(chart: string): number {
  return chart === 'latency-chart' ? PAPER.whole : PAPER.half;
}

/** Has the page drawn for paper, in its colours, when it is printed, and for the screen again. */
export function onPaper(draw: (isPaper: boolean) => void): void {
  let isPaper = false;
  const turn = (to: boolean): void => {
    if (to === isPaper) return;
    isPaper = to;
    document.documentElement.classList.toggle('on-paper', to);
    draw(to);
  };
  window.addEventListener('beforeprint', () => turn(true));
  window.addEventListener('afterprint', () => turn(false));
  window.matchMedia('print').addEventListener('change', ({ matches }) => turn(matches));
}
