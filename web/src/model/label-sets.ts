// Label sets in plain words.

import { t, word } from '../words';

const WORDS: Record<string, string> = {
  meld: word('seven basic'),
  'meld-authors': word('seven basic, in words of the paper’s authors'),
  ekman: word('seven basic, with many other words'),
  dailydialog: word('seven basic, mostly none'),
  emotionlines: word('seven basic, of chats'),
  reccon: word('seven basic, with causes'),
  emorynlp: word('seven of the feeling wheel'),
  'emorynlp-authors': word('seven of the feeling wheel, in words of the paper’s authors'),
  willcox: word('six cores of the feeling wheel'),
  plutchik: word('eight of Plutchik'),
  goemotions: word('28 fine ones'),
  cped: word('thirteen, of Chinese television'),
  empatheticdialogues: word('32 situations'),
  iemocap: word('six, with excited and frustrated'),
  'iemocap-4': word('four: happy, sad, angry, neutral'),
  emocontext: word('four, mostly others'),
  emowoz: word('seven towards a service'),
  'unified-paper': word('nine, as in the paper'),
  'unified-wheel': word('nine, by the feeling wheel'),
};

/** Returns what a person calls a label set. */
export function labelSetWords(name: string, labels: readonly string[]): string {
  if (name === '') return '…';
  const known = WORDS[name];
  if (known !== undefined) return t(known);
  return name === 'custom' ? t('words of your own') : `${name} (${labels.length})`;
}
