/** Lines across a picture, each with a label: labels that might touch get rows of their own. */

export const LABEL_HEIGHT = 18;
/** Width of a character of a label, at most. */
const CHARACTER = 7.5;

export interface Mark {
  className: string;
  label: string;
  /** Its place along the axis. */
  at: number;
}

/** The row of each label, from 0: the first in which it touches no other. Labels stand left of their mark in the right half. */
export function rowsFor(marks: readonly Mark[], width: number): number[] {
  const taken: [from: number, to: number][][] = [];
  return marks.map((mark) => {
    const length = mark.label.length * CHARACTER + 14;
    const [from, to] = isRight(mark, width) ? [mark.at - length, mark.at + 4] : [mark.at - 4, mark.at + length];
    let line = 0;
    while (taken[line]?.some((other) => from < other[1] && to > other[0])) line++;
    taken[line] = [...(taken[line] ?? []), [from, to]];
    return line;
  });
}

export function isRight({ at }: Mark, width: number): boolean {
  return at > width / 2;
}
