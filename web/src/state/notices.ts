// What the page has to tell: faults, notes, work under way, and what screen readers are told of live turns.

import { signal } from '@preact/signals';
import { ServiceError } from '../service/client';

export interface Notice {
  id: number;
  kind: 'problem' | 'note';
  title: string;
  details: string[];
  retry: (() => void) | null;
}

export interface Work {
  label: string;
  done: number;
  /** 0 where it cannot be known. */
  total: number;
  /** Null for work that has to be finished. */
  cancel: (() => void) | null;
}

export const notices = signal<Notice[]>([]);
export const work = signal<Work | null>(null);
/** Seconds after which a busy service is asked again. */
export const busyFor = signal<number | null>(null);
export const announcement = signal('');

let nextId = 1;

export function tell(
  kind: Notice['kind'],
  title: string,
  details: string[] = [],
  retry: (() => void) | null = null,
): void {
  // The same fault told twice would only push the page down.
  const others = notices.value.filter((other) => other.title !== title || other.details.join() !== details.join());
  notices.value = [...others, { id: nextId++, kind, title, details, retry }];
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function clearNotices(): void {
  notices.value = [];
}

/** Tells a fault with what was tried; an act that the person stopped is none. */
export function tellError(doing: string, error: unknown, retry: (() => void) | null = null): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  if (error instanceof ServiceError) {
    const fields = error.fields.map((field) => Object.values(field).join(': '));
    // One wrong field says all that the message says.
    tell('problem', doing, fields.length === 1 ? fields : [error.message, ...fields], retry);
    return;
  }
  tell('problem', doing, [error instanceof Error ? error.message : String(error)], retry);
}

export function announce(text: string): void {
  announcement.value = text;
}
