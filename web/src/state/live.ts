// A conversation that happens now: a session of the service, its WebSocket, and turns that are not there yet.

import { signal } from '@preact/signals';
import { fromSession, placeTurn, type Turn } from '../model/conversation';
import { percent, plural } from '../model/format';
import { deleteSession, fetchSession, listSessions, openSession, sendTurn, ServiceError } from '../service/client';
import { Stream, type StreamState } from '../service/stream';
import type { Session, SessionDetail, SessionUtterance, StreamProblem, StreamUtterance } from '../service/types';
import { announce, clearNotices, tell, tellError, work } from './notices';
import { change } from './settings';
import {
  changeConversation,
  choices,
  labelList,
  models,
  openTalk,
  reads,
  select,
  selected,
  starting,
  talk,
  turns,
} from './talk';

export interface RefusedTurn {
  speaker: string;
  text: string;
  detail: string;
}

export const session = signal<Session | null>(null);
export const streamState = signal<StreamState>('closed');
/** The turn that the service did not take, for the person to change. */
export const refused = signal<RefusedTurn | null>(null);
/** Sessions that the service keeps, the newest first. */
export const keptSessions = signal<Session[]>([]);

let stream: Stream | null = null;

// Not randomUUID: a browser has that only on https and on localhost.
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function show(opened: Session, utterances: SessionUtterance[]): void {
  const title = opened.title || `live ${new Date(opened.created_at).toLocaleString()}`;
  session.value = opened;
  openTalk({
    kind: 'live',
    name: title,
    format: '',
    notes: [],
    conversations: [{ id: title, turns: utterances.map(fromSession), status: 'done' }],
    labels: opened.labels,
    labelSet: opened.label_set,
    model: '',
  });
  select(utterances.length - 1);
  stream = new Stream(opened.id, {
    onMessage: receive,
    onState: (state) => {
      streamState.value = state;
      if (state === 'open') void catchUp(opened.id);
    },
  });
}

export async function beginLive(title: string): Promise<void> {
  clearNotices();
  try {
    const opened = await openSession({ ...choices(), title });
    await leaveLive();
    show(opened, []);
  } catch (error) {
    tellError('A live conversation could not be opened', error);
  }
}

/** Makes the settings those that the session was opened with, so that the page says what it shows. */
function adoptChoices(found: Session): void {
  const shipped = labelList.value?.label_sets.some((set) => set.name === found.label_set) ?? false;
  const ofModel = models.value.some((model) => model.label_set === found.label_set);
  const labelChoice = ofModel ? '' : shipped ? found.label_set : 'own';
  change({ labelChoice, context: found.context, ...(labelChoice === 'own' ? { ownLabels: found.labels } : {}) });
}

export async function resumeLive(id: string): Promise<void> {
  clearNotices();
  try {
    const found: SessionDetail = await fetchSession(id);
    await leaveLive();
    adoptChoices(found);
    show(found, found.utterances);
  } catch (error) {
    tellError('The live conversation could not be opened', error);
  }
}

/** Closes the connection; the service keeps the conversation until it is deleted or expires. */
export async function leaveLive(): Promise<void> {
  stream?.close();
  stream = null;
  session.value = null;
  refused.value = null;
  streamState.value = 'closed';
}

export async function refreshSessions(): Promise<void> {
  try {
    keptSessions.value = await listSessions();
  } catch (error) {
    tellError('Live conversations could not be listed', error);
  }
}

export async function removeSession(id: string): Promise<void> {
  try {
    await deleteSession(id);
    if (session.value?.id === id) {
      await leaveLive();
      talk.value = null;
      starting.value = true;
    }
    await refreshSessions();
  } catch (error) {
    tellError('The conversation could not be deleted', error);
  }
}

/** Adds a turn: shown at once, then sent. */
export function say(speaker: string, text: string): void {
  refused.value = null;
  const turn: Turn = {
    number: (turns.value.at(-1)?.number ?? 0) + 1,
    speaker,
    text,
    start: null,
    end: null,
    gold: null,
    status: 'waiting',
    answer: null,
    correction: null,
    detail: null,
    receivedAt: null,
    key: newKey(),
  };
  const follow = selected.value >= turns.value.length - 1;
  changeConversation(0, { turns: [...turns.value, turn] });
  if (follow) select(turns.value.length - 1);
  sendWaiting();
}

