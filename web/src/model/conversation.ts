// A conversation as the page keeps it: what was said, what the service answered, what a person put right.

import type { Answer, ConversationIn, SessionUtterance } from '../service/types';

export type TurnStatus = 'waiting' | 'pending' | 'scored' | 'failed';

export interface Turn {
  /** Counted from 1; the service does not give that of a deleted live turn again. */
  number: number;
  speaker: string;
  text: string;
  /** Seconds; null where the file has no times. */
  start: number | null;
  end: number | null;
  /** The label that the file has itself. */
  gold: string | null;
  status: TurnStatus;
  answer: Answer | null;
  /** The label that a person gave instead of the answer's. */
  correction: string | null;
  detail: string | null;
  /** When a live turn came, in seconds since 1970. */
  receivedAt: number | null;
  /** The page's own name of a live turn. */
  key: string | null;
}

export interface Conversation {
  id: string;
  turns: Turn[];
  status: 'waiting' | 'working' | 'done' | 'failed';
  /** What a person wrote about it. */
  note: string;
}

export function fromFile(conversation: ConversationIn, gold: (string | null)[]): Conversation {
  const turns = conversation.utterances.map((said, place): Turn => ({
    number: place + 1,
    speaker: said.speaker,
    text: said.text,
    start: said.start ?? null,
    end: said.end ?? null,
    gold: gold[place] ?? null,
    status: 'waiting',
    answer: null,
    correction: null,
    detail: null,
    receivedAt: null,
    key: null,
  }));
  return { id: conversation.id, turns, status: 'waiting', note: '' };
}

export function fromSession(utterance: SessionUtterance): Turn {
  return {
    number: utterance.turn,
    speaker: utterance.speaker,
    text: utterance.text,
    start: utterance.start ?? null,
    end: utterance.end ?? null,
    gold: null,
    status: utterance.status,
    answer: utterance.answer,
    correction: utterance.correction,
    detail: utterance.detail ?? null,
    receivedAt: Date.parse(utterance.received_at) / 1000,
    key: utterance.key,
  };
}

export function toRequest(conversation: Conversation): ConversationIn {
  const utterances = conversation.turns.map(({ speaker, text, start, end }) => ({ speaker, text, start, end }));
  return { id: conversation.id, utterances };
}

/** Returns the speakers in the order in which they first speak. */
export function cast(turns: readonly Turn[]): string[] {
  return [...new Set(turns.map((turn) => turn.speaker))];
}

/** Returns turns without one that the service knows by this number. */
export function dropTurn(turns: readonly Turn[], number: number): Turn[] {
  return turns.filter((turn) => turn.status === 'waiting' || turn.number !== number);
}

/** Returns turns with one put in its place: by its key while it has no number of the service, else by its number. */
export function placeTurn(turns: readonly Turn[], turn: Turn): Turn[] {
  const byKey = turn.key === null ? -1 : turns.findIndex((other) => other.key === turn.key);
  const place =
    byKey >= 0 ? byKey : turns.findIndex((other) => other.status !== 'waiting' && other.number === turn.number);
  const others = place < 0 ? [...turns] : turns.filter((_, index) => index !== place);
  // Turns that the service does not know yet stay behind those that it has numbered.
  const known = others.filter((other) => other.status !== 'waiting');
  const unknown = others.filter((other) => other.status === 'waiting');
  const ordered = [...known, turn].sort((a, b) => a.number - b.number);
  const first = (ordered.at(-1)?.number ?? 0) + 1;
  return [...ordered, ...unknown.map((other, index) => ({ ...other, number: first + index }))];
}
