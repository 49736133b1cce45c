// Marks beside colour: letters and a pattern for each label, so that no plot depends on telling colours apart.

import type { Family } from './palette';

export const PATTERNS = [
  'solid',
  'rising',
  'dots',
  'horizontal',
  'falling',
  'vertical',
  'crossed',
  'rings',
  'grid',
  'waves',
  'dashes',
  'checks',
] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Returns one or two letters for each label, different for all: the first letter, and another where that is taken. */
export function assignCodes(labels: readonly string[]): string[] {
  const letters = labels.map((label) => [...label.replace(/[^\p{L}\p{N}]/gu, '')]);
  const firsts = letters.map((own) => own[0]?.toUpperCase() ?? '?');
  const taken = new Set<string>();
  return firsts.map((first, place) => {
    const alone = firsts.filter((other) => other === first).length === 1;
    const pairs = (letters[place] ?? []).slice(1).map((letter) => first + letter.toLowerCase());
    const numbers = labels.map((_, number) => `${first}${number + 2}`);
    const code = [...(alone ? [first] : []), ...pairs, ...numbers].find((other) => !taken.has(other)) ?? first;
    taken.add(code);
    return code;
  });
}

/** Returns a pattern for each label: different within a family first, then in the whole set, as far as there are enough. */
export function assignPatterns(families: readonly Family[]): Pattern[] {
  const used = new Map<Pattern, number>();
  const inFamily = new Map<string, number>();
  return families.map((family) => {
    const cost = (pattern: Pattern) => (inFamily.get(family + pattern) ?? 0) * 1000 + (used.get(pattern) ?? 0);
    // Neutral is the ground that other labels stand on, so it alone is plain.
    const choice = family === 'neutral' ? PATTERNS : PATTERNS.slice(1);
    const pattern = choice.reduce((best, other) => (cost(other) < cost(best) ? other : best), choice[0] as Pattern);
    used.set(pattern, (used.get(pattern) ?? 0) + 1);
    inFamily.set(family + pattern, (inFamily.get(family + pattern) ?? 0) + 1);
    return pattern;
  });
}
