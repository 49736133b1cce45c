// Conversations of files that the person keeps, in the browser of this machine and nowhere else; off unless they say so.

import { computed, effect, signal } from '@preact/signals';
import { t } from '../words';
import { markUnkept } from './history';
import { tell, tellError } from './notices';
import { recognizeWaiting } from './recognising';
import { type Asked, asked } from './settings';
import { openTalk, type Talk, talk } from './talk';

export interface KeptRecord {
  id: string;
  name: string;
  savedAt: number;
  /** When it goes, in milliseconds since 1970; null for never. */
  until: number | null;
  nTurns: number;
  bytes: number;
  talk: Talk;
  asked: Asked;
}

export type KeptTalk = Omit<KeptRecord, 'talk' | 'asked'>;

const DATABASE = 'instructerc';
const STORE = 'talks';
const DAY_MS = 86_400_000;
const WRITE_AFTER_MS = 400;
export const KEEP_DAYS = [1, 7, 30, 365] as const;

/** What is kept, the newest first. */
export const keptTalks = signal<KeptTalk[]>([]);
/** Until when the open conversation is kept: null for ever, undefined for not at all. */
export const keptUntil = computed(() => keptTalks.value.find((one) => one.id === talk.value?.id)?.until);

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asks = indexedDB.open(DATABASE, 1);
    asks.onupgradeneeded = () => asks.result.createObjectStore(STORE, { keyPath: 'id' });
    asks.onsuccess = () => resolve(asks.result);
    asks.onerror = () => reject(asks.error);
  });
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await openDatabase();
  try {
    return await new Promise<T>((resolve, reject) => {
      const asks = act(database.transaction(STORE, mode).objectStore(STORE));
      asks.onsuccess = () => resolve(asks.result);
      asks.onerror = () => reject(asks.error);
    });
  } finally {
    database.close();
  }
}

/** Reads what is kept, and deletes what has expired. */
export async function refreshKept(): Promise<void> {
  try {
    const all: KeptRecord[] = await inStore('readonly', (store) => store.getAll());
    const now = Date.now();
    for (const one of all.filter(({ until }) => until !== null && until < now)) {
      await inStore('readwrite', (store) => store.delete(one.id));
      if (one.id === talk.value?.id) markUnkept();
    }
    keptTalks.value = all
      .filter(({ until }) => until === null || until >= now)
      .map(({ id, name, savedAt, until, nTurns, bytes }) => ({ id, name, savedAt, until, nTurns, bytes }))
      .sort((a, b) => b.savedAt - a.savedAt);
  } catch {
    // A private window may have no database: nothing is kept then.
    keptTalks.value = [];
  }
}

/**
 * Returns what is kept of a conversation: all of it with its files, from which it can be read again and of which exports
 * keep the rest.
 */
export function toRecord(open: Talk, how: Asked, until: number | null, now: number): KeptRecord {
  const { sources, leftOut, ...own } = open;
  const text = JSON.stringify(own);
  const nBytes = sources.reduce((sum, source) => sum + source.data.size, new Blob([text]).size);
  const nTurns = open.conversations.reduce((sum, one) => sum + one.turns.length, 0);
  const plain = JSON.parse(text) as typeof own;
  return { id: open.id, name: open.name, savedAt: now, until, nTurns, bytes: nBytes, talk: { ...plain, sources, leftOut }, asked: how };
}

/** Returns a kept conversation as it is opened: what was being recognised waits again. */
export function fromRecord({ talk: { sources, leftOut, conversations, ...own } }: KeptRecord): Talk {
  return {
    ...own,
    sources,
    // Reading again knows a file by its data, of which a copy from the database may be another one.
    leftOut: leftOut.map((one, place) => ({ ...one, source: sources[place] ?? one.source })),
    conversations: conversations.map((one) => (one.status === 'done' ? one : { ...one, status: 'waiting' })),
  };
}

async function write(open: Talk, how: Asked, until: number | null): Promise<void> {
  if (open.kind !== 'file') return;
  const record = toRecord(open, how, until, Date.now());
  await inStore('readwrite', (store) => store.put(record));
  await refreshKept();
}

/** Keeps the open conversation for some days, and what is changed in it; null days keep it until it is deleted. */
export async function keepTalk(days: number | null): Promise<void> {
  if (!talk.value) return;
  try {
    await write(talk.value, asked.value, days === null ? null : Date.now() + days * DAY_MS);
  } catch (error) {
    tellError(t('The browser could not save it'), error);
  }
}

/** Deletes a kept conversation; where it is open, it stays open and is kept no longer. */
export async function forgetTalk(id: string): Promise<void> {
  // At once, so that no change which waits to be written brings it back.
  keptTalks.value = keptTalks.value.filter((one) => one.id !== id);
  try {
    await inStore('readwrite', (store) => store.delete(id));
    if (id === talk.value?.id) markUnkept();
    await refreshKept();
  } catch (error) {
    tellError(t('The conversation could not be deleted'), error);
  }
}

/** Returns a kept conversation, or null where there is none. */
export async function findKept(id: string): Promise<KeptRecord | null> {
  try {
    return (await inStore('readonly', (store) => store.get(id) as IDBRequest<KeptRecord | undefined>)) ?? null;
  } catch {
    return null;
  }
}

export function openKept(found: KeptRecord): void {
  const opened = fromRecord(found);
  openTalk(opened, found.asked);
  if (opened.conversations.every((one) => one.status === 'done')) return;
  const goOn = { word: t('Continue'), act: () => void recognizeWaiting() };
  tell('note', t('Some turns had not been recognised when it was saved.'), [], goOn);
}

/** Writes changes of a kept conversation, a moment after the last one, also where another one is open by then. */
export function keepUpToDate(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let seen: Talk | null = null;
  effect(() => {
    const now = talk.value;
    const until = keptUntil.value;
    const how = asked.value;
    const before = seen;
    seen = now;
    if (!now || until === undefined || now === before) return;
    if (now.id === before?.id) clearTimeout(timer);
    timer = setTimeout(() => {
      // It may have been deleted since.
      if (!keptTalks.value.some((one) => one.id === now.id)) return;
      void write(now, how, until).catch((error) => tellError(t('The browser could not save it'), error));
    }, WRITE_AFTER_MS);
  });
}
