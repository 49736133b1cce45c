// Conversations of files that the person keeps, in the browser of this machine and nowhere else; off unless they say so.

import { computed, effect, signal } from '@preact/signals';
import { t } from '../words';
import { tell, tellError } from './notices';
import { type Asked, asked } from './settings';
import { changeTalk, edited, openTalk, type Talk, talk } from './talk';

interface Record {
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

export type KeptTalk = Omit<Record, 'talk' | 'asked'>;

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
    const all: Record[] = await inStore('readonly', (store) => store.getAll());
    const now = Date.now();
    for (const one of all.filter(({ until }) => until !== null && until < now))
      await inStore('readwrite', (store) => store.delete(one.id));
    keptTalks.value = all
      .filter(({ until }) => until === null || until >= now)
      .map(({ id, name, savedAt, until, nTurns, bytes }) => ({ id, name, savedAt, until, nTurns, bytes }))
      .sort((a, b) => b.savedAt - a.savedAt);
  } catch {
    // A private window may have no database: nothing is kept then.
    keptTalks.value = [];
  }
}

async function write(open: Talk, how: Asked, until: number | null): Promise<void> {
  if (open.kind !== 'file') return;
  // The file itself is not needed again.
  const { sources: _, leftOut: __, ...own } = open;
  const plain: Talk = { ...own, sources: [], leftOut: [] };
  const text = JSON.stringify(plain);
  const nTurns = open.conversations.reduce((sum, one) => sum + one.turns.length, 0);
  const record: Record = {
    id: open.id,
    name: open.name,
    savedAt: Date.now(),
    until,
    nTurns,
    bytes: new Blob([text]).size,
    talk: JSON.parse(text) as Talk,
    asked: how,
  };
  await inStore('readwrite', (store) => store.put(record));
  if (open.id === talk.value?.id) edited.value = false;
  await refreshKept();
}

/** Keeps the open conversation for some days, and what is changed in it; null days keep it until it is deleted. */
export async function keepTalk(days: number | null): Promise<void> {
  if (!talk.value) return;
  try {
    await write(talk.value, asked.value, days === null ? null : Date.now() + days * DAY_MS);
  } catch (error) {
    tellError(t('The browser cannot keep it'), error);
  }
}

/** Deletes a kept conversation; where it is open, it stays open and is kept no longer. */
export async function forgetTalk(id: string): Promise<void> {
  // At once, so that no change which waits to be written brings it back.
  keptTalks.value = keptTalks.value.filter((one) => one.id !== id);
  try {
    await inStore('readwrite', (store) => store.delete(id));
    if (id === talk.value?.id) edited.value = true;
    await refreshKept();
  } catch (error) {
    tellError(t('The conversation could not be deleted'), error);
  }
}

/** Opens a kept conversation; returns whether there is one. */
export async function openKept(id: string): Promise<boolean> {
  let found: Record | undefined;
  try {
    found = await inStore('readonly', (store) => store.get(id) as IDBRequest<Record | undefined>);
  } catch {
    return false;
  }
  if (!found) return false;
  openTalk(found.talk, found.asked);
  if (found.talk.conversations.some((one) => one.status !== 'done')) {
    changeTalk({
      conversations: found.talk.conversations.map((one) => (one.status === 'done' ? one : { ...one, status: 'waiting' })),
    });
    tell('note', t('Some turns were not recognised before it was kept.'));
  }
  return true;
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
      void write(now, how, until).catch((error) => tellError(t('The browser cannot keep it'), error));
    }, WRITE_AFTER_MS);
  });
}
