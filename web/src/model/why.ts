// An explanation as it is shown: words with how much they matter, and the turns that matter most.

export interface Change {
  change: number;
}

// Less than this is nothing that a person should look at.
const LEAST = 0.01;

/** Returns a change in percentage points. */
export function points(change: number): string {
  const rounded = Math.round(change * 100);
  return rounded === 0 ? '0' : rounded > 0 ? `+${rounded}` : `−${-rounded}`;
}

/** Returns the changes that are largest, whichever way, in their own order. */
export function strongest<T extends Change>(changes: readonly T[], most: number): T[] {
  const large = [...changes]
    .filter(({ change }) => Math.abs(change) >= LEAST)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .slice(0, most);
  return changes.filter((one) => large.includes(one));
}

export interface WordPart {
  text: string;
  /** Null between words. */
  change: number | null;
  /** 0 to 1, of the strongest word. */
  strength: number;
}

/** Returns a text in parts: words with their change, and what stands between them. */
export function wordParts(text: string, words: readonly { start: number; end: number; change: number }[]): WordPart[] {
  // The service counts code points, a JavaScript string does not.
  const letters = [...text];
  const slice = (from: number, to?: number) => letters.slice(from, to).join('');
  const most = Math.max(0.05, ...words.map(({ change }) => Math.abs(change)));
  const parts: WordPart[] = [];
  let at = 0;
  for (const { start, end, change } of words) {
    if (start > at) parts.push({ text: slice(at, start), change: null, strength: 0 });
    parts.push({ text: slice(start, end), change, strength: Math.abs(change) / most });
    at = end;
  }
  if (at < letters.length) parts.push({ text: slice(at), change: null, strength: 0 });
  return parts;
}
