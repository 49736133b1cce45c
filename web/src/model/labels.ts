// What is known of labels: other words, valence and arousal, and the place on the feeling wheel.

import type { Feelings, LabelInfo, LabelList } from '../service/types';
import { t } from '../words';

export const MAX_OWN_LABELS = 64;

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function means(info: LabelInfo, word: string): boolean {
  return same(info.label, word) || info.aliases.some((alias) => same(alias, word));
}

/** Returns the way to a feeling from the core of the wheel, or null where it is not on it. */
export function pathTo(feelings: Feelings, word: string): string[] | null {
  for (const [core, middles] of Object.entries(feelings)) {
    if (same(core, word)) return [core];
    for (const [middle, outers] of Object.entries(middles)) {
      if (same(middle, word)) return [core, middle];
      const outer = outers.find((feeling) => same(feeling, word));
      if (outer !== undefined) return [core, middle, outer];
    }
  }
  return null;
}

/**
 * Returns what is known of each label: from its own set, and for words of one's own from the wheel and from the first
 * shipped set that has the word.
 */
export function describeLabels(labels: readonly string[], setName: string, known: LabelList | null): LabelInfo[] {
  const sets = known?.label_sets ?? [];
  const own = sets.find((set) => set.name === setName);
  const wheel = known?.wheels.find((other) => other.name === 'willcox') ?? known?.wheels[0];
  return labels.map((label) => {
    const shipped = own?.labels.find((info) => info.label === label);
    const found =
      shipped ??
      sets.flatMap((set) => set.labels).find((info) => same(info.label, label)) ??
      sets.flatMap((set) => set.labels).find((info) => means(info, label));
    // Of a shipped set the service knows each place; a word of one's own may stand on the wheel itself.
    const literal = shipped === undefined && wheel !== undefined ? pathTo(wheel.feelings, label) : null;
    return {
      label,
      aliases: found?.aliases ?? [],
      description: found?.description ?? null,
      valence: found?.valence ?? null,
      arousal: found?.arousal ?? null,
      wheel: literal ?? found?.wheel ?? null,
    };
  });
}

/** Returns the label that a word of a file means, or null where the set has none. */
export function canonicalLabel(word: string, infos: readonly LabelInfo[]): string | null {
  return (infos.find((info) => same(info.label, word)) ?? infos.find((info) => means(info, word)))?.label ?? null;
}

/** Returns the labels of a line of words with commas, or says what is wrong with it. */
export function parseOwnLabels(line: string): { labels: string[] } | { problem: string } {
  const words = line
    .split(/[,，、،;；؛\n]/)
    .map((word) => word.trim().replace(/\s+/g, ' '))
    .filter((word) => word !== '');
  const labels = words.filter((word, place) => words.findIndex((other) => same(other, word)) === place);
  if (labels.length < 2) return { problem: t('Enter at least two different words, separated by commas.') };
  if (labels.length > MAX_OWN_LABELS)
    return { problem: t('Enter at most {most} words; there are {n}.', { most: MAX_OWN_LABELS, n: labels.length }) };
  const long = labels.find((label) => label.length > 80);
  if (long) return { problem: t('“{word}…” is longer than 80 characters.', { word: long.slice(0, 30) }) };
  return { labels };
}
