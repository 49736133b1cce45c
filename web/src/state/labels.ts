// Another label set or context: whatever is open is recognised again. That can be taken back, with what a person had put right.

import type { Conversation, Turn } from '../model/conversation';
import { count, t } from '../words';
import { perform } from './history';
import { reopenLive } from './live';
import { dismiss, tell } from './notices';
import { endWork, recognizeAgain, recognizeWaiting, SUPERSEDED } from './recognising';
import { ask, type Asked, asked } from './settings';
import { changeTalk, screen, type Talk, talk, turns } from './talk';

export function chooseLabels(labelChoice: string, ownLabels = asked.value.ownLabels): void {
  if (labelChoice === asked.value.labelChoice && ownLabels.join() === asked.value.ownLabels.join()) return;
  // Own words are asked for when there are some.
  if (labelChoice === 'own' && ownLabels.length < 2) ask({ labelChoice, ownLabels });
  else askAgain(t('Emotions'), { labelChoice, ownLabels });
}

export function chooseContext(context: number | null): void {
  if (context !== asked.value.context) askAgain(t('Earlier turns as context'), { context });
}

function askAgain(words: string, wanted: Partial<Asked>): void {
  const { labelChoice, ownLabels, context } = asked.value;
  const live = talk.value?.kind === 'live';
  let before: Talk | null = null;
  let told: number | null = null;
  // On the start page they are chosen for what comes next.
  if (screen.value === 'start' || talk.value === null) {
    ask(wanted);
    return;
  }
  void perform({
    words,
    remade: true,
    redo: async () => {
      before = talk.value;
      ask(wanted);
      const asking = (live ? reopenLive() : recognizeAgain()).then(() => {
        told = tellRemoved(before);
      });
      // Turns of a file can be corrected while the rest is recognised.
      if (live) await asking;
    },
    undo: async () => {
      ask({ labelChoice, ownLabels, context });
      if (told !== null) dismiss(told);
      if (live) await reopenLive(withCorrections(turns.value, before));
      else if (before) putBack(before);
    },
  });
}

/** Shows the answers of before, with the corrections that were in their labels. */
function putBack({ labels, labelSet, model, conversations: kept }: Talk): void {
  endWork(SUPERSEDED);
  const conversations = kept.map((one): Conversation => (one.status === 'working' ? { ...one, status: 'waiting' } : one));
  changeTalk({ labels, labelSet, model, conversations });
  if (conversations.some((one) => one.status === 'waiting')) void recognizeWaiting();
}

/** Returns turns of a live talk with the corrections that they had before. */
function withCorrections(said: readonly Turn[], before: Talk | null): Turn[] {
  const was = before?.conversations[0]?.turns ?? [];
  return said.map((turn, place) => ({ ...turn, correction: turn.correction ?? was[place]?.correction ?? null }));
}

/** Says how many corrections have no place in the new labels; returns the notice, or null where there are none. */
function tellRemoved(before: Talk | null): number | null {
  const now = talk.value;
  // A live talk that is said again is another session.
  if (!before || !now || (now.kind === 'file' && now.id !== before.id)) return null;
  const n = before.conversations.reduce((sum, { turns: was }, place) => {
    const is = now.conversations[place]?.turns ?? [];
    return sum + was.filter((turn, at) => turn.correction !== null && is[at]?.correction === null).length;
  }, 0);
  if (n === 0) return null;
  const what = { corrections: count(n, 'correction') };
  return tell('note', t('{corrections} removed: not in these labels', what), [t('Undo brings them back.')]);
}
