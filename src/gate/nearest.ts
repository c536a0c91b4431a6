/** The known name with the fewest edits to another for its length; null when none is known. For "did you mean". */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const each of known) {
    const distance = editDistance(name.toLowerCase(), each.toLowerCase()) / Math.max(name.length, each.length);
    if (distance < least) [nearest, least] = [each, distance];
  }
  return nearest;
}

/** Levenshtein distance, row by row. Source: R. A. Wagner, M. J. Fischer, The String-to-String Correction Problem, 1974. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
