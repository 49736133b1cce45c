// Conversations of files on their way through the model: the shown one first, its beginning before the rest.

import { type Conversation, toRequest } from '../model/conversation';
import { batchOf, prefixOf } from '../model/batches';
import { recognize } from '../service/client';
import { count, t } from '../words';
import { announce, tell, tellError, work } from './notices';
import { changeConversation, changeTalk, choices, shown, talk, turns } from './talk';

let job: AbortController | null = null;
// Why work ended early: by the person, or because something else was asked for.
const STOPPED = new DOMException('stopped', 'AbortError');
export const SUPERSEDED = new DOMException('superseded', 'AbortError');

export function endWork(reason: DOMException): void {
  job?.abort(reason);
  job = null;
  work.value = null;
}

export function beginWork(label: string): AbortSignal {
  endWork(SUPERSEDED);
  const own = new AbortController();
  job = own;
  work.value = { label, done: 0, total: 0, inFlight: 0, since: 0, cancel: () => endWork(STOPPED) };
  return own.signal;
}

/** Asks again for conversations, all of them by default: for another label set or context, or since their words changed. */
export async function recognizeAgain(places?: number[]): Promise<void> {
  const open = talk.value;
  if (!open || open.kind !== 'file') return;
  const conversations = open.conversations.map((conversation, place): Conversation =>
    places !== undefined && !places.includes(place)
      ? conversation
      : {
          ...conversation,
          status: 'waiting',
          turns: conversation.turns.map((turn) => ({ ...turn, status: 'waiting', answer: null })),
        },
  );
  changeTalk({ conversations, ...(places === undefined ? { labels: [], labelSet: '' } : {}) });
  await recognizeWaiting();
}

export async function recognizeWaiting(): Promise<void> {
  const signal = beginWork(t('Recognising'));
  const total = talk.value?.conversations.reduce((sum, conversation) => sum + conversation.turns.length, 0) ?? 0;
  try {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      const label = t('Recognising {turns}', { turns: count(total, 'turn') });
      if (work.value) work.value = { ...work.value, label, done: countAnswered(), total };
      await recognizeBatch(batch, signal);
    }
    announce(t('{turns} recognised', { turns: count(turns.value.length, 'turn') }));
  } catch (error) {
    if (signal.reason === SUPERSEDED) return;
    // Given back as waiting, so that trying again takes them up; what is answered stays.
    talk.value?.conversations.forEach((conversation, place) => {
      if (conversation.status === 'working') changeConversation(place, { status: 'waiting' });
    });
    const left = total - countAnswered();
    const rest = () => void recognizeWaiting();
    if (signal.aborted)
      tell('note', t('Stopped: {turns} left.', { turns: count(left, 'turn') }), [], { word: t('Continue'), act: rest });
    else tellError(t('The conversation could not be recognised'), error, rest);
  }
  if (!signal.aborted) endWork(SUPERSEDED);
}

function countAnswered(): number {
  const all = talk.value?.conversations ?? [];
  return all.reduce((sum, one) => sum + one.turns.filter((turn) => turn.answer !== null).length, 0);
}

/** Returns places of conversations that still wait: the shown one, or as many others as make a batch. */
function nextBatch(): number[] {
  const conversations = talk.value?.conversations ?? [];
  if (conversations[shown.value]?.status === 'waiting') return [shown.value];
  return batchOf(conversations);
}

// Turns a second, as the last requests went; only for saying how far it is.
let pace = 200;

async function recognizeBatch(batch: number[], signal: AbortSignal): Promise<void> {
  const asked = batch.map((place) => talk.value?.conversations[place]).filter((one) => one !== undefined);
  // Later turns change no earlier one, so the beginning of a long conversation can be shown while the rest is read.
  const lengths = asked.map((one) => (asked.length === 1 ? prefixOf(one) : one.turns.length));
  for (const place of batch) changeConversation(place, { status: 'working' });
  const requests = asked.map((one, index) => toRequest({ ...one, turns: one.turns.slice(0, lengths[index]) }));
  const size = lengths.reduce((sum, length) => sum + length, 0);
  const fresh = size - (asked.length === 1 ? (asked[0]?.turns.filter((turn) => turn.answer !== null).length ?? 0) : 0);
  const since = performance.now();
  if (work.value) work.value = { ...work.value, inFlight: fresh, since, pace: (pace * fresh) / Math.max(1, size) };
  const answer = await recognize(requests, choices(), signal);
  if (signal.aborted) throw signal.reason;
  pace = (size * 1000) / Math.max(1, performance.now() - since);
  changeTalk({ labels: answer.labels, labelSet: answer.label_set, model: answer.model });
  batch.forEach((place, index) => {
    const owner = talk.value?.conversations[place];
    const answers = answer.conversations[index]?.utterances ?? [];
    if (!owner) return;
    changeConversation(place, {
      status: answers.length < owner.turns.length ? 'waiting' : 'done',
      turns: owner.turns.map((turn, number) => {
        const own = answers[number]?.answer;
        // A correction is a label of the set: with another set it may have lost its meaning.
        const correction = turn.correction !== null && answer.labels.includes(turn.correction) ? turn.correction : null;
        return own ? { ...turn, status: 'scored', answer: own, correction } : turn;
      }),
    });
  });
}
