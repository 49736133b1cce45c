// What the model can't do, in sentences that stand in front.

import type { ModelInfo } from '../service/types';
import { count, language, t, word } from '../words';
import type { Turn } from './conversation';

// Kinds of talk that the shipped models know, which are written in English.
const DOMAINS: Record<string, string> = {
  'everyday conversation': word('everyday conversation'),
  'television comedy': word('television comedy'),
  'online comment': word('online comments'),
};
// Other languages that are named one by one.
const MOST_NAMED = 3;

function languageNames(codes: readonly string[]): string[] {
  const names = new Intl.DisplayNames([language.value], { type: 'language' });
  return codes.map((code) => names.of(code) ?? code);
}

function listed(words: readonly string[]): string {
  return new Intl.ListFormat(language.value).format(words);
}

/** Returns which languages and which kind of talk the model reads, and that its answers are guesses from words. */
export function limits(model: ModelInfo | undefined): string {
  const guess = t('A guess from the words alone, not a judgement of people.');
  if (!model || model.languages.length === 0) return guess;
  const known = DOMAINS[model.domain];
  const reads = { language: listed(languageNames(model.languages)), domain: known === undefined ? model.domain : t(known) };
  const first = model.domain === '' ? t('Reads {language}.', reads) : t('Reads {language} and treats it as {domain}.', reads);
  return `${first} ${guess}`;
}

/** Says how many turns look like languages that the model does not read; null where none does. */
export function unreadLanguages(turns: readonly Turn[], model: ModelInfo | undefined): string | null {
  if (!model || model.languages.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { answer } of turns) {
    const code = answer?.language;
    if (code && !model.languages.includes(code)) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  if (counts.size === 0) return null;
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  const n = most.reduce((sum, [, each]) => sum + each, 0);
  const names = languageNames(most.map(([code]) => code));
  const shown = names.slice(0, MOST_NAMED).map((name, place) => (names.length === 1 ? name : `${name} (${most[place]?.[1]})`));
  return t('{n} of {turns} look like {languages}; this model reads {known}, so it is less sure of them.', {
    n,
    turns: count(turns.length, 'turn'),
    languages: listed(names.length > MOST_NAMED ? [...shown, '…'] : shown),
    known: listed(languageNames(model.languages)),
  });
}
