// A conversation that happens now: a session of the service, its WebSocket, and turns that are not there yet.

import { signal } from '@preact/signals';
import { dropTurn, fromSession, placeTurn, type Turn } from '../model/conversation';
import { beganAt, withTimes } from '../model/live-times';
import { percent } from '../model/format';
import { emotionName } from '../model/describe';
import {
  changeTurn,
  correctTurn,
  deleteSession,
  deleteTurn,
  fetchSession,
  listSessions,
  openSession,
  sendTurn,
  ServiceError,
} from '../service/client';
import { Stream, type StreamState } from '../service/stream';
import type {
  Session,
  SessionDetail,
  SessionUtterance,
  StreamDeletion,
  StreamProblem,
  StreamUtterance,
} from '../service/types';
import { count, moment, t } from '../words';
import { edited, forgetEdits, markUnkept } from './history';
import { type Arrival, mayLeave } from './leaving';
import { announce, clearNotices, tell, tellError, work } from './notices';
import { type Asked, ASKED, asked } from './settings';
import {
  changeConversation,
  choices,
  closeTalk,
  conversation,
  labelList,
  models,
  openTalk,
  reads,
  screen,
  select,
  selected,
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

/** What the page knows of a session and the service does not. */
interface Own {
  note: string;
  began: number | null;
}

function show(opened: Session, utterances: SessionUtterance[], asks?: Asked, own: Own = { note: '', began: null }): void {
  const title = opened.title || t('Live, {when}', { when: moment(opened.created_at) });
  session.value = opened;
  openTalk(
    {
      id: opened.id,
      kind: 'live',
      name: title,
      format: '',
      notes: [],
      leftOut: [],
      sources: [],
      conversations: [{ id: title, turns: utterances.map(fromSession), status: 'done', note: own.note }],
      labels: opened.labels,
      labelSet: opened.label_set,
      model: '',
      began: own.began,
    },
    asks,
  );
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
  if (!(await mayLeave())) return;
  clearNotices();
  try {
    const opened = await openSession({ ...choices(), title });
    await leaveLive();
    forgetEdits();
    show(opened, []);
  } catch (error) {
    tellError(t('A live conversation could not be opened'), error);
  }
}

/** Returns what the session was opened with, so that the page says what it shows. */
function asksOf(found: Session): Asked {
  const shipped = labelList.value?.label_sets.some((set) => set.name === found.label_set) ?? false;
  const ofModel = models.value.some((model) => model.label_set === found.label_set);
  const labelChoice = ofModel ? '' : shipped ? found.label_set : 'own';
  const ownLabels = labelChoice === 'own' ? found.labels : [];
  return { ...ASKED, labelChoice, context: found.context, ownLabels };
}

export async function resumeLive(id: string): Promise<Arrival> {
  if (session.value?.id === id) {
    screen.value = 'conversation';
    return 'there';
  }
  clearNotices();
  try {
    const found: SessionDetail = await fetchSession(id);
    if (!(await mayLeave())) return 'stayed';
    await leaveLive();
    forgetEdits();
    show(found, found.utterances, asksOf(found));
    return 'there';
  } catch (error) {
    tellError(t('The live conversation could not be opened'), error);
    return 'nowhere';
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
    tellError(t('Live conversations could not be loaded'), error);
  }
}

export async function removeSession(id: string): Promise<void> {
  try {
    await deleteSession(id);
    if (session.value?.id === id) {
      await leaveLive();
      forgetEdits();
      closeTalk();
    }
    await refreshSessions();
  } catch (error) {
    tellError(t('The conversation could not be deleted'), error);
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

function receive(message: StreamUtterance | StreamDeletion | StreamProblem): void {
  if (message.type === 'utterance') {
    place(message.utterance);
    return;
  }
  if (message.type === 'deletion') {
    drop(message.turn);
    return;
  }
  const turn = turns.value.find((other) => other.key !== null && other.key === message.key);
  if (!turn) {
    tell('problem', t('Problem with the live conversation'), [message.detail]);
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
  if (utterance.status === 'failed') announce(t('Turn {n} could not be read', { n: utterance.turn }));
}

/** Takes a turn out that was deleted; the selected one stays selected. */
function drop(number: number): void {
  if (talk.value?.kind !== 'live') return;
  const at = turns.value.findIndex((turn) => turn.status !== 'waiting' && turn.number === number);
  if (at < 0) return;
  changeConversation(0, { turns: dropTurn(turns.value, number) });
  select(at < selected.value ? selected.value - 1 : selected.value);
}

function announceTurn(number: number): void {
  const read = reads.value.find((other) => other.turn.number === number);
  if (!read) return;
  const shift = read.shiftFrom === null ? '' : `, ${t('changed from {label}', { label: t(read.shiftFrom) })}`;
  announce(`${read.turn.speaker}: ${emotionName(read)}, ${percent(read.confidence)}${shift}`);
}

function refuse(turn: Turn, detail: string): void {
  changeConversation(0, { turns: turns.value.filter((other) => other.key !== turn.key) });
  select(selected.value);
  refused.value = { speaker: turn.speaker, text: turn.text, detail };
}

/** After a gap: takes what came, changed and went meanwhile, and sends what could not go out. */
async function catchUp(id: string): Promise<void> {
  if (turns.value.length === 0) return;
  const known = turns.value.filter((turn) => turn.status !== 'waiting').map((turn) => turn.number);
  try {
    const found = await fetchSession(id);
    if (session.value?.id !== id) return;
    const there = new Set(found.utterances.map((utterance) => utterance.turn));
    known.filter((number) => !there.has(number)).forEach(drop);
    found.utterances.forEach(place);
    sendWaiting();
  } catch (error) {
    tellError(t('The live conversation could not be reloaded'), error);
  }
}

/** Gives turns of the session the words that they have in another list, and deletes or restores what only one of them has. */
export async function reviseLive(before: readonly Turn[], after: readonly Turn[]): Promise<void> {
  const id = session.value?.id;
  if (id === undefined) return;
  // What the service does not know yet it cannot change.
  const from = new Map(before.filter((turn) => turn.status !== 'waiting').map((turn) => [turn.number, turn]));
  const to = new Map(after.filter((turn) => turn.status !== 'waiting').map((turn) => [turn.number, turn]));
  const gone = [...from.keys()].filter((number) => !to.has(number));
  const differing = [...to.values()].filter(({ number, speaker, text }) => {
    const old = from.get(number);
    return old?.speaker !== speaker || old.text !== text;
  });
  await Promise.all([
    ...gone.map((number) => deleteTurn(id, number)),
    ...differing.map((turn) => reviseTurn(id, turn, !from.has(turn.number))),
  ]);
  // Else the stream tells what became of them.
  if (streamState.value !== 'open') await catchUp(id);
}

async function reviseTurn(id: string, { number, speaker, text, correction }: Turn, restore: boolean): Promise<void> {
  await changeTurn(id, number, { speaker, text, restore });
  if (restore && correction !== null) await correctTurn(id, number, correction);
}

/** Says the same turns to a session of its own, for another label set or context, with what a person put right; the old one goes. */
export async function reopenLive(said: readonly Turn[] = turns.value): Promise<void> {
  const old = session.value;
  if (!old) return;
  const at = selected.value;
  const own: Own = { note: conversation.value?.note ?? '', began: talk.value?.began ?? beganAt(said) };
  try {
    const opened = await openSession({ ...choices(), title: old.title });
    for (const [done, turn] of withTimes(said, own.began).entries()) {
      const label = t('Recognising');
      work.value = { label, done, total: said.length, inFlight: 0, since: 0, cancel: null };
      const { speaker, text, start, end } = turn;
      await sendTurn(opened.id, { speaker, text, start, end, key: turn.key });
      if (turn.correction !== null && opened.labels.includes(turn.correction))
        await correctTurn(opened.id, done + 1, turn.correction);
    }
    const found = await fetchSession(opened.id);
    await leaveLive();
    // Its turns have other numbers where some were deleted, and those cannot come back in it.
    const was = edited.value;
    forgetEdits();
    if (was) markUnkept();
    show(found, found.utterances, asked.value, { ...own, note: conversation.value?.note ?? own.note });
    select(at);
    await deleteSession(old.id);
    announce(t('{turns} recognised', { turns: count(said.length, 'turn') }));
  } catch (error) {
    tellError(t('The conversation could not be recognised'), error);
  } finally {
    work.value = null;
  }
}
