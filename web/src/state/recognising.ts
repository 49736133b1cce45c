// Files on their way through the service: read, then recognised in batches, the shown conversation first.

import { type Conversation, fromFile, toRequest } from '../model/conversation';
import { readFile, recognize } from '../service/client';
import type { ReadResponse } from '../service/types';
import { plural } from '../model/format';
import { leaveLive } from './live';
import { announce, clearNotices, tell, tellError, work } from './notices';
import { changeConversation, changeTalk, choices, openTalk, shown, talk, turns } from './talk';

// One request is answered at once, so a batch is what progress can be told by.
const TURNS_IN_BATCH = 400;

let job: AbortController | null = null;
// Why work ended early: by the person, or because something else was asked for.
const STOPPED = new DOMException('stopped', 'AbortError');
const SUPERSEDED = new DOMException('superseded', 'AbortError');

function end(reason: DOMException): void {
  job?.abort(reason);
  job = null;
  work.value = null;
}

function stop(): void {
  end(STOPPED);
}

function begin(label: string): AbortSignal {
  end(SUPERSEDED);
  const own = new AbortController();
  job = own;
  work.value = { label, done: 0, total: 0, cancel: stop };
  return own.signal;
}

/** Reads files of any format that the package knows, and opens their conversations as one list. */
export async function openFiles(files: { name: string; data: Blob }[]): Promise<void> {
  clearNotices();
  const label = files.length === 1 ? `Reading ${files[0]?.name}` : `Reading ${files.length} files`;
  const signal = begin(label);
  const read: ReadResponse[] = [];
  const names: string[] = [];
  for (const file of files) {
    try {
      read.push(await readFile(file.name, file.data, signal));
      names.push(file.name);
    } catch (error) {
      if (signal.aborted) return;
      tellError(`${file.name} cannot be read`, error);
    }
  }
  const conversations = read.flatMap((answer) =>
    answer.conversations.map((conversation, place) => fromFile(conversation, answer.gold[place] ?? [])),
  );
  if (conversations.length === 0) {
    if (read.length > 0) tell('problem', `${names.join(', ')}: there is no conversation in it`);
    end(SUPERSEDED);
    return;
  }
  await leaveLive();
  const formats = [...new Set(read.map((answer) => answer.format))];
  openTalk({
    kind: 'file',
    name: names.join(', '),
    format: formats.join(', '),
    notes: read.flatMap((answer) => answer.notes),
    conversations,
    labels: [],
    labelSet: '',
    model: '',
  });
  await recognizeWaiting();
}

/** Asks again for every conversation, for another label set or context. */
export async function recognizeAgain(): Promise<void> {
  const open = talk.value;
  if (!open || open.kind !== 'file') return;
  const conversations = open.conversations.map((conversation): Conversation => ({
    ...conversation,
    status: 'waiting',
    turns: conversation.turns.map((turn) => ({ ...turn, status: 'waiting', answer: null })),
  }));
  changeTalk({ conversations, labels: [], labelSet: '' });
  await recognizeWaiting();
}

export async function recognizeWaiting(): Promise<void> {
  const signal = begin('Recognising');
  const total = talk.value?.conversations.reduce((sum, conversation) => sum + conversation.turns.length, 0) ?? 0;
  try {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      const done = countAnswered();
      work.value = { label: `Recognising ${plural(total, 'turn')}`, done, total, cancel: stop };
      await recognizeBatch(batch, signal);
    }
    announce(`${plural(turns.value.length, 'turn')} recognised`);
  } catch (error) {
    if (signal.reason === SUPERSEDED) return;
    // Given back as waiting, so that trying again takes them up.
    talk.value?.conversations.forEach((conversation, place) => {
      if (conversation.status === 'working') changeConversation(place, { status: 'waiting' });
    });
    if (signal.aborted) tell('note', 'Stopped before every turn was recognised.', [], () => void recognizeWaiting());
    else tellError('The conversation could not be recognised', error, () => void recognizeWaiting());
  }
  if (!signal.aborted) end(SUPERSEDED);
}

function countAnswered(): number {
  const answered = talk.value?.conversations.filter((conversation) => conversation.status === 'done') ?? [];
  return answered.reduce((sum, conversation) => sum + conversation.turns.length, 0);
}

/** Returns places of conversations that still wait: the shown one, or as many others as make a batch. */
function nextBatch(): number[] {
  const conversations = talk.value?.conversations ?? [];
  if (conversations[shown.value]?.status === 'waiting') return [shown.value];
  const batch: number[] = [];
  let size = 0;
  for (const [place, conversation] of conversations.entries()) {
    if (conversation.status !== 'waiting') continue;
    if (batch.length > 0 && size + conversation.turns.length > TURNS_IN_BATCH) break;
    batch.push(place);
    size += conversation.turns.length;
  }
  return batch;
}

async function recognizeBatch(batch: number[], signal: AbortSignal): Promise<void> {
  for (const place of batch) changeConversation(place, { status: 'working' });
  const asked = batch.map((place) => talk.value?.conversations[place]).filter((one) => one !== undefined);
  const answer = await recognize(asked.map(toRequest), choices(), signal);
  if (signal.aborted) throw signal.reason;
  changeTalk({ labels: answer.labels, labelSet: answer.label_set, model: answer.model });
  batch.forEach((place, index) => {
    const owner = talk.value?.conversations[place];
    const answers = answer.conversations[index]?.utterances ?? [];
    if (!owner) return;
    changeConversation(place, {
      status: 'done',
      turns: owner.turns.map((turn, number) => ({
        ...turn,
        status: 'scored',
        answer: answers[number]?.answer ?? null,
        // A correction is a label of the set: with another set it may have lost its meaning.
        correction: turn.correction !== null && answer.labels.includes(turn.correction) ? turn.correction : null,
      })),
    });
  });
}
