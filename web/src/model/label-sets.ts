// Label sets in plain words.

import { t, word } from '../words';

const WORDS: Record<string, string> = {
  meld: word('7 basic emotions'),
  'meld-authors': word('7 basic emotions, with the wording of the paper’s authors'),
  ekman: word('7 basic emotions, with many synonyms'),
  dailydialog: word('7 basic emotions, mostly “no emotion”'),
  emotionlines: word('7 basic emotions, from chats'),
  reccon: word('7 basic emotions, from a corpus with their causes'),
  emorynlp: word('7 emotions from the feeling wheel'),
  'emorynlp-authors': word('7 emotions from the feeling wheel, with the wording of the paper’s authors'),
  willcox: word('6 core emotions of the feeling wheel'),
  plutchik: word('Plutchik’s 8 emotions'),
  goemotions: word('28 fine-grained emotions'),
  cped: word('13 emotions, from Chinese television'),
  empatheticdialogues: word('32 emotions, from described situations'),
  iemocap: word('6 emotions, with excited and frustrated'),
  'iemocap-4': word('4 emotions: happy, sad, angry, neutral'),
  emocontext: word('4 emotions, mostly “others”'),
  emowoz: word('7 emotions towards a service'),
  'unified-paper': word('9 emotions, as in the paper'),
  'unified-wheel': word('9 emotions, by the feeling wheel'),
};

/** Returns what a person calls a label set. */
export function labelSetWords(name: string, labels: readonly string[]): string {
  if (name === '') return '…';
  const known = WORDS[name];
  if (known !== undefined) return t(known);
  return name === 'custom' ? t('your own words') : `${name} (${labels.length})`;
}
