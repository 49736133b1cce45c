// What a person puts right: labels, speakers, words of live turns, notes. Every change can be taken back.

import type { Turn } from '../model/conversation';
import { correctTurn } from '../service/client';
import { t } from '../words';
import { perform, performNow } from './history';
import { reviseLive, session } from './live';
import { recognizeAgain } from './recognising';
import { changeConversation, changeTurn, conversation, shown, talk, turns } from './talk';

async function setCorrection(place: number, number: number, label: string | null): Promise<void> {
  if (talk.value?.kind !== 'live' || session.value === null) {
    changeTurn(place, number, { correction: label });
    return;
  }
  const kept = await correctTurn(session.value.id, number, label);
  changeTurn(place, number, { correction: kept.correction });
}

/** Gives a turn a person's label, or takes it back with null. */
export function correct(number: number, label: string | null): Promise<void> {
  const place = shown.value;
  const before = talk.value?.conversations[place]?.turns.find((turn) => turn.number === number)?.correction ?? null;
  if (before === label) return Promise.resolve();
  return perform({
    words: t('Turn {n}: {what}', { n: number, what: label === null ? t('as recognised') : t(label) }),
    undo: () => setCorrection(place, number, before),
    redo: () => setCorrection(place, number, label),
  });
}

/** Puts other turns in the place of a file's, and has them read again: who says what is part of the text. */
async function replaceTurns(place: number, said: Turn[]): Promise<void> {
  changeConversation(place, {
    status: 'waiting',
    turns: said.map((turn, index) => ({ ...turn, number: index + 1, status: 'waiting', answer: null })),
  });
  await recognizeAgain([place]);
}

function rewrite(words: string, said: (before: Turn[]) => Turn[]): Promise<void> {
  const place = shown.value;
  const before = turns.value;
  const after = said(before);
  if (talk.value?.kind === 'live')
    // What others say meanwhile stays.
    return perform({ words, undo: () => reviseLive(after, before), redo: () => reviseLive(before, after) });
  return perform({
    words,
    undo: () => replaceTurns(place, before),
    redo: () => replaceTurns(place, after),
  });
}

/** Gives all turns of a speaker another name; that of another speaker joins the two. */
export function renameSpeaker(from: string, to: string): Promise<void> {
  const name = to.trim();
  if (name === '' || name === from) return Promise.resolve();
  return rewrite(t('{from} is now {to}', { from, to: name }), (before) =>
    before.map((turn) => (turn.speaker === from ? { ...turn, speaker: name } : turn)),
  );
}

/** Gives one turn another speaker, or it and all later ones that its speaker has. */
export function giveTurn(number: number, to: string, andLater: boolean): Promise<void> {
  const own = turns.value.find((turn) => turn.number === number);
  const name = to.trim();
  if (!own || name === '' || name === own.speaker) return Promise.resolve();
  return rewrite(t('Turn {n} is now by {to}', { n: number, to: name }), (before) =>
    before.map((turn) => {
      const meant = turn.number === number || (andLater && turn.number > number && turn.speaker === own.speaker);
      return meant ? { ...turn, speaker: name } : turn;
    }),
  );
}

/** Changes the words of a turn. */
export function rewordTurn(number: number, text: string): Promise<void> {
  return rewrite(t('Turn {n} was edited', { n: number }), (before) =>
    before.map((turn) => (turn.number === number ? { ...turn, text } : turn)),
  );
}

export function deleteTurn(number: number): Promise<void> {
  return rewrite(t('Turn {n} was deleted', { n: number }), (before) =>
    before.filter((turn) => turn.number !== number),
  );
}

export function writeNote(note: string): void {
  const place = shown.value;
  const before = conversation.value?.note ?? '';
  performNow({
    words: t('Notes'),
    undo: () => changeConversation(place, { note: before }),
    redo: () => changeConversation(place, { note }),
    joins: `note ${place}`,
  });
}