/** Sends every turn that the service does not know yet, in order; a key makes a turn that goes twice one turn. */
function sendWaiting(): void {
  for (const turn of turns.value) if (turn.status === 'waiting') deliver(turn);
}

function deliver(turn: Turn): void {
  const sent = stream?.send({ speaker: turn.speaker, text: turn.text, key: turn.key ?? '' }) ?? false;
  // Some proxies let no WebSocket through.
  if (!sent && streamState.value === 'closed') void post(turn);
}

let posting: Promise<void> = Promise.resolve();

/** Sends a turn by a request, one after the other, so that they arrive in their order. */
function post(turn: Turn): Promise<void> {
  const id = session.value?.id;
  posting = posting.then(async () => {
    if (id === undefined || session.value?.id !== id) return;
    try {
      place(await sendTurn(id, { speaker: turn.speaker, text: turn.text, key: turn.key }));
    } catch (error) {
      // Out of reach: it waits for the connection, or for the next turn.
      if (error instanceof ServiceError && error.status === 0) return;
      refuse(turn, error instanceof Error ? error.message : String(error));
    }
  });
  return posting;
}

function receive(message: StreamUtterance | StreamProblem): void {
  if (message.type === 'utterance') {
    place(message.utterance);
    return;
  }
  const turn = turns.value.find((other) => other.key !== null && other.key === message.key);
  if (!turn) {
    tell('problem', 'The live conversation has a problem', [message.detail]);
    // It was deleted, or its time is over: connecting again would only be told the same.
    if (message.status === 404) stream?.close();
  } else if (message.retry_after_s !== null && message.retry_after_s !== undefined) {
    setTimeout(() => deliver(turn), message.retry_after_s * 1000);
  } else {
    refuse(turn, message.detail);
  }
}

function place(utterance: SessionUtterance): void {
  if (talk.value?.kind !== 'live') return;
  const follow = selected.value >= turns.value.length - 1;
  const before = turns.value.find((turn) => turn.number === utterance.turn)?.status;
  changeConversation(0, { turns: placeTurn(turns.value, fromSession(utterance)) });
  if (follow) select(turns.value.length - 1);
  if (utterance.status === 'scored' && before !== 'scored') announceTurn(utterance.turn);
  if (utterance.status === 'failed') announce(`Turn ${utterance.turn} could not be read: ${utterance.detail ?? ''}`);
}

function announceTurn(number: number): void {
  const read = reads.value.find((other) => other.turn.number === number);
  if (!read) return;
  const label = read.label ?? `unsure, perhaps ${read.best}`;
  const shift = read.shiftFrom === null ? '' : `, after ${read.shiftFrom}`;
  announce(`${read.turn.speaker}: ${label}, ${percent(read.confidence)}${shift}`);
}

function refuse(turn: Turn, detail: string): void {
  changeConversation(0, { turns: turns.value.filter((other) => other.key !== turn.key) });
  select(selected.value);
  refused.value = { speaker: turn.speaker, text: turn.text, detail };
}

/** After a gap: takes what came meanwhile, and sends what could not go out. */
async function catchUp(id: string): Promise<void> {
  if (turns.value.length === 0) return;
  try {
    const found = await fetchSession(id);
    if (session.value?.id !== id) return;
    found.utterances.forEach(place);
    sendWaiting();
  } catch (error) {
    tellError('The live conversation could not be read again', error);
  }
}

/** Opens the same turns again for another label set or context, and deletes the old session. */
export async function reopenLive(): Promise<void> {
  const old = session.value;
  if (!old) return;
  const said = turns.value;
  try {
    const opened = await openSession({ ...choices(), title: old.title });
    for (const [done, turn] of said.entries()) {
      work.value = { label: 'Recognising again', done, total: said.length, cancel: null };
      await sendTurn(opened.id, { speaker: turn.speaker, text: turn.text, key: turn.key });
    }
    const found = await fetchSession(opened.id);
    await leaveLive();
    show(found, found.utterances);
    await deleteSession(old.id);
    announce(`${plural(said.length, 'turn')} recognised again`);
  } catch (error) {
    tellError('The conversation could not be recognised again', error);
  } finally {
    work.value = null;
  }
}
