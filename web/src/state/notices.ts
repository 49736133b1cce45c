// What the page has to tell: faults, notes, work under way, and what screen readers are told of live turns.

import { signal } from '@preact/signals';
import { ServiceError } from '../service/client';
import { t } from '../words';
import type { Source } from './talk';

export interface Notice {
  id: number;
  kind: 'problem' | 'note';
  title: string;
  details: string[];
  act: Act | null;
}

/** What can be done about it. */
export interface Act {
  word: string;
  act: () => void;
}

/** A file that the service could not read as it was. */
export interface Unread {
  source: Source;
  detail: string;
  columns: string[];
}

export interface Work {
  label: string;
  done: number;
  /** 0 where it cannot be known. */
  total: number;
  /** Turns of the request under way, when it began (performance.now), and how many a second are expected. */
  inFlight: number;
  since: number;
  pace?: number;
  /** Null for work that has to be finished. */
  cancel: (() => void) | null;
}

export const notices = signal<Notice[]>([]);
export const unread = signal<Unread[]>([]);
export const work = signal<Work | null>(null);
/** Seconds after which a busy service is asked again. */
export const busyFor = signal<number | null>(null);
export const announcement = signal('');

let nextId = 1;

/** Tells a fault or a note; returns its id, by which it is dismissed. */
export function tell(
  kind: Notice['kind'],
  title: string,
  details: string[] = [],
  act: Act | null = null,
): number {
  // The same fault told twice would only push the page down.
  const others = notices.value.filter((other) => other.title !== title || other.details.join() !== details.join());
  const id = nextId++;
  notices.value = [...others, { id, kind, title, details, act }];
  return id;
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function clearNotices(): void {
  notices.value = [];
  unread.value = [];
}

/** Tells a fault with what was tried; an act that the person stopped is none. */
export function tellError(doing: string, error: unknown, retry: (() => void) | null = null): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  const act = retry && { word: t('Try again'), act: retry };
  if (error instanceof ServiceError) {
    const fields = error.fields.map((field) => Object.values(field).join(': '));
    // One wrong field says all that the message says.
    tell('problem', doing, fields.length === 1 ? fields : [error.message, ...fields], act);
    return;
  }
  tell('problem', doing, [error instanceof Error ? error.message : String(error)], act);
}

export function announce(text: string): void {
  announcement.value = text;
}
